using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>The core as the server of clients that compress.</summary>
public sealed class DeflateServerInteropTests : DeflateInteropTests
{
    private protected override ConnectionRole Role => ConnectionRole.Server;

    // wsproto does not offer it.
    [Theory, PythonWebsockets, NodeWs]
    public Task Client_asks_the_server_for_a_window_of_8__the_connection_is_plain(PeerKind peer) =>
        StayPlainAsync(peer, new PerMessageDeflate(), theirs: "server_max_window_bits=8");
}
