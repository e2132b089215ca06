using System.Net;
using System.Net.Sockets;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>The bare core as a server of one connection, on a free port of 127.0.0.1.</summary>
internal sealed class CoreServer : CoreEndpoint
{
    private readonly int _port;

    private CoreServer(TcpClient tcp, int port, WsConnectionOptions? options, CancellationToken ct)
        : base(tcp, new WsConnection(ConnectionRole.Server, options), ct) => _port = port;

    /// <summary>Serves a peer's client; the test's part begins with the opening handshake.</summary>
    public static async Task<IReadOnlyList<PeerReport>> MeetAsync(
        PeerKind kind, IEnumerable<string> scenario, Func<CoreServer, Peer, Task> act, WsConnectionOptions? options = null)
    {
        using CancellationTokenSource guard = new(Patience);
        using TcpListener listener = new(IPAddress.Loopback, port: 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        using Peer peer = Peer.StartClient(kind, port, scenario, guard.Token);
        return await MeetAsync(peer, AcceptTcpAsync, act);

        async Task<CoreServer> AcceptTcpAsync() => new(await listener.AcceptTcpClientAsync(guard.Token), port, options, guard.Token);
    }

    /// <summary>The same with a connection that is open, without a subprotocol.</summary>
    public static Task<IReadOnlyList<PeerReport>> MeetOpenAsync(
        PeerKind kind, IEnumerable<string> scenario, PerMessageDeflate? deflate, Func<CoreEndpoint, Peer, Task> act,
        WsConnectionOptions? options) =>
        MeetAsync(kind, scenario, async (core, running) =>
        {
            await core.ReadRequestAsync();
            await core.AcceptAsync(deflate: deflate);
            await act(core, running);
        }, options);

    /// <summary>Reads the peer's request, without an answer.</summary>
    public async Task<Request> ReadRequestAsync()
    {
        var request = await ReadAsync<Request>();
        Assert.Equal($"127.0.0.1:{_port}", request.Host);
        Assert.Equal("/interop?from=peer", request.Target);
        Assert.Equal(ConnectionState.Connecting, Connection.State);
        return request;
    }

    /// <summary>Accepts the request that was read.</summary>
    public async Task AcceptAsync(string? subprotocol = null, PerMessageDeflate? deflate = null)
    {
        await SendAsync(new AcceptConnection { Subprotocol = subprotocol, Extensions = deflate is null ? [] : [deflate] });
        Assert.Equal(ConnectionState.Open, Connection.State);
        Assert.Equal(subprotocol, Connection.Subprotocol);
    }
}
