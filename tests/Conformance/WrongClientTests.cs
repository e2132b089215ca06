namespace WsProto.Conformance.Tests;

/// <summary>Clients that take a wrong answer, lose what comes with it, or are wrong when the server's stream ends.</summary>
public sealed class WrongClientTests : IDisposable
{
    private static readonly ConformanceCase[] _cases = [.. ConformanceCases.Additional.Where(one => one.IsForClients && one.Chapter >= 25)];

    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(1));

    public void Dispose() => _guard.Dispose();

    [Fact]
    public async Task Client_that_does_what_it_should__fails_only_where_the_answer_is_wrong() =>
        Assert.Equal(CaseIds.Of("27.8-18"), Failed(await RunAsync(FaultyPeers.Right(ConnectionRole.Client))).Except(CaseIds.Of("27.5")));

    [Fact]
    public async Task Client_that_asks_and_does_nothing_else__fails_in_each_case()
    {
        IReadOnlyList<ConformanceResult> results = await RunAsync(
            (_, stop) => Task.Delay(Timeout.Infinite, stop), FaultyPeers.ReadAndWaitAsync);
        Assert.All(results, result => Assert.True(result.Verdict == Verdict.Failed, result.ToString()));
        Assert.Equal(_cases.Length, results.Count);
    }

    [Fact]
    public async Task Client_that_takes_any_answer__fails_where_it_is_none()
    {
        IReadOnlyList<ConformanceResult> results = await RunAsync(
            async (stream, stop) =>
            {
                await stream.WriteAsync(SentFrame.Text("I am here.").Encode(masks: true), stop);
                await stream.CopyToAsync(Stream.Null, stop);
            },
            async (stream, stop) =>
            {
                await stream.ReadAtLeastAsync(new byte[4096], 1, throwOnEndOfStream: false, stop);
                return [];
            });
        IEnumerable<ConformanceResult> wrong = results.Where(result => CaseIds.Of("26.15-16 27.8-21").Contains(result.Case.Id));
        Assert.All(wrong, result => Assert.Equal(
            (Verdict.Failed, "the client takes the WebSocket for open, and sends Text \"I am here.\""), (result.Verdict, result.Reason)));
        Assert.Equal(16, wrong.Count());
    }

    [Fact]
    public async Task Client_that_loses_what_comes_with_the_answer__fails() =>
        Assert.Equal(
            CaseIds.Of("25.5-10 27.6"),
            Failed(await RunAsync(FaultyPeers.Right(ConnectionRole.Client), FaultyPeers.ReadAndLoseAsync))
                .Where(id => id == "27.6" || id.StartsWith("25", StringComparison.Ordinal)));

    [Fact]
    public async Task Client_that_reads_an_answer_once_and_by_the_letter__fails_where_it_may_be_written_otherwise() =>
        Assert.Equal(
            CaseIds.Of("27.2-4"),
            Failed(await RunAsync(FaultyPeers.Right(ConnectionRole.Client), FaultyPeers.ReadOnceAsync)).Intersect(CaseIds.Of("27.2-4")));

    [Fact]
    public async Task Client_that_does_not_notice_the_end_of_the_stream__fails() =>
        Assert.Equal(
            CaseIds.Of("26.4-11 26.14-16 27.7 27.19-20"),
            Failed(await RunAsync(FaultyPeers.StaysOpen(ConnectionRole.Client), FaultyPeers.ReadAndWaitAsync))
                .Except(CaseIds.Of("27.5 27.8-18")));

    [Fact]
    public async Task Client_that_drops_the_connection_at_the_end_of_the_stream__fails_where_it_owes_a_Close() =>
        Assert.Equal(
            CaseIds.Of("26.1-3"),
            Failed(await RunAsync(FaultyPeers.DropAsync)).Where(id => id.StartsWith("26", StringComparison.Ordinal)));

    [Fact]
    public async Task Client_that_takes_a_part_for_the_whole__fails() =>
        Assert.Equal(
            CaseIds.Of("26.2-3 26.8-10"),
            Failed(await RunAsync(FaultyPeers.EchoesParts(masks: true))).Where(id => id.StartsWith("26", StringComparison.Ordinal)));

    [Fact]
    public async Task Client_that_sends_a_Close_on_a_connection_that_is_not_open__is_lenient()
    {
        IReadOnlyList<ConformanceResult> results = await RunAsync(
            async (stream, stop) => await stream.WriteAsync(SentFrame.Close(1002).Encode(masks: true), stop));
        Assert.Equal(
            CaseIds.Of("27.8-21"),
            results.Where(result => result.Verdict == Verdict.Lenient && result.Case.Chapter == 27).Select(result => result.Case.Id));
    }

    private Task<IReadOnlyList<ConformanceResult>> RunAsync(
        Func<Stream, CancellationToken, Task> serve, Func<Stream, CancellationToken, Task<string[]>>? readHead = null) =>
        FaultyClient.JudgeAsync(_cases, serve, _guard.Token, readHead);

    private static IEnumerable<string> Failed(IReadOnlyList<ConformanceResult> results) =>
        results.Where(result => result.Verdict == Verdict.Failed).Select(result => result.Case.Id);
}
