using System;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Transports;

/// <summary>
/// One end of a connection that is in memory only, for tests: without a network, and with one as bad as a test wants it, in cuts, delays,
/// backpressure and faults that can be repeated.
/// </summary>
/// <remarks>
/// <para>
/// It behaves as TCP does. An end that is disposed of lets the peer read what was written and then the end of the stream; what the peer
/// writes from then on fails.
/// </para>
/// <para>With a made-up <see cref="TimeProvider"/>, the same for the transport and its sessions, a test decides what happens when.</para>
/// </remarks>
/// <example>
/// <code>
/// (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair(new MemoryTransportOptions { Chunk = _ => 1 });
/// ValueTask&lt;WsSession> accepting = WsSession.AcceptAsync(far);
/// await using WsSession client = await WsSession.ConnectAsync(near, new Request("test", "/"));
/// await using WsSession server = await accepting;
/// near.Break();
/// Assert.Null(await server.ReceiveAsync());
/// </code>
/// </example>
public sealed class MemoryTransport : WsTransport
{
    private readonly MemoryDirection _incoming;
    private readonly MemoryDirection _outgoing;

    private MemoryTransport(MemoryDirection incoming, MemoryDirection outgoing) => (_incoming, _outgoing) = (incoming, outgoing);

    /// <summary>How many bytes this end has written: those that the direction has taken.</summary>
    public long BytesWritten => _outgoing.Taken;

    /// <summary>How many bytes this end has read.</summary>
    public long BytesRead => _incoming.Given;

    /// <summary>How many bytes this end has written that the peer has not read.</summary>
    public long BytesUnderWay => _outgoing.UnderWay;

    /// <summary>Makes two ends that are connected.</summary>
    /// <param name="first">How what the first end writes comes to the second; null for a good network.</param>
    /// <param name="second">How what the second end writes comes to the first; null for the same as the other way.</param>
    public static (MemoryTransport First, MemoryTransport Second) CreatePair(
        MemoryTransportOptions? first = null, MemoryTransportOptions? second = null)
    {
        first ??= MemoryTransportOptions.Default;
        var there = new MemoryDirection(first);
        var back = new MemoryDirection(second ?? first);
        return (new MemoryTransport(back, there), new MemoryTransport(there, back));
    }

    /// <summary>
    /// Breaks the connection, both ways and at both ends: what is under way is lost, and all reads and writes fail, those that wait too.
    /// </summary>
    /// <param name="cause">What they throw; null for an <see cref="System.IO.IOException"/>.</param>
    public void Break(Exception? cause = null)
    {
        _outgoing.Break(cause);
        _incoming.Break(cause);
    }

    /// <summary>
    /// From now on, what this end writes does not arrive, nor the end of its stream, until <see cref="Resume"/>. Its writes go on up to the
    /// capacity and then wait.
    /// </summary>
    public void Stall() => _outgoing.Stall();

    /// <summary>Lets what this end has written arrive again.</summary>
    public void Resume() => _outgoing.Resume();

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _incoming.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        _outgoing.WriteAsync(data, cancellationToken);

    /// <inheritdoc/>
    public override ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) =>
        _incoming.WaitToReadAsync(cancellationToken);

    /// <inheritdoc/>
    public override bool CanCompleteWrites => true;

    /// <inheritdoc/>
    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        _outgoing.Complete();
        return default;
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _outgoing.LeaveWriting();
        _incoming.LeaveReading();
        return base.DisposeAsync();
    }
}
