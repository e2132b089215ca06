namespace WsProto.Conformance.Tests;

/// <summary>The cases that the established suite does not have.</summary>
public sealed class AdditionalCaseTests
{
    private const string Faults = "21.1-3 22.1-4 23.9-14 24.4";

    [Fact]
    public async Task Server_of_sessions_is_ok_in_every_additional_case()
    {
        await using var server = new EchoServer();
        IReadOnlyList<ConformanceResult> results = await RunAsync(server.Address);
        Assert.Empty(results.Where(result => result.Verdict != Verdict.Ok).Select(result => result.ToString()));
        Assert.All(results, result => Assert.Equal((SuiteVerdict.Informational, "the suite does not have this case"), (result.Suite, result.SuiteReason)));
    }

    [Fact]
    public async Task Server_that_looks_at_the_key_alone_fails_where_a_request_is_wrong_otherwise()
    {
        await using var server = new FaultyServer(FaultyServer.EchoFramesAsync);
        IReadOnlyList<ConformanceResult> results = await RunAsync(server.Address);
        string[] failed = [.. results.Where(result => result.Verdict == Verdict.Failed).Select(result => result.Case.Id)];
        Assert.Equal(["20.1", .. CaseIds.Of("20.3-9 21.1-3 22.1-3 24.4")], failed.Except(["20.2", "22.4"]));
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
            CaseIds.Of(Faults).Where(id => !id.StartsWith("23", StringComparison.Ordinal)),
            results.Where(result => result.Verdict == Verdict.Lenient).Select(result => result.Case.Id));
        Assert.Equal(
            CaseIds.Of("23.1-14"), results.Where(result => result.Verdict == Verdict.Unimplemented).Select(result => result.Case.Id));
    }

    private static async Task<IReadOnlyList<ConformanceResult>> RunAsync(Uri server)
    {
        using var runner = new ConformanceRunner(server, new ConformanceOptions { Silence = TimeSpan.FromSeconds(1), Parallelism = 32 });
        return await runner.RunAsync(ConformanceCases.Additional).InOrderOf(ConformanceCases.Additional);
    }
}
