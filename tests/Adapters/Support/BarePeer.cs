using System;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests.Support;

/// <summary>A session and, at the other end, a peer that does what a test writes down, byte by byte.</summary>
internal sealed class BarePeer : IAsyncDisposable
{
    private readonly TransportPair _pair;
    private readonly WireReader _reader;
    private readonly bool _isClient;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _read;

    private BarePeer(ManualTime time, WsSession session, TransportPair pair, CountedTransport near)
    {
        (Time, Session, _pair, SessionTransport) = (time, session, pair, near);
        _isClient = session.Role == ConnectionRole.Server;
        _reader = new WireReader(fromClient: !_isClient);
    }

    internal ManualTime Time { get; }

    internal WsSession Session { get; }

    internal WsTransport Transport => _pair.Far;

    /// <summary>The same, where the session runs over memory.</summary>
    internal MemoryTransport Memory => (MemoryTransport)_pair.Far;

    internal CountedTransport SessionTransport { get; }

    /// <summary>Over memory that behaves as the test says.</summary>
    internal static BarePeer Of(
        ConnectionRole role = ConnectionRole.Server,
        WsSessionOptions? options = null,
        MemoryTransportOptions? toPeer = null,
        MemoryTransportOptions? toSession = null,
        bool sweepsByHand = false)
    {
        var time = new ManualTime(sweepsByHand);
        TransportPair pair = TransportPair.OverMemory(
            (toPeer ?? new MemoryTransportOptions()) with { TimeProvider = time },
            (toSession ?? new MemoryTransportOptions()) with { TimeProvider = time });
        return Of(pair, role, options, time);
    }

    /// <summary>Over any transport.</summary>
    /// <param name="over">Which.</param>
    /// <param name="role">Of the session.</param>
    /// <param name="options">Of the session, but for its time.</param>
    /// <param name="sweepsByHand">See <see cref="ManualTime"/>.</param>
    /// <param name="mostRead">How many bytes the session gets with a read at most.</param>
    internal static async Task<BarePeer> OverAsync(
        TransportKind over,
        ConnectionRole role = ConnectionRole.Server,
        WsSessionOptions? options = null,
        bool sweepsByHand = false,
        int mostRead = int.MaxValue) =>
        Of(await TransportPair.OpenAsync(over), role, options, new ManualTime(sweepsByHand), mostRead);

    private static BarePeer Of(
        TransportPair pair, ConnectionRole role, WsSessionOptions? options, ManualTime time, int mostRead = int.MaxValue)
    {
        var near = new CountedTransport(pair.Near, mostRead: mostRead);
        options = (options ?? new WsSessionOptions()) with { TimeProvider = time };
        WsSession session = WsSession.FromEstablished(near, WsConnection.Established(role, options: options.Connection), options);
        return new BarePeer(time, session, pair, near);
    }

    /// <summary>Breaks the connection off, so that the session's reads and writes fail.</summary>
    internal ValueTask BreakAsync() => _pair.BreakAsync();

    /// <summary>Writes until that fails: the session's end is gone.</summary>
    internal Task WriteUntilRefusedAsync() => Transport.WriteUntilRefusedAsync();

    internal byte[] Frame(int opcode, byte[] payload, bool fin = true) => new WireFrame(opcode, fin, payload).Encode(_isClient);

    internal Task SendAsync(int opcode, byte[] payload, bool fin = true) => WriteAsync(Frame(opcode, payload, fin));

    internal Task SendTextAsync(string text, bool fin = true) => SendAsync(WireFrame.Text, Encoding.UTF8.GetBytes(text), fin);

    internal Task SendCloseAsync(int code, string reason = "") =>
        SendAsync(WireFrame.Close, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)]);

    internal Task WriteAsync(params byte[][] parts) => Transport.WriteAsync(parts.SelectMany(part => part).ToArray()).AsTask().Soon();

    /// <summary>The next frame of the session; null for the end of its stream.</summary>
    internal async Task<WireFrame?> ReadAsync()
    {
        while (true)
        {
            Assert.Null(_reader.Error);
            if (_read < _reader.Frames.Count)
                return _reader.Frames[_read++];
            int count = await Transport.ReadAsync(_buffer).AsTask().Soon();
            if (count == 0)
            {
                Assert.Equal(0, _reader.Rest);
                return null;
            }

            _reader.Feed(_buffer.AsMemory(0, count));
        }
    }

    /// <summary>Waits until the session has read all that was sent and has answered: a Ping comes back.</summary>
    internal async Task SettleAsync()
    {
        byte[] mark = Guid.NewGuid().ToByteArray();
        await SendAsync(WireFrame.Ping, mark);
        while (await ReadAsync() is { } frame)
        {
            if (frame.Opcode == WireFrame.Pong && frame.Payload.SequenceEqual(mark))
                return;
        }

        Assert.Fail("The session ended.");
    }

    public async ValueTask DisposeAsync()
    {
        await Transport.DisposeAsync();
        await Session.DisposeAsync().AsTask().Soon();
    }
}
