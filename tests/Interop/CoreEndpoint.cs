using System.Net.Sockets;
using WsProto.Extensions;
using Xunit;
using Xunit.Sdk;

namespace WsProto.Interop.Tests;

/// <summary>
/// The bare core on a TCP connection. The loop is that of the README: receive, drain the events, write; a Ping and a Close
/// are answered as they are read.
/// </summary>
internal abstract class CoreEndpoint : IDisposable
{
    /// <summary>Ends a test that hangs; the peers give up a little earlier by themselves.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;
    private readonly CancellationToken _ct;
    private bool _ended;

    private protected CoreEndpoint(TcpClient tcp, WsConnection connection, CancellationToken ct)
    {
        _tcp = tcp;
        _stream = tcp.GetStream(); // asked for later, it would not be given out once either side has ended
        _ct = ct;
        Connection = connection;
    }

    public WsConnection Connection { get; }

    /// <summary>Who sent its Close first, in the words of the peers: "local" (the core), "remote" or "none".</summary>
    public string? FirstToClose { get; private set; }

    /// <summary>What was agreed on for compression; null if there is none. The core has no other extension here.</summary>
    public DeflateParameters? Deflate =>
        Connection.Extensions is [] ? null : Assert.IsType<DeflateCodec>(Assert.Single(Connection.Extensions)).Parameters;

    public Wire Sent { get; } = new();

    public Wire Received { get; } = new();

    /// <summary>Sends one event.</summary>
    public async Task SendAsync(WsEvent e)
    {
        ReadOnlyMemory<byte> bytes = Connection.Send(e);
        Sent.Add(bytes.Span);
        await _stream.WriteAsync(bytes, _ct);
    }

    /// <summary>The next event; null if there is none any more.</summary>
    public async Task<WsEvent?> ReadAsync()
    {
        WsEvent? e;
        while (!Connection.TryReadEvent(out e))
        {
            if (_ended)
                return null;
            await ReceiveAsync();
        }

        if (e is Ping ping)
            await SendAsync(ping.Response());

        if (e is CloseConnection close)
        {
            bool isRemote = Connection.State == ConnectionState.RemoteClosing;
            FirstToClose = isRemote ? "remote" : close.Code == CloseCode.AbnormalClosure ? "none" : "local";
            if (isRemote)
                await SendAsync(close.Response());
        }

        return e;
    }

    /// <summary>The next event, which must be of that type.</summary>
    public async Task<T> ReadAsync<T>()
        where T : WsEvent => Assert.IsType<T>(await ReadAsync());

    /// <summary>Sends every message back until the connection is closed; all events on the way, the Close last.</summary>
    public async Task<List<WsEvent>> EchoAsync()
    {
        List<WsEvent> events = [];
        do
        {
            events.Add(await ReadAsync() ?? throw new XunitException("The events ended without a Close."));
            if (events[^1] is Message message)
                await SendAsync(message);
        }
        while (events[^1] is not CloseConnection);

        return events;
    }

    /// <summary>Closes and waits for the answer, which must be the next event.</summary>
    public async Task<CloseConnection> CloseAsync(CloseCode code, string? reason = null)
    {
        await SendAsync(new CloseConnection(code, reason));
        return await ReadAsync<CloseConnection>();
    }

    /// <summary>Ends TCP without a Close.</summary>
    public void Drop()
    {
        _tcp.Close();
        _ended = true;
        Connection.ReceiveEndOfStream();
    }

    public void Dispose()
    {
        Connection.Dispose();
        _stream.Dispose();
        _tcp.Dispose();
    }

    /// <summary>
    /// Brings a peer and the core together: connects, plays the test's part, ends TCP and waits for the peer's end. Nothing
    /// may happen after the test's part. If anything fails, the message holds what the peer said.
    /// </summary>
    /// <returns>What the peer said.</returns>
    private protected static async Task<IReadOnlyList<PeerReport>> MeetAsync<TCore>(
        Peer peer, Func<Task<TCore>> connect, Func<TCore, Peer, Task> act)
        where TCore : CoreEndpoint
    {
        try
        {
            using TCore core = await connect();
            await act(core, peer);
            await core.EndAsync();
            await peer.FinishAsync();
            return peer.Reports;
        }
        catch (Exception e)
        {
            throw new XunitException($"{e.Message}\n{await peer.EndAndTellAsync()}", e);
        }
    }

    /// <summary>The server ends TCP, the client waits for that (RFC 6455 §7.1.1).</summary>
    private async Task EndAsync()
    {
        if (Connection.Role == ConnectionRole.Server && !_ended)
            _tcp.Client.Shutdown(SocketShutdown.Send);
        Assert.Null(await ReadAsync());
        Assert.Equal(ConnectionState.Closed, Connection.State);
        _tcp.Close();
    }

    private async Task ReceiveAsync()
    {
        Memory<byte> room = Connection.ReceiveBuffer.GetMemory();
        int count;
        try
        {
            count = await _stream.ReadAsync(room, _ct);
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            count = 0; // a peer that drops the connection may reset it
        }

        if (count > 0)
        {
            Received.Add(room.Span[..count]);
            Connection.ReceiveBuffer.Advance(count);
        }
        else
        {
            _ended = true;
            Connection.ReceiveEndOfStream();
        }
    }
}
