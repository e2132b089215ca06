using System.Net.Sockets;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Conformance.Tests;

/// <summary>The runner, with servers that behave.</summary>
public sealed class RunnerTests
{
    [Fact]
    [Trait("Demand", "L02")]
    public async Task Server_of_sessions_is_ok_in_every_established_case()
    {
        await using var server = new EchoServer();
        IReadOnlyList<ConformanceResult> results = await RunAsync(server.Address, ConformanceCases.Established);
        Assert.All(results, result => Assert.True(
            result.Verdict == (result.Case.IsInformational ? Verdict.Informational : Verdict.Ok), result.ToString()));
        Assert.All(results, result => Assert.Equal(result.Suite, result.SuiteClose));
        Assert.All(results, result => Assert.Equal(StreamEnd.Ended, result.End.Stream));
    }

    [Theory]
    [InlineData(null, "1.1.1-5 1.2.1-5", "1.1.6-8 1.2.6-8")]
    [InlineData(4096L, "1.1.1-5 1.2.1-5", "1.1.6-8 1.2.6-8")]
    [InlineData(65_535L, "1.1.1-5 1.2.1-5", "1.1.7-8 1.2.7-8")]
    public async Task Server_that_refuses_a_message_for_its_size__has_a_limit_and_no_fault_but_below_what_it_declares(
        long? declared, string ok, string limit)
    {
        await using var server = new EchoServer(new WsAcceptOptions { Session = EchoServer.WithLimit(4096) });
        IReadOnlyList<ConformanceResult> results = await RunAsync(
            server.Address,
            ConformanceCases.Select(ConformanceCases.Established, ["1"], []),
            new ConformanceOptions { MaxMessageSize = declared });
        Assert.Equal(CaseIds.Of(ok), IdsOf(results, Verdict.Ok));
        Assert.Equal(CaseIds.Of(limit), IdsOf(results, Verdict.Limit));
        Assert.Equal(CaseIds.Of("1.1.6-8 1.2.6-8").Except(CaseIds.Of(limit)), IdsOf(results, Verdict.Failed));
        Assert.All(results.Where(result => result.Verdict == Verdict.Limit), result =>
        {
            Assert.Equal((1009, true), (result.End.CloseCode, result.End.WasClosedByPeer));
            Assert.Equal((SuiteVerdict.Failed, SuiteVerdict.Failed), (result.Suite, result.SuiteClose));
        });
    }

    [Fact]
    public async Task Server_that_refuses_many_fragments__has_a_limit()
    {
        var few = new WsSessionOptions { Connection = new WsConnectionOptions { MaxMessageSize = 16 << 20, MaxFragmentCount = 1024 } };
        await using var server = new EchoServer(new WsAcceptOptions { Session = few });
        IReadOnlyList<ConformanceResult> results =
            await RunAsync(server.Address, ConformanceCases.Select(ConformanceCases.Established, ["9.3"], []));
        Assert.Equal(CaseIds.Of("9.3.1-3"), IdsOf(results, Verdict.Limit));
        Assert.Equal(CaseIds.Of("9.3.4-9"), IdsOf(results, Verdict.Ok));
    }

    [Fact]
    [Trait("Demand", "L07")]
    public async Task Servers_are_judged_over_TLS_too()
    {
        using TestCertificate certificate = TestCertificate.For("127.0.0.1");
        await using var server = new EchoServer(certificate: certificate);
        using (var distrusting = new ConformanceRunner(server.Address))
            Assert.StartsWith("TLS fails: ", await distrusting.ProbeAsync(), StringComparison.Ordinal);
        var options = new ConformanceOptions
        {
            CertificateValidation = (_, presented, _, _) => presented!.GetCertHashString() == certificate.Certificate.GetCertHashString(),
        };
        IReadOnlyList<ConformanceResult> results =
            await RunAsync(server.Address, ConformanceCases.Select(ConformanceCases.Established, ["2", "7"], []), options);
        Assert.Empty(
            results.Where(result => result.Verdict is not (Verdict.Ok or Verdict.Informational)).Select(result => result.ToString()));
    }

