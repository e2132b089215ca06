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

/// <summary>Two WebSockets and the stream in memory between them.</summary>
internal static class WebSocketEnds
{
    internal static (WebSocket Client, WebSocket Server) Create(Ends ends)
    {
        (PairStream near, PairStream far) = PairStream.Create();
        return (Create(near, ConnectionRole.Client, ends != Ends.ServerOurs), Create(far, ConnectionRole.Server, ends != Ends.ClientOurs));
    }

    internal static WsSession CreateSession(Stream stream, ConnectionRole role, ManualTime? time = null) => WsSession.FromEstablished(
        stream,
        WsConnection.Established(role, options: WebSocketBench.Unlimited),
        new WsSessionOptions { KeepAliveInterval = null, TimeProvider = time ?? new ManualTime() });

    private static WebSocket Create(PairStream stream, ConnectionRole role, bool ours) => ours
        ? CreateSession(stream, role).AsWebSocket()
        : WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = role == ConnectionRole.Server });
}
