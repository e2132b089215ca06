using System.Diagnostics.CodeAnalysis;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests.Transports;

/// <summary>What <see cref="WsTransport"/> promises, held by each of its kinds.</summary>
public sealed class TransportTests
{
    public static TheoryData<TransportKind> Kinds => [.. Enum.GetValues<TransportKind>()];

    /// <summary>Those that heed the token of a call; a socket is broken off by its disposal alone.</summary>
    public static TheoryData<TransportKind> HeedingKinds => [TransportKind.Memory, TransportKind.Stream, TransportKind.Pipe];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Bytes_arrive_in_order_whatever_the_sizes_of_writes_and_reads(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        byte[] sent = new byte[700_000];
        new Random(1).NextBytes(sent);
        Task writing = WriteAsync(pair.Near, sent, [200_000, 1, 65_537, 3]);
        Assert.Equal(sent, await ReadAsync(pair.Far, sent.Length, [1, 65_536, 7, 4_096, 300_000]).Soon());
        await writing.Soon();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Read_takes_no_more_than_its_buffer_holds_and_leaves_the_rest(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        byte[] sent = [.. Enumerable.Range(0, 50_000).Select(i => (byte)(i * 31))];
        await pair.Near.WriteAsync(sent).AsTask().Soon();
        byte[] buffer = new byte[10];
        for (int at = 0; at < 100;)
        {
            int count = await pair.Far.ReadAsync(buffer.AsMemory(0, 7)).AsTask().Soon();
            Assert.InRange(count, 1, 7);
            Assert.Equal(sent.AsSpan(at, count), buffer.AsSpan(0, count));
            Assert.Equal([0, 0, 0], buffer[7..]);
            at += count;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Waiting_takes_no_bytes(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        Task waiting = pair.Far.WaitToReadAsync().AsTask();
        await pair.Near.WriteAsync("one"u8.ToArray()).AsTask().Soon();
        await waiting.Soon();
        await pair.Far.WaitToReadAsync().AsTask().Soon();
        Assert.Equal("one"u8.ToArray(), await ReadAsync(pair.Far, 3, [16]).Soon());
        await pair.Near.WriteAsync("two"u8.ToArray()).AsTask().Soon();
        await pair.Far.WaitToReadAsync().AsTask().Soon();
        Assert.Equal("two"u8.ToArray(), await ReadAsync(pair.Far, 3, [16]).Soon());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task End_that_was_disposed_of_gives_its_peer_what_it_wrote_and_then_the_end(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        await pair.Near.WriteAsync("last"u8.ToArray()).AsTask().Soon();
        await pair.Near.DisposeAsync().AsTask().Soon();
        Assert.Equal("last"u8.ToArray(), await ReadAsync(pair.Far, 4, [16]).Soon());
        await pair.Far.WaitToReadAsync().AsTask().Soon();
        Assert.Equal(0, await pair.Far.ReadAsync(new byte[16]).AsTask().Soon());
        Assert.Equal(0, await pair.Far.ReadAsync(new byte[16]).AsTask().Soon());
    }

    /// <summary>As a session does that has nothing more to say and is still read from, which is what most ends are.</summary>
    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task End_that_was_disposed_of_while_it_read_gives_its_peer_what_it_wrote_and_then_the_end(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        Task reading = pair.Near.ReadAsync(new byte[16]).AsTask();
        await pair.Near.WriteAsync("last"u8.ToArray()).AsTask().Soon();
        await pair.Near.DisposeAsync().AsTask().Soon();
        await AssertEndsAsync(reading);
        Assert.Equal("last"u8.ToArray(), await ReadAsync(pair.Far, 4, [16]).Soon());
        Assert.Equal(0, await pair.Far.ReadAsync(new byte[16]).AsTask().Soon());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Half_that_was_completed_twice_has_ended_once(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        await pair.Near.CompleteWritesAsync().AsTask().Soon();
        await pair.Near.CompleteWritesAsync().AsTask().Soon();
        Assert.Equal(0, await pair.Far.ReadAsync(new byte[16]).AsTask().Soon());
        await pair.Far.WriteAsync("still"u8.ToArray()).AsTask().Soon();
        Assert.Equal("still"u8.ToArray(), await ReadAsync(pair.Near, 5, [16]).Soon());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Half_that_was_completed_ends_and_the_other_goes_on(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        Assert.True(pair.Near.CanCompleteWrites);
        await pair.Near.WriteAsync("done"u8.ToArray()).AsTask().Soon();
        await pair.Near.CompleteWritesAsync().AsTask().Soon();
        Assert.Equal("done"u8.ToArray(), await ReadAsync(pair.Far, 4, [16]).Soon());
        Assert.Equal(0, await pair.Far.ReadAsync(new byte[16]).AsTask().Soon());

        await pair.Far.WriteAsync("answer"u8.ToArray()).AsTask().Soon();
        Assert.Equal("answer"u8.ToArray(), await ReadAsync(pair.Near, 6, [16]).Soon());
        await pair.Far.CompleteWritesAsync().AsTask().Soon();
        Assert.Equal(0, await pair.Near.ReadAsync(new byte[16]).AsTask().Soon());
    }

    [Theory]
    [MemberData(nameof(HeedingKinds))]
    public async Task Read_that_is_cancelled_loses_no_byte(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        using var cancel = new CancellationTokenSource();
        Task reading = pair.Far.ReadAsync(new byte[16], cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Soon());
        using var again = new CancellationTokenSource();
        Task waiting = pair.Far.WaitToReadAsync(again.Token).AsTask();
        await again.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());
        await pair.Near.WriteAsync("still"u8.ToArray()).AsTask().Soon();
        Assert.Equal("still"u8.ToArray(), await ReadAsync(pair.Far, 5, [16]).Soon());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Disposal_ends_a_read_that_is_pending(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        Task reading = pair.Far.ReadAsync(new byte[16]).AsTask();
        await pair.Far.DisposeAsync().AsTask().Soon();
        await AssertEndsAsync(reading);
        await AssertThrowsAsync(() => pair.Far.ReadAsync(new byte[16]).AsTask());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Disposal_ends_a_wait_that_is_pending(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        Task waiting = pair.Far.WaitToReadAsync().AsTask();
        await pair.Far.DisposeAsync().AsTask().Soon();
        await AssertEndsAsync(waiting);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Disposal_ends_a_write_that_the_peer_does_not_take(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        Task writing = WriteForEverAsync(pair.Near);
        await Task.Yield();
        await pair.Near.DisposeAsync().AsTask().Soon();
        await AssertThrowsAsync(() => writing);
        await AssertThrowsAsync(() => pair.Near.WriteAsync(new byte[1]).AsTask());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Writes_to_a_peer_that_is_gone_fail(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        Task writing = WriteForEverAsync(pair.Near);
        await pair.Far.DisposeAsync().AsTask().Soon();
        await AssertThrowsAsync(() => writing);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Session_carries_large_messages_both_ways_and_closes_cleanly(TransportKind kind)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(kind);
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(pair.Far);
        await using WsSession client = await WsSession.ConnectAsync(pair.Near, new Request("localhost", "/")).Soon();
        await using WsSession server = await accepting.Soon();
        foreach (int size in (int[])[0, 1, 200_000, 1_000_000])
        {
            var message = new TextMessage(new string('x', size));
            Task sending = client.SendAsync(message).AsTask();
            Assert.Equal(message, await server.ReceiveAsync().Soon());
            await sending.Soon();
            sending = server.SendAsync(message).AsTask();
            Assert.Equal(message, await client.ReceiveAsync().Soon());
            await sending.Soon();
        }

        await client.CloseAsync().Soon();
        await server.Completion.Soon();
        Assert.True(client.ClosedCleanly);
        Assert.True(server.ClosedCleanly);
    }

    private static async Task WriteAsync(WsTransport transport, ReadOnlyMemory<byte> data, int[] sizes)
    {
        for (int i = 0; !data.IsEmpty; i++)
        {
            int count = Math.Min(data.Length, sizes[i % sizes.Length]);
            await transport.WriteAsync(data[..count]);
            data = data[count..];
        }
    }

    private static async Task WriteForEverAsync(WsTransport transport)
    {
        byte[] data = new byte[100_000];
        while (true)
            await transport.WriteAsync(data);
    }

    private static async Task<byte[]> ReadAsync(WsTransport transport, int count, int[] sizes)
    {
        byte[] data = new byte[count];
        int read = 0;
        for (int i = 0; read < count; i++)
        {
            int more = await transport.ReadAsync(data.AsMemory(read, Math.Min(count - read, sizes[i % sizes.Length])));
            Assert.NotEqual(0, more);
            read += more;
        }

        return data;
    }

    /// <summary>In whichever way, as long as it does.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "What it throws is each transport's own.")]
    private static async Task AssertEndsAsync(Task pending)
    {
        await Task.WhenAny(pending).Soon();
        try
        {
            await pending;
        }
        catch (Exception)
        {
            // As it may.
        }
    }

    private static async Task AssertThrowsAsync(Func<Task> operation) =>
        await Assert.ThrowsAnyAsync<Exception>(async () =>
        {
            Task pending = operation();
            // A wait that runs out is no such exception, but a failure.
            await Task.WhenAny(pending).Soon();
            await pending;
        });
}