    [Fact]
    public async Task Request_has_the_fields_that_are_asked_for()
    {
        var fields = new System.Collections.Concurrent.ConcurrentBag<string?>();
        await using var server = new EchoServer(new WsAcceptOptions
        {
            OnRequest = (context, _) =>
            {
                fields.Add(context.Request.ExtraHeaders["Authorization"]);
                return new(context.Request.Target == "/secret?a=b" ? WsResponse.Accept() : WsResponse.Reject(401, "Who are you?"));
            },
        });
        var options = new ConformanceOptions { Headers = [new("Authorization", "Bearer x")] };
        using (var runner = new ConformanceRunner(new Uri(server.Address, "/secret?a=b"), options))
            Assert.Null(await runner.ProbeAsync());
        using (var elsewhere = new ConformanceRunner(server.Address, options))
        {
            Assert.Equal("the server does not upgrade: HTTP/1.1 401 Unauthorized", await elsewhere.ProbeAsync());
            ConformanceResult result = await elsewhere.RunAsync(ConformanceCases.All[0]);
            Assert.Equal((Verdict.Failed, StreamEnd.EndedByJudge), (result.Verdict, result.End.Stream));
            Assert.StartsWith("HTTP/1.1 401 Unauthorized\r\n", result.Response, StringComparison.Ordinal);
            Assert.Contains("Authorization: Bearer x\r\n", result.Request, StringComparison.Ordinal);
        }

        Assert.Equal(["Bearer x"], fields.Distinct());
    }

    [Fact]
    public async Task Server_that_is_not_there__is_found_by_the_probe_and_fails_each_case()
    {
        var taken = new TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        var address = new Uri($"ws://{taken.LocalEndpoint}/");
        taken.Dispose();
        using var runner = new ConformanceRunner(address);
        Assert.NotNull(await runner.ProbeAsync());
        ConformanceResult result = await runner.RunAsync(ConformanceCases.All[0]);
        Assert.Equal((Verdict.Failed, SuiteVerdict.Failed, StreamEnd.NeverOpen), (result.Verdict, result.Suite, result.End.Stream));
    }

    [Fact]
    public async Task Server_that_says_nothing__is_given_up_when_the_time_is_over_or_the_caller_wants()
    {
        using var mute = new TcpListener(System.Net.IPAddress.Loopback, 0);
        mute.Start();
        using var runner = new ConformanceRunner(
            new Uri($"ws://{mute.LocalEndpoint}/"), new ConformanceOptions { CaseLimit = TimeSpan.FromMilliseconds(50) });
        Assert.Equal("the server does not answer", await runner.ProbeAsync());
        Assert.Equal(Verdict.Failed, (await runner.RunAsync(ConformanceCases.All[0])).Verdict);

        using var patient = new ConformanceRunner(new Uri($"ws://{mute.LocalEndpoint}/"));
        using var stop = new CancellationTokenSource();
        Task one = patient.RunAsync(ConformanceCases.All[0], stop.Token);
        Task many = patient.RunAsync(ConformanceCases.Quick, stop.Token).ToArrayAsync().AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => many);
    }

    [Fact]
    public async Task Reader_that_stops_stops_the_cases()
    {
        await using var server = new EchoServer();
        using var runner = new ConformanceRunner(server.Address, new ConformanceOptions { Parallelism = 1 });
        await foreach (ConformanceResult result in runner.RunAsync(ConformanceCases.Quick))
        {
            Assert.Equal("1.1.1", result.Case.Id);
            break;
        }
    }

    [Theory]
    [InlineData("ftp://localhost/")]
    [InlineData("/relative")]
    public void Address_of_something_else_is_refused(string address) =>
        Assert.Throws<ArgumentException>(() => new ConformanceRunner(new Uri(address, UriKind.RelativeOrAbsolute)));

    [Fact]
    public void Options_without_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConformanceOptions { Parallelism = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConformanceOptions { CaseLimit = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConformanceOptions { Silence = TimeSpan.FromSeconds(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConformanceOptions { MaxMessageSize = -1 });
    }

    private static async Task<IReadOnlyList<ConformanceResult>> RunAsync(
        Uri server, IReadOnlyList<ConformanceCase> cases, ConformanceOptions? options = null)
    {
        using var runner = new ConformanceRunner(server, options);
        return await runner.RunAsync(cases).InOrderOf(cases);
    }

    private static IEnumerable<string> IdsOf(IEnumerable<ConformanceResult> results, Verdict verdict) =>
        results.Where(result => result.Verdict == verdict).Select(result => result.Case.Id);
}
