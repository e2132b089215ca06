using System.IO;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>
/// The session that a handler's parameter is bound to before there is one: arguments are bound first, so that what cannot be bound is
/// refused and not accepted. It is closed, and a filter puts the real one in its place.
/// </summary>
internal static class WsPlaceholder
{
    internal static WsSession Session { get; } = Create();

    private static WsSession Create()
    {
        var session = WsSession.FromEstablished(Stream.Null, WsConnection.Established(ConnectionRole.Server));
        session.Abort();
        return session;
    }
}
