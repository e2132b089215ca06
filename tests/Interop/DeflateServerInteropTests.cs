using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>The core as the server of clients that compress.</summary>
public sealed class DeflateServerInteropTests : DeflateInteropTests
{
    private protected override ConnectionRole Role => ConnectionRole.Server;

    // wsproto does not offer it.
    [Theory, PythonWebsockets, NodeWs]
    public Task Client_asks_the_server_for_a_window_of_8__the_server_keeps_to_it(PeerKind peer) =>
        KeepToWindowOf8Async(peer, theirs: "server_max_window_bits=8", new DeflateParameters { ServerMaxWindowBits = 8 });
}
