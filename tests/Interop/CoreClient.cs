using System.Net;
using System.Net.Sockets;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>The bare core as a client.</summary>
internal sealed class CoreClient : CoreEndpoint
{
    private readonly int _port;

    private CoreClient(TcpClient tcp, int port, WsConnectionOptions? options, CancellationToken ct)
        : base(tcp, new WsConnection(ConnectionRole.Client, options), ct) => _port = port;

    /// <summary>Connects to a peer's server; the test's part begins with the opening handshake.</summary>
    public static async Task<IReadOnlyList<PeerReport>> MeetAsync(
        PeerKind kind, IEnumerable<string> scenario, Func<CoreClient, Peer, Task> act, WsConnectionOptions? options = null)
    {
        using CancellationTokenSource guard = new(Patience);
        (Peer started, int port) = await Peer.StartServerAsync(kind, scenario, guard.Token);
        using Peer peer = started;
        return await MeetAsync(peer, ConnectTcpAsync, act);

        async Task<CoreClient> ConnectTcpAsync()
        {
            TcpClient tcp = new();
            await tcp.ConnectAsync(IPAddress.Loopback, port, guard.Token);
            return new CoreClient(tcp, port, options, guard.Token);
        }
    }

    /// <summary>The same with a connection that is open, without a subprotocol.</summary>
    public static Task<IReadOnlyList<PeerReport>> MeetOpenAsync(
        PeerKind kind, IEnumerable<string> scenario, PerMessageDeflate? deflate, Func<CoreEndpoint, Peer, Task> act,
        WsConnectionOptions? options) =>
        MeetAsync(kind, scenario, async (core, running) =>
        {
            await core.RequestAsync([], deflate);
            Assert.Null((await core.ReadAcceptAsync()).Subprotocol);
            await act(core, running);
        }, options);

    /// <summary>Asks for the upgrade.</summary>
    public async Task RequestAsync(IReadOnlyList<string>? subprotocols = null, PerMessageDeflate? deflate = null)
    {
        Request request = Request.FromUri(new Uri($"ws://127.0.0.1:{_port}/interop?from=core"));
        await SendAsync(request with { Subprotocols = subprotocols ?? [], Extensions = deflate is null ? [] : [deflate] });
        Assert.Equal(ConnectionState.Connecting, Connection.State);
    }

    /// <summary>Reads the answer, which must be that the peer accepts.</summary>
    public async Task<AcceptConnection> ReadAcceptAsync()
    {
        var accept = await ReadAsync<AcceptConnection>();
        Assert.Equal(ConnectionState.Open, Connection.State);
        Assert.Equal(accept.Subprotocol, Connection.Subprotocol);
        Assert.Equal(accept.AgreedExtensions, Connection.Extensions.Select(codec => codec.Agreed));
        return accept;
    }
}
