using System;
using System.Threading.Tasks;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests.Support;

/// <summary>Two sessions on one piece of memory, in time made by hand, with the wire read along.</summary>
internal sealed class SessionPair : IAsyncDisposable
{
    private SessionPair(
        ManualTime time,
        WsSession client,
        WsSession server,
        MemoryTransport near,
        MemoryTransport far,
        WireReader toServer,
        WireReader toClient)
    {
        (Time, Client, Server, ClientTransport, ServerTransport, ToServer, ToClient) =
            (time, client, server, near, far, toServer, toClient);
    }

    internal ManualTime Time { get; }

    internal WsSession Client { get; }

    internal WsSession Server { get; }

    internal MemoryTransport ClientTransport { get; }

    internal MemoryTransport ServerTransport { get; }

    internal WireReader ToServer { get; }

    internal WireReader ToClient { get; }

    internal static SessionPair Create(
        WsSessionOptions? client = null,
        WsSessionOptions? server = null,
        MemoryTransportOptions? toServer = null,
        MemoryTransportOptions? toClient = null,
        ManualTime? time = null)
    {
        time ??= new ManualTime();
        var readToServer = new WireReader(fromClient: true);
        var readToClient = new WireReader(fromClient: false);
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair(
            (toServer ?? new MemoryTransportOptions()) with { TimeProvider = time, Tap = readToServer.Feed },
            (toClient ?? new MemoryTransportOptions()) with { TimeProvider = time, Tap = readToClient.Feed });
        return new SessionPair(
            time,
            Start(near, ConnectionRole.Client, client, time),
            Start(far, ConnectionRole.Server, server, time),
            near,
            far,
            readToServer,
            readToClient);
    }

    private static WsSession Start(WsTransport transport, ConnectionRole role, WsSessionOptions? options, ManualTime time)
    {
        options = (options ?? new WsSessionOptions()) with { TimeProvider = time };
        return WsSession.FromEstablished(transport, WsConnection.Established(role, options: options.Connection), options);
    }

    public async ValueTask DisposeAsync()
    {
        ValueTask client = Client.DisposeAsync();
        await Server.DisposeAsync().AsTask().Soon();
        await client.AsTask().Soon();
    }
}
