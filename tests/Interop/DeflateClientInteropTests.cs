using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>The core as the client of servers that compress.</summary>
public sealed class DeflateClientInteropTests : DeflateInteropTests
{
    private protected override ConnectionRole Role => ConnectionRole.Client;

    // wsproto does not answer with it.
    [Theory, PythonWebsockets, NodeWs]
    public Task Server_tells_the_client_a_window_of_8__the_client_keeps_to_it(PeerKind peer) =>
        KeepToWindowOf8Async(peer, theirs: "client_max_window_bits=8", new DeflateParameters { ClientMaxWindowBits = 8 });
}
