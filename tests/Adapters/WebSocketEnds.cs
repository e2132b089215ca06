using System.Net.WebSockets;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>Who plays which end.</summary>
public enum Ends
{
    BothOurs,
    ServerOurs,
    ClientOurs,
}

/// <summary>Two WebSockets and what is between them.</summary>
internal static class WebSocketEnds
{
    /// <param name="over">Of two that are ours; where one is not, they have a stream in memory between them.</param>
    /// <param name="ends">Who plays which end.</param>
    internal static async Task<(WebSocket Client, WebSocket Server)> OpenAsync(TransportKind over, Ends ends)
    {
        if (ends == Ends.BothOurs)
        {
            (WsTransport client, WsTransport server) = await TransportPair.OpenAsync(over);
            return (CreateSession(client, ConnectionRole.Client).AsWebSocket(), CreateSession(server, ConnectionRole.Server).AsWebSocket());
        }

        (PairStream near, PairStream far) = PairStream.Create();
        return (Create(near, ConnectionRole.Client, ends != Ends.ServerOurs), Create(far, ConnectionRole.Server, ends != Ends.ClientOurs));
    }

    internal static WsSession CreateSession(WsTransport transport, ConnectionRole role, ManualTime? time = null) =>
        WsSession.FromEstablished(
            transport,
            WsConnection.Established(role, options: WebSocketBench.Unlimited),
            new WsSessionOptions { KeepAliveInterval = null, TimeProvider = time ?? new ManualTime() });

    private static WebSocket Create(PairStream stream, ConnectionRole role, bool ours) => ours
        ? CreateSession(WsTransport.From(stream), role).AsWebSocket()
        : WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = role == ConnectionRole.Server });
}
