using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>The core as the client of servers that compress.</summary>
public sealed class DeflateClientInteropTests : DeflateInteropTests
{
    private protected override ConnectionRole Role => ConnectionRole.Client;

    // wsproto does not answer with it.
    [Theory, PythonWebsockets, NodeWs]
    public async Task Server_tells_the_client_a_window_of_8__the_handshake_fails(PeerKind peer)
    {
        string[] scenario = ["echo", "--deflate=client_max_window_bits=8"];
        IReadOnlyList<PeerReport> reports = await CoreClient.MeetAsync(peer, scenario, async (core, _) =>
        {
            await core.RequestAsync(deflate: new PerMessageDeflate());
            Assert.Equal(ProtocolError.InvalidExtensionParameters, (await core.ReadAsync<HandshakeFailed>()).Error);
            Assert.Equal(ConnectionState.Closed, core.Connection.State);
            core.Drop(); // for the server it is open
        });

        AssertClosed(reports, CloseCode.AbnormalClosure, "", first: "none", deflate: true);
    }
}
