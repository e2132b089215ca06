namespace WsProto.Conformance.Tests;

/// <summary>Servers that are wrong in their handshake, with what comes early, or when the client's stream ends.</summary>
public sealed class WrongServerTests
{
    private static readonly ConformanceCase[] _cases =
        [.. ConformanceCases.Additional.Where(one => one.IsForServers && one.Chapter is (20 or 25 or 26))];

    /// <summary>The server of these tests looks at nothing but the key.</summary>
    private static readonly string[] _refused = CaseIds.Of("20.1-9 20.13-18");

    [Fact]
    public async Task Server_that_never_answers__fails_in_each_case()
    {
        using var mute = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        mute.Start();
        var options = new ConformanceOptions { Silence = TimeSpan.FromSeconds(1), CaseLimit = TimeSpan.FromSeconds(2), Parallelism = 64 };
        using var runner = new ConformanceRunner(new Uri($"ws://{mute.LocalEndpoint}/"), options);
        IReadOnlyList<ConformanceResult> results = await runner.RunAsync(_cases).InOrderOf(_cases);
        Assert.All(results, result => Assert.True(result.Verdict == Verdict.Failed, result.ToString()));
    }

    [Theory]
    [InlineData("x-three", null, "20.10-12 20.19-22")]
    [InlineData(null, "x-two", "20.10-12 20.19-23")]
    [InlineData("x-one, x-two", null, "20.10-12 20.19-23")]
    public async Task Server_that_agrees_to_what_was_not_offered__fails(string? subprotocol, string? extensions, string expected)
    {
        await using var server = new FaultyServer(FaultyPeers.Right(ConnectionRole.Server), extensions, subprotocol: subprotocol);
        Assert.Equal(CaseIds.Of(expected), Failed(await RunAsync(server), "20").Except(_refused));
    }

    [Fact]
    public async Task Server_that_reads_a_request_once_and_by_the_letter__fails_where_it_may_be_written_otherwise()
    {
        await using var server = new FaultyServer(FaultyPeers.Right(ConnectionRole.Server), readHead: FaultyPeers.ReadOnceAsync);
        // Single octets may arrive together.
        Assert.Equal(CaseIds.Of("20.10 20.19 20.21"), Failed(await RunAsync(server), "20").Except([.. _refused, "20.20"]));
    }

    [Fact]
    public async Task Server_that_loses_what_comes_with_the_request__fails()
    {
        await using var server = new FaultyServer(FaultyServer.EchoFramesAsync, readHead: FaultyPeers.ReadAndLoseAsync);
        Assert.Equal(CaseIds.Of("25.1-3"), Failed(await RunAsync(server), "25"));
    }

    [Fact]
    public async Task Server_that_takes_content_for_frames__fails()
    {
        await using var server = new FaultyServer(FaultyPeers.Right(ConnectionRole.Server));
        Assert.Equal(["25.4"], Failed(await RunAsync(server), "2").Except(_refused));
    }

    [Fact]
    public async Task Server_that_does_not_notice_the_end_of_the_stream__fails()
    {
        await using var server = new FaultyServer(
            FaultyPeers.StaysOpen(ConnectionRole.Server), readHead: FaultyPeers.ReadAndWaitAsync);
        Assert.Equal(CaseIds.Of("26.4-13"), Failed(await RunAsync(server), "26"));
    }

    [Fact]
    public async Task Server_that_drops_the_connection_at_the_end_of_the_stream__fails_where_it_owes_a_Close()
    {
        await using var server = new FaultyServer(FaultyPeers.DropAsync);
        Assert.Equal(CaseIds.Of("26.1-3"), Failed(await RunAsync(server), "26"));
    }

    [Fact]
    public async Task Server_that_takes_a_part_for_the_whole__fails()
    {
        await using var server = new FaultyServer(FaultyPeers.EchoesParts(masks: false));
        Assert.Equal(CaseIds.Of("26.2-3 26.6 26.8-10"), Failed(await RunAsync(server), "26"));
    }

    [Theory]
    [InlineData(false, "21.4")]
    [InlineData(true, "21.5")]
    public async Task Server_that_unmasks_wrongly__fails(bool goesOn, string expected)
    {
        await using var server = new FaultyServer(FaultyPeers.Unmasks(goesOn));
        Assert.Equal([expected], Failed(await RunAsync(server, CaseIds.Of("21.4-5")), "21"));
    }

    /// <summary>The cases of a chapter that failed.</summary>
    private static IEnumerable<string> Failed(IReadOnlyList<ConformanceResult> results, string chapter) =>
        results.Where(result => result.Verdict == Verdict.Failed && result.Case.Id.StartsWith(chapter, StringComparison.Ordinal))
            .Select(result => result.Case.Id);

    private static async Task<IReadOnlyList<ConformanceResult>> RunAsync(FaultyServer server, string[]? ids = null)
    {
        IReadOnlyList<ConformanceCase> cases = ids is null ? _cases : ConformanceCases.Select(ConformanceCases.Additional, ids, []);
        var options = new ConformanceOptions { Silence = TimeSpan.FromSeconds(2), Parallelism = 64 };
        using var runner = new ConformanceRunner(server.Address, options);
        return await runner.RunAsync(cases).InOrderOf(cases);
    }
}
