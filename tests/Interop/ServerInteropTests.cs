using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>The core as the server of clients that no one here wrote.</summary>
public sealed class ServerInteropTests : InteropTests
{
    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Server_chooses_the_clients_second_subprotocol(PeerKind peer) =>
        NegotiateAsync(peer, offered: ["chat.v2", "chat.v1"], chosen: "chat.v1");

    // Not ws: its client demands one of its subprotocols and fails the connection if it gets none.
    [Theory, PythonWebsockets, PythonWsproto]
    public Task Server_chooses_none_of_the_clients_subprotocols(PeerKind peer) =>
        NegotiateAsync(peer, offered: ["chat.v2", "chat.v1"], chosen: null);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Client_offers_no_subprotocol(PeerKind peer) => NegotiateAsync(peer, offered: [], chosen: null);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Server_refuses_with_a_body_of_known_length(PeerKind peer)
    {
        string length = $"{RefusalBody.Length}";
        PeerReport rejected = await RefuseAsync(peer, [("Content-Length", length)]);
        Assert.Equal(length, rejected.Headers!["content-length"]);
    }

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Server_refuses_with_a_body_in_chunks(PeerKind peer)
    {
        PeerReport rejected = await RefuseAsync(peer, []);
        Assert.Equal("chunked", rejected.Headers!["transfer-encoding"]);
    }

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Server_refuses_without_a_body(PeerKind peer)
    {
        IReadOnlyList<PeerReport> reports = await CoreServer.MeetAsync(peer, ["echo"], async (core, _) =>
        {
            await core.ReadRequestAsync();
            await core.SendAsync(new RejectConnection { StatusCode = 404, Headers = [("X-Reason", "interop")] });
        });

        AssertRejected(peer, reports, 404, "");
    }

    private protected override ConnectionRole Role => ConnectionRole.Server;

    private static async Task NegotiateAsync(PeerKind peer, string[] offered, string? chosen)
    {
        string[] flags = offered is [] ? [] : ["--subprotocols", string.Join(',', offered)];
        IReadOnlyList<PeerReport> reports = await CoreServer.MeetAsync(peer, ["close", "1000", .. flags], async (core, _) =>
        {
            Request request = await core.ReadRequestAsync();
            Assert.Equal(offered, request.Subprotocols);
            Assert.Empty(request.ExtensionOffers);
            await core.AcceptAsync(chosen);
            Assert.Null(core.Deflate);
            await core.ReadAsync<CloseConnection>();
        });

        Assert.Equal(chosen, reports[0].Subprotocol);
        AssertClosed(reports, CloseCode.NormalClosure, "", first: "local");
    }

    private static async Task<PeerReport> RefuseAsync(PeerKind peer, HeaderList framing)
    {
        HeaderList headers = [("Content-Type", "text/plain; charset=utf-8"), ("X-Reason", "interop"), .. framing];
        IReadOnlyList<PeerReport> reports = await CoreServer.MeetAsync(peer, ["echo"], async (core, _) =>
        {
            await core.ReadRequestAsync();
            await core.SendAsync(new RejectConnection { StatusCode = 403, Headers = headers, HasBody = true });
            Assert.Equal(ConnectionState.Rejecting, core.Connection.State);
            await core.SendAsync(new RejectData(RefusalBody.AsMemory(..1), bodyFinished: false));
            await core.SendAsync(new RejectData(RefusalBody.AsMemory(1..)));
        });

        return AssertRejected(peer, reports, 403, RefusalText);
    }

    private static PeerReport AssertRejected(PeerKind peer, IReadOnlyList<PeerReport> reports, int status, string body)
    {
        PeerReport rejected = Assert.Single(reports);
        Assert.Equal(("rejected", status, "interop"), (rejected.Event, rejected.Status, rejected.Headers!["x-reason"]));
        Assert.Equal(peer == PeerKind.PythonWebsockets ? null : body, rejected.Body); // websockets does not tell
        return rejected;
    }
}
