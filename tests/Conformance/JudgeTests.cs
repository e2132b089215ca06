namespace WsProto.Conformance.Tests;

/// <summary>The judge of the conformance cases, of servers that are known to be wrong.</summary>
public sealed class JudgeTests
{
    /// <summary>All but the large ones and the compressed ones.</summary>
    private static readonly ConformanceCase[] _plain = [.. ConformanceCases.Established.Where(one => one.Chapter <= 7)];

    [Fact]
    public async Task Server_that_sends_octets_back__fails_in_all_cases()
    {
        await using var server = new FaultyServer(FaultyServer.EchoOctetsAsync);
        IReadOnlyList<ConformanceResult> results = await RunAsync(server, _plain);
        Assert.Equal(_plain.Select(one => one.Id), IdsOf(results, Verdict.Failed));
        Assert.All(results, result => Assert.Equal("the server masks a frame", result.Reason));
        ConformanceResult hello = results.Single(result => result.Case.Id == "2.2");
        Assert.StartsWith("898D9E3779B9", hello.Sent.ToString(), StringComparison.Ordinal);
        Assert.Equal(hello.Sent.ToString(), hello.Received.ToString());
    }

    [Fact]
    public async Task Server_that_sends_frames_back_unread__fails_in_all_cases_of_Pings_faults_and_Closes_that_are_none()
    {
        await using var server = new FaultyServer(FaultyServer.EchoFramesAsync);
        IReadOnlyList<ConformanceResult> results = await RunAsync(server, _plain);
        Assert.Equal(
            [
                .. CaseIds.Of("2.1-11 3.1-7 4.1.1-5 4.2.1-5 5.1-2 5.6-20"),
                .. CaseIds.Of(CaseIds.Faults).Where(id => id[0] is '6' or '7'),
                .. CaseIds.Of("7.13.1-2"),
            ],
            IdsOf(results, Verdict.Failed));
    }

    [Fact]
    public async Task Server_that_answers_every_fault_with_1000__fails_in_all_cases_of_faults()
    {
        await using var server = new FaultyServer(FaultyServer.EchoMessages(_ => new CloseConnection(CloseCode.NormalClosure)));
        IReadOnlyList<ConformanceResult> results = await RunAsync(server, _plain);
        Assert.Equal(CaseIds.Of(CaseIds.Faults), IdsOf(results, Verdict.Failed));
        Assert.Equal(CaseIds.Of("7.1.6 7.13.1-2"), IdsOf(results, Verdict.Informational));
        Assert.Equal(
            ["there is a Close with 1000"],
            results.Where(result => result.Verdict == Verdict.Failed).Select(result => result.Reason).Distinct());
    }

    [Fact]
    public async Task Server_that_drops_the_connection_at_every_fault__is_lenient_in_all_cases_of_faults()
    {
        await using var server = new FaultyServer(FaultyServer.EchoMessages(_ => null));
        IReadOnlyList<ConformanceResult> results = await RunAsync(server, _plain);
        Assert.Equal(CaseIds.Of(CaseIds.Faults), IdsOf(results, Verdict.Lenient));
        Assert.Empty(IdsOf(results, Verdict.Failed));
    }

    [Fact]
    public async Task Server_that_looks_at_whole_messages_only__is_lenient_where_the_fault_comes_earlier()
    {
        await using var server = new FaultyServer(FaultyServer.EchoMessages(close => close.Response(), waits: true));
        IReadOnlyList<ConformanceResult> results = await RunAsync(server, [.. _plain.Where(one => one.Chapter == 6)]);
        Assert.Equal(CaseIds.Of("6.4.1-4"), IdsOf(results, Verdict.Lenient));
        Assert.Empty(IdsOf(results, Verdict.Failed));
    }

    [Theory]
    [InlineData("permessage-deflate", "")]
    [InlineData("permessage-deflate; client_max_window_bits=9", "")]
    [InlineData("permessage-deflate; server_max_window_bits=9", "13.3.3-6")]
    [InlineData("permessage-deflate; server_no_context_takeover", "13.3.3-6")]
    public async Task Server_that_compresses_with_all_it_has__fails_where_it_has_agreed_to_less(string agreed, string failed)
    {
        await using var server = new FaultyServer(FaultyServer.EchoCompressedAsync, agreed);
        ConformanceCase[] cases =
        [
            .. ConformanceCases.Established.Where(one => CaseIds.Of("13.3.3-6").Contains(one.Id))
                .Select(one => one with { Offers = [new(false, 0)] }),
        ];
        IReadOnlyList<ConformanceResult> results = await RunAsync(server, cases);
        Assert.Equal(CaseIds.Of(failed), IdsOf(results, Verdict.Failed));
        Assert.Equal(CaseIds.Of("13.3.3-6").Except(CaseIds.Of(failed)), IdsOf(results, Verdict.Ok));
    }

    [Theory]
    [InlineData(null, "12.1.1-2", Verdict.Unimplemented)]
    [InlineData("permessage-deflate", "12.1.1-2 13.1.1", Verdict.Ok)]
    [InlineData("permessage-deflate", "13.2.1 13.3.1 13.5.1", Verdict.Failed)]
    [InlineData("permessage-deflate; server_max_window_bits=10", "13.3.1 13.5.1", Verdict.Failed)]
    [InlineData("permessage-deflate; server_max_window_bits=7", "13.3.1", Verdict.Failed)]
    [InlineData("permessage-deflate; of_its_own", "12.1.1", Verdict.Failed)]
    [InlineData("permessage-deflate", "1.1.1", Verdict.Failed)]
    public async Task Server_that_answers_an_offer__is_held_to_it(string? answer, string ids, Verdict verdict)
    {
        await using var server = new FaultyServer(FaultyServer.EchoCompressedAsync, answer);
        ConformanceCase[] cases = [.. ConformanceCases.Established.Where(one => CaseIds.Of(ids).Contains(one.Id))];
        Assert.Equal(CaseIds.Of(ids), IdsOf(await RunAsync(server, cases), verdict));
    }

    [Theory]
    [InlineData("Upgrade", "the server answers without Upgrade: websocket")]
    [InlineData("Connection", "the server answers without Connection: Upgrade")]
    public async Task Server_that_answers_without_a_field__fails(string field, string reason)
    {
        await using var server = new FaultyServer(FaultyServer.EchoFramesAsync, omits: field);
        ConformanceCase[] cases = [.. ConformanceCases.All.Where(one => CaseIds.Of("1.1.1 20.10").Contains(one.Id))];
        IReadOnlyList<ConformanceResult> results = await RunAsync(server, cases);
        Assert.Equal([(Verdict.Failed, "there is no connection: " + reason), (Verdict.Failed, reason)],
            results.Select(result => (result.Verdict, result.Reason)));
    }

    private static Task<IReadOnlyList<ConformanceResult>> RunAsync(FaultyServer server, IReadOnlyList<ConformanceCase> cases) =>
        RunAsync(server.Address, cases);

    /// <summary>All of the cases at once, as those in which something does not come wait for it.</summary>
    private static async Task<IReadOnlyList<ConformanceResult>> RunAsync(Uri server, IReadOnlyList<ConformanceCase> cases)
    {
        using var runner = new ConformanceRunner(server, new ConformanceOptions { Silence = TimeSpan.FromSeconds(3), Parallelism = 32 });
        return await runner.RunAsync(cases).InOrderOf(cases);
    }

    private static IEnumerable<string> IdsOf(IEnumerable<ConformanceResult> results, Verdict verdict) =>
        results.Where(result => result.Verdict == verdict).Select(result => result.Case.Id);
}
