using System.Net;

namespace WsProto.Adapters.Tests.Support;

/// <summary>Any transport, with what goes through it counted and shown, and read in pieces as small as a test wants.</summary>
/// <param name="inner">The transport.</param>
/// <param name="tap">Is shown what is written, before it is.</param>
/// <param name="mostRead">How many bytes a read gives at most.</param>
internal sealed class CountedTransport(WsTransport inner, Action<ReadOnlyMemory<byte>>? tap = null, int mostRead = int.MaxValue)
    : WsTransport
{
    private long _written;
    private long _read;
    private int _writes;

    internal long BytesWritten => Volatile.Read(ref _written);

    internal long BytesRead => Volatile.Read(ref _read);

    internal int Writes => Volatile.Read(ref _writes);

    public override EndPoint? RemoteEndPoint => inner.RemoteEndPoint;

    public override EndPoint? LocalEndPoint => inner.LocalEndPoint;

    public override WsTlsDetails? Tls => inner.Tls;

    public override bool CanCompleteWrites => inner.CanCompleteWrites;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, mostRead)], cancellationToken).ConfigureAwait(false);
        Interlocked.Add(ref _read, count);
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
    {
        tap?.Invoke(data);
        Interlocked.Add(ref _written, data.Length);
        Interlocked.Increment(ref _writes);
        return inner.WriteAsync(data, cancellationToken);
    }

    public override ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) => inner.WaitToReadAsync(cancellationToken);

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default) =>
        inner.CompleteWritesAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
