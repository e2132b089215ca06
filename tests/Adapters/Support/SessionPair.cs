using System;
using System.Threading.Tasks;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests.Support;

/// <summary>Two sessions that are connected, in time made by hand, with the wire read along.</summary>
internal sealed class SessionPair : IAsyncDisposable
{
    private readonly WsTransport _far;

    private SessionPair(
        ManualTime time,
        WsSession client,
        WsSession server,
        WsTransport far,
        WireReader toServer,
        WireReader toClient)
    {
        (Time, Client, Server, _far, ToServer, ToClient) = (time, client, server, far, toServer, toClient);
    }

    internal ManualTime Time { get; }

    internal WsSession Client { get; }

    internal WsSession Server { get; }

    /// <summary>The server's end, where they run over memory.</summary>
    internal MemoryTransport ServerMemory => (MemoryTransport)_far;

    internal WireReader ToServer { get; }

    internal WireReader ToClient { get; }

    /// <summary>Over memory that behaves as the test says.</summary>
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
            far,
            readToServer,
            readToClient);
    }

    /// <summary>Over any transport.</summary>
    internal static async Task<SessionPair> OverAsync(
        TransportKind over, WsSessionOptions? client = null, WsSessionOptions? server = null, ManualTime? time = null)
    {
        time ??= new ManualTime();
        var toServer = new WireReader(fromClient: true);
        var toClient = new WireReader(fromClient: false);
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        return new SessionPair(
            time,
            Start(new CountedTransport(near, toServer.Feed), ConnectionRole.Client, client, time),
            Start(new CountedTransport(far, toClient.Feed), ConnectionRole.Server, server, time),
            far,
            toServer,
            toClient);
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
