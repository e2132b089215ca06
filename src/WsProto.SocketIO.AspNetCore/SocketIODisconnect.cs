using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>Why a client has left a namespace.</summary>
/// <param name="Reason">
/// The reference server's words: <c>client namespace disconnect</c>, <c>server namespace disconnect</c>, <c>transport close</c>,
/// <c>transport error</c>, <c>ping timeout</c>, <c>parse error</c>, <c>forced close</c>, <c>server shutting down</c>.
/// </param>
/// <param name="Detail">A sentence for logs, with the limit if there was one; null if there is nothing to add.</param>
public sealed record SocketIODisconnect(string Reason, string? Detail = null)
{
    internal static SocketIODisconnect ByClient { get; } = new("client namespace disconnect");

    internal static SocketIODisconnect ByServer { get; } = new("server namespace disconnect");

    /// <summary>Whether neither has wanted it, so that the client may come back to what it was.</summary>
    internal bool IsLoss { get; private init; }

    internal static SocketIODisconnect By(SessionClosed closed) =>
        new(closed.Reason.ToProtocolText(), closed.Detail) { IsLoss = closed.Reason != CloseReason.ParseError };
}
