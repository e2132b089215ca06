namespace WsProto.Conformance.Tests;

/// <summary>The judgement of the established suite, beside ours.</summary>
[Trait("Demand", "L03")]
public sealed class SuiteVerdictTests
{
    [Fact]
    public async Task Server_that_drops_the_connection_at_every_fault__is_ok_for_the_suite()
    {
        await using var server = new FaultyServer(FaultyServer.EchoMessages(_ => null));
        ConformanceResult result = await RunAsync(server, "2.5");
        Assert.Equal((Verdict.Lenient, SuiteVerdict.Ok, SuiteVerdict.Ok), (result.Verdict, result.Suite, result.SuiteClose));
        Assert.Equal("no Close, then the end of the stream", result.End.ToString());
    }

    [Fact]
    public async Task Server_that_answers_every_fault_with_1000__has_the_wrong_code_for_the_suite()
    {
        await using var server = new FaultyServer(FaultyServer.EchoMessages(_ => new CloseConnection(CloseCode.NormalClosure, "why not")));
        ConformanceResult result = await RunAsync(server, "2.5");
        Assert.Equal((Verdict.Failed, SuiteVerdict.Ok, SuiteVerdict.WrongCode), (result.Verdict, result.Suite, result.SuiteClose));
        Assert.Equal(new ConnectionEnd(1000, "why not", true, StreamEnd.Ended), result.End);
        Assert.Equal("a Close with 1000 from the peer, then the end of the stream", result.End.ToString());
        Assert.Equal("the Close has 1000 and should have 1002", result.SuiteReason);
    }

    [Fact]
    public async Task Server_that_is_late__is_non_strict_for_the_suite()
    {
        await using var server = new FaultyServer(FaultyServer.EchoMessages(close => close.Response(), waits: true));
        ConformanceResult result = await RunAsync(server, "6.4.1");
        Assert.Equal((Verdict.Lenient, SuiteVerdict.NonStrict, SuiteVerdict.Ok), (result.Verdict, result.Suite, result.SuiteClose));
    }

    [Fact]
    public async Task Server_that_minds_nothing__fails_for_both()
    {
        await using var server = new FaultyServer(FaultyServer.EchoFramesAsync);
        ConformanceResult result = await RunAsync(server, "2.5");
        Assert.Equal((Verdict.Failed, SuiteVerdict.Failed), (result.Verdict, result.Suite));
        Assert.Equal(StreamEnd.EndedByJudge, result.End.Stream);
    }

    [Fact]
    public async Task Server_that_declines_compression__has_not_implemented_it()
    {
        await using var server = new FaultyServer(FaultyServer.EchoFramesAsync);
        ConformanceResult result = await RunAsync(server, "12.1.1");
        Assert.Equal(
            (Verdict.Unimplemented, SuiteVerdict.Unimplemented, SuiteVerdict.Unimplemented),
            (result.Verdict, result.Suite, result.SuiteClose));
    }

    [Theory]
    [InlineData("1.1.1", 1000)]
    [InlineData("7.7.2", 1001)]
    public void Peer_that_closes_before_it_is_asked_to__fails_for_both(string id, int code)
    {
        ConformanceCase one = ConformanceCases.Established.Single(one => one.Id == id);
        var seen = new Observation
        {
            Replies = [],
            Best = [],
            IsBest = true,
            Close = new Reply(ReplyKind.Close, [(byte)(code >> 8), (byte)code]),
            WasClosedByPeer = true,
            Stream = StreamEnd.Ended,
        };
        string reason = $"there is a Close with {code}; the peer closed, and should not have";
        Assert.Equal((Verdict.Failed, reason), StrictJudge.Judge(one, seen, null));
        Assert.Equal(SuiteVerdict.Failed, SuiteJudge.Judge(one, seen).Close);
    }

    [Fact]
    public void Every_verdict_has_a_name_and_a_meaning()
    {
        Assert.Equal(
            ["ok", "lenient", "informational", "unimplemented", "limit", "failed"],
            Enum.GetValues<Verdict>().Select(verdict => verdict.Name));
        Assert.All(Enum.GetValues<Verdict>(), verdict => Assert.EndsWith(".", verdict.Meaning, StringComparison.Ordinal));
        Assert.Equal(
            ["OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED", "WRONG CODE", "UNCLEAN", "FAILED"],
            Enum.GetValues<SuiteVerdict>().Select(verdict => verdict.Name));
    }

    private static async Task<ConformanceResult> RunAsync(FaultyServer server, string id)
    {
        using var runner = new ConformanceRunner(server.Address, new ConformanceOptions { Silence = TimeSpan.FromSeconds(1) });
        return await runner.RunAsync(ConformanceCases.Established.Single(one => one.Id == id));
    }
}
