using System;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Lends what encodes frames apart from a session: the sending half of a connection that sends whole messages alone, and so remembers
/// nothing of them. Each thread keeps one for each role, so that idle sessions hold none.
/// </summary>
internal static class ApartEncoder
{
    [ThreadStatic]
    private static WsSender? _ofServers;

    [ThreadStatic]
    private static WsSender? _ofClients;

    internal static WsSender Take(ConnectionRole role)
    {
        ref WsSender? spare = ref SpareOf(role);
        WsSender encoder = spare ?? WsConnection.Established(role).Sender;
        spare = null;
        return encoder;
    }

    /// <summary>Takes an encoder back, on any thread.</summary>
    internal static void Give(ConnectionRole role, WsSender encoder)
    {
        encoder.ReleaseIdleMemory();
        SpareOf(role) ??= encoder;
    }

    private static ref WsSender? SpareOf(ConnectionRole role)
    {
        if (role == ConnectionRole.Server)
            return ref _ofServers;
        return ref _ofClients;
    }
}
