using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>Why a client was disconnected from a namespace.</summary>
/// <param name="Reason">
/// The reason, in the words of the reference server: <c>client namespace disconnect</c>, <c>server namespace disconnect</c>, <c>transport
/// close</c>, <c>transport error</c>, <c>ping timeout</c>, <c>parse error</c>, <c>forced close</c> or <c>server shutting down</c>.
/// </param>
/// <param name="Detail">A description for logs, with the limit that was exceeded, if any; null if there is nothing to add.</param>
public sealed record SocketIODisconnect(string Reason, string? Detail = null)
{
    internal static SocketIODisconnect ByClient { get; } = new("client namespace disconnect");

    internal static SocketIODisconnect ByServer { get; } = new("server namespace disconnect");

    /// <summary>Whether neither side disconnected on purpose, so that the client can recover its state.</summary>
    internal bool IsLoss { get; private init; }

    internal static SocketIODisconnect By(SessionClosed closed) =>
        new(closed.Reason.ToProtocolText(), closed.Detail) { IsLoss = closed.Reason != CloseReason.ParseError };
}
