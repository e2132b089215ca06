using System.IO;
using WsProto.Adapters;

namespace WsProto.AspNetCore;

/// <summary>
/// The session that a handler's parameter is bound to before the connection is accepted. It is closed; <see cref="WsHandlerFilter"/>
/// replaces it by the real one.
/// </summary>
/// <remarks>Arguments are bound first, so that a request whose arguments cannot be bound is refused instead of accepted.</remarks>
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
