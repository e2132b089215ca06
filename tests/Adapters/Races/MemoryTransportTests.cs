using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests.Races;

public sealed class MemoryTransportTests
{
    private static async Task<int> ReadAsync(MemoryTransport transport, int count = 100) =>
        await transport.ReadAsync(new byte[count]).Soon();

    [Fact]
    public async Task Bytes_come_in_order_and_the_end_after_them()
    {
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
        await near.WriteAsync(new byte[] { 1, 2 });
        await near.WriteAsync(new byte[] { 3 });
        await near.CompleteWritesAsync();
        byte[] buffer = new byte[10];
        Assert.Equal(3, await far.ReadAsync(buffer).Soon());
        Assert.Equal([1, 2, 3], buffer[..3]);
        Assert.Equal(0, await ReadAsync(far));
        await far.WriteAsync(new byte[] { 4 });
        Assert.Equal(1, await ReadAsync(near));
        Assert.Equal((3L, 1L, 0L), (near.BytesWritten, near.BytesRead, near.BytesUnderWay));
        await Assert.ThrowsAsync<InvalidOperationException>(() => near.WriteAsync(new byte[1]).Soon());
    }

    [Fact]
    public async Task Reads_are_cut_as_told()
    {
        var sizes = new Queue<int>([1, 100, -5]);
        (MemoryTransport near, MemoryTransport far) =
            MemoryTransport.CreatePair(new MemoryTransportOptions { Chunk = _ => sizes.Dequeue() });
        await near.WriteAsync(new byte[10]);
        Assert.Equal(1, await ReadAsync(far));
        Assert.Equal(4, await ReadAsync(far, 4));
        Assert.Equal(1, await ReadAsync(far));
    }

    [Fact]
    public async Task Bytes_and_the_end_take_their_time()
    {
        var time = new ManualTime();
        (MemoryTransport near, MemoryTransport far) =
            MemoryTransport.CreatePair(new MemoryTransportOptions { Delay = TimeSpan.FromSeconds(2), TimeProvider = time });
        await near.WriteAsync(new byte[1]);
        time.Advance(TimeSpan.FromSeconds(1));
        await near.WriteAsync(new byte[2]);
        await near.DisposeAsync();
        Task<int> reading = far.ReadAsync(new byte[10]).AsTask();
        time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.False(reading.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(1, await reading.Soon());
        reading = far.ReadAsync(new byte[10]).AsTask();
        Assert.False(reading.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, await reading.Soon());
        Assert.Equal(0, await ReadAsync(far));
    }

    [Fact]
    public async Task Write_waits_while_the_capacity_is_used_up()
    {
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair(new MemoryTransportOptions { Capacity = 3 });
        Task writing = near.WriteAsync(new byte[5]).AsTask();
        Assert.False(writing.IsCompleted);
        Assert.Equal(3, near.BytesUnderWay);
        Assert.Equal(1, await ReadAsync(far, 1));
        await Waiting.Until(() => near.BytesUnderWay == 3);
        Assert.False(writing.IsCompleted);
        Assert.Equal(3, await ReadAsync(far));
        await writing.Soon();
    }

    [Fact]
    public async Task Cancelled_reads_and_writes_lose_nothing()
    {
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair(new MemoryTransportOptions { Capacity = 1 });
        using var cancellation = new CancellationTokenSource();
        Task<int> reading = far.ReadAsync(new byte[1], cancellation.Token).AsTask();
        Task waiting = far.WaitToReadAsync(cancellation.Token).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Soon());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());
        await near.WriteAsync(new byte[1]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => near.WriteAsync(new byte[1], cancellation.Token).Soon());
        await far.WaitToReadAsync().Soon();
        Assert.Equal(1, await ReadAsync(far));
    }

    [Fact]
    public async Task Breaks_ends_and_stalls_after_so_many_bytes()
    {
        (MemoryTransport near, MemoryTransport far) =
            MemoryTransport.CreatePair(new MemoryTransportOptions { BreakAfter = 3 }, new MemoryTransportOptions { EndAfter = 2 });
        await Assert.ThrowsAsync<IOException>(() => near.WriteAsync(new byte[5]).Soon());
        Assert.Equal(3, await ReadAsync(far));
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(far));
        await far.WriteAsync(new byte[5]);
        Assert.Equal(2, await ReadAsync(near));
        Assert.Equal(0, await ReadAsync(near));

        (near, far) = MemoryTransport.CreatePair(new MemoryTransportOptions { StallAfter = 2 });
        await near.WriteAsync(new byte[5]);
        Assert.Equal(2, await ReadAsync(far));
        Task<int> reading = far.ReadAsync(new byte[10]).AsTask();
        Assert.False(reading.IsCompleted);
        near.Resume();
        Assert.Equal(3, await reading.Soon());
    }

    [Fact]
    public async Task Break_fails_everything_at_both_ends_also_what_waits_or_is_stalled()
    {
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair(new MemoryTransportOptions { Capacity = 1 });
        var cause = new InvalidOperationException("cable");
        Task writing = near.WriteAsync(new byte[2]).AsTask();
        Task<int> reading = near.ReadAsync(new byte[1]).AsTask();
        near.Stall();
        Task<int> stalled = far.ReadAsync(new byte[1]).AsTask();
        Assert.False(stalled.IsCompleted);
        far.Break(cause);
        Assert.Same(cause, await Assert.ThrowsAsync<InvalidOperationException>(() => writing.Soon()));
        Assert.Same(cause, await Assert.ThrowsAsync<InvalidOperationException>(() => reading.Soon()));
        Assert.Same(cause, await Assert.ThrowsAsync<InvalidOperationException>(() => stalled.Soon()));
    }

    [Fact]
    public async Task Disposal_ends_what_waits_and_fails_what_the_other_end_writes()
    {
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair(new MemoryTransportOptions { Capacity = 1 });
        Task<int> reading = near.ReadAsync(new byte[1]).AsTask();
        Task writing = near.WriteAsync(new byte[2]).AsTask();
        await near.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.Soon());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.Soon());
        Assert.Equal(1, await ReadAsync(far));
        Assert.Equal(0, await ReadAsync(far));
        await Assert.ThrowsAsync<IOException>(() => far.WriteAsync(new byte[1]).Soon());
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryTransportOptions { Capacity = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryTransportOptions { Delay = TimeSpan.FromTicks(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryTransportOptions { BreakAfter = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryTransportOptions { EndAfter = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new MemoryTransportOptions { StallAfter = -1 });
        Assert.Equal(64 * 1024, new MemoryTransportOptions().Capacity);
    }
}
