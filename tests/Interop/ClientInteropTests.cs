using System.Text;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>The core as the client of servers that no one here wrote.</summary>
public sealed class ClientInteropTests : InteropTests
{
    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Server_chooses_the_clients_second_subprotocol(PeerKind peer) =>
        NegotiateAsync(peer, offered: ["chat.v2", "chat.v1"], known: ["chat.v1", "chat.v0"], chosen: "chat.v1");

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Server_chooses_none_of_the_clients_subprotocols(PeerKind peer) =>
        NegotiateAsync(peer, offered: ["chat.v2", "chat.v1"], known: [], chosen: null);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Client_offers_no_subprotocol(PeerKind peer) =>
        NegotiateAsync(peer, offered: [], known: ["chat.v1", "chat.v0"], chosen: null);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Server_refuses_with_a_body(PeerKind peer) => // wsproto sends it in chunks, the others with a Content-Length
        CoreClient.MeetAsync(peer, ["reject", "403", RefusalText], async (core, _) =>
        {
            await core.RequestAsync();
            var rejection = await core.ReadAsync<RejectConnection>();
            Assert.Equal((403, true), (rejection.StatusCode, rejection.HasBody));
            Assert.Equal("interop", rejection.Headers["x-reason"]);
            Assert.Equal(ConnectionState.Rejecting, core.Connection.State);

            List<byte> body = [];
            RejectData part;
            do
            {
                part = await core.ReadAsync<RejectData>();
                body.AddRange(part.Data.Span);
            }
            while (!part.BodyFinished);

            Assert.Equal(RefusalText, Encoding.UTF8.GetString([.. body]));
            Assert.Equal(ConnectionState.Closed, core.Connection.State);
        });

    private protected override ConnectionRole Role => ConnectionRole.Client;

    private static async Task NegotiateAsync(PeerKind peer, string[] offered, string[] known, string? chosen)
    {
        string[] flags = known is [] ? [] : ["--subprotocols", string.Join(',', known)];
        IReadOnlyList<PeerReport> reports = await CoreClient.MeetAsync(peer, ["echo", .. flags], async (core, _) =>
        {
            await core.RequestAsync(offered);
            Assert.Equal(chosen, (await core.ReadAcceptAsync()).Subprotocol);
            Assert.Null(core.Deflate);
            await core.CloseAsync(CloseCode.NormalClosure);
        });

        Assert.Equal((chosen, "/interop?from=core"), (reports[0].Subprotocol, reports[0].Path));
        AssertClosed(reports, CloseCode.NormalClosure, "", first: "remote");
    }
}
