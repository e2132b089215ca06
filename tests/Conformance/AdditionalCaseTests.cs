using System.Net.Security;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Conformance.Tests;

/// <summary>The cases that the established suite does not have.</summary>
public sealed class AdditionalCaseTests
{
    private const string Faults = "21.1-3 22.1-4 23.9-14 24.4";

    private static readonly ConformanceCase[] _forServers = [.. ConformanceCases.Additional.Where(one => one.IsForServers)];

    [Fact]
    public async Task Server_of_sessions_is_ok_in_every_additional_case()
    {
        await using var server = new EchoServer();
        IReadOnlyList<ConformanceResult> results = await RunAsync(server.Address);
        Assert.All(results, result => Assert.True(
            result.Verdict == (result.Case.IsInformational ? Verdict.Informational : Verdict.Ok), result.ToString()));
        Assert.All(
            results,
            result => Assert.Equal((SuiteVerdict.Informational, "the suite does not have this case"), (result.Suite, result.SuiteReason)));
    }

    [Fact]
    [Trait("Demand", "L07")]
    public async Task Server_of_sessions_is_ok_in_every_additional_case_over_TLS()
    {
        using TestCertificate certificate = TestCertificate.For("127.0.0.1");
        await using var server = new EchoServer(certificate: certificate);
        IReadOnlyList<ConformanceResult> results = await RunAsync(
            server.Address, (_, presented, _, _) => presented!.GetCertHashString() == certificate.Certificate.GetCertHashString());
        Assert.All(results, result => Assert.True(
            result.Verdict == (result.Case.IsInformational ? Verdict.Informational : Verdict.Ok), result.ToString()));
    }

    [Fact]
    public async Task Server_that_looks_at_the_key_alone_fails_where_a_request_is_wrong_otherwise()
    {
        await using var server = new FaultyServer(FaultyServer.EchoFramesAsync);
        IReadOnlyList<ConformanceResult> results = await RunAsync(server.Address);
        string[] failed = [.. results.Where(result => result.Verdict == Verdict.Failed).Select(result => result.Case.Id)];
        Assert.Equal(["20.1", .. CaseIds.Of("20.3-9 20.13-18 21.1-3 22.1-3 24.4 25.3-4")], failed.Except(["20.2", "22.4"]));
        ConformanceResult version = results.Single(result => result.Case.Id == "20.1");
        Assert.Equal("the server does not refuse: HTTP/1.1 101 Switching Protocols", version.Reason);
        Assert.Contains("Sec-WebSocket-Version: 12\r\n", version.Request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_drops_the_connection_at_every_fault__is_lenient()
    {
        await using var server = new FaultyServer(FaultyServer.EchoMessages(_ => null));
        IReadOnlyList<ConformanceResult> results = await RunAsync(server.Address);
        Assert.Equal(
            CaseIds.Of(Faults + " 25.3").Where(id => !id.StartsWith("23", StringComparison.Ordinal)),
            results.Where(result => result.Verdict == Verdict.Lenient).Select(result => result.Case.Id));
        Assert.Equal(
            CaseIds.Of("23.1-14"), results.Where(result => result.Verdict == Verdict.Unimplemented).Select(result => result.Case.Id));
    }

    [Theory]
    [InlineData("24.3", 1014, Verdict.Ok)]
    [InlineData("24.3", 1000, Verdict.Ok)]
    [InlineData("24.3", 1002, Verdict.Lenient)]
    [InlineData("24.3", 1001, Verdict.Failed)]
    [InlineData("24.4", 1000, Verdict.Failed)]
    [InlineData("22.1", 1002, Verdict.Ok)]
    [InlineData("22.4", 1009, Verdict.Ok)]
    public void Codes_are_judged_by_whether_they_have_to_be_known(string id, int code, Verdict expected)
    {
        ConformanceCase one = ConformanceCases.Additional.Single(one => one.Id == id);
        var seen = new Observation
        {
            Replies = [],
            Best = [],
            IsBest = true,
            Close = new Reply(ReplyKind.Close, [(byte)(code >> 8), (byte)code]),
            Stream = StreamEnd.Ended,
        };
        Assert.Equal(expected, StrictJudge.Judge(one, seen, null).Verdict);
    }

    private static async Task<IReadOnlyList<ConformanceResult>> RunAsync(
        Uri server, RemoteCertificateValidationCallback? validation = null)
    {
        var options = new ConformanceOptions { Silence = TimeSpan.FromSeconds(1), Parallelism = 32, CertificateValidation = validation };
        using var runner = new ConformanceRunner(server, options);
        return await runner.RunAsync(_forServers).InOrderOf(_forServers);
    }
}
