using System.Text;
using WsProto.Adapters;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary><see cref="WsClient"/> and its sessions against servers that no one here wrote.</summary>
[Trait("Category", "Interop")]
public sealed class SessionClientInteropTests
{
    /// <summary>Compressed or not, over TLS or not.</summary>
    public static readonly IReadOnlyList<object?[]> Ways = [[false, false], [true, false], [false, true], [true, true]];

    [Theory, PythonWebsockets(nameof(Ways)), NodeWs(nameof(Ways))]
    public async Task Session_sends_messages_of_every_size_and_gets_them_back(PeerKind peer, bool deflate, bool tls)
    {
        Payload[] payloads = [.. Payload.Scripts, .. Payload.Lengths, .. Payload.Sizes];
        using var client = new SessionClient(deflate, tls);
        IReadOnlyList<PeerReport> reports = await client.MeetOpenAsync(peer, ["echo"], async (session, guard) =>
        {
            Assert.Equal(deflate ? 1 : 0, session.Extensions.Count);
            Task sending = SendAsync(session, payloads, guard);
            foreach (Payload payload in payloads)
                Assert.Equal(payload.Report, Payload.ReportOf((await session.ReceiveAsync(guard))!));
            await sending;
            Assert.True(await session.PingAsync(cancellationToken: guard) > TimeSpan.Zero);
            WsCloseResult closed = await session.CloseAsync((CloseCode)4000, "enough", guard);
            Assert.Equal(((CloseCode)4000, "enough"), (closed.Code, closed.Reason));
            Assert.True(session.CloseResult!.IsClean);
        });

        Assert.Equal(("/interop?from=session", deflate), (reports[0].Path, reports[0].Deflate));
        Assert.Equal(payloads.Select(payload => payload.Report), Messages(reports));
        AssertClosed(reports, 4000, "enough", first: "remote");
    }

    [Theory, PythonWebsockets(nameof(Ways)), NodeWs(nameof(Ways))]
    public async Task Session_echoes_fragments_around_a_ping_until_the_peer_closes(PeerKind peer, bool deflate, bool tls)
    {
        Payload payload = new("text*70000");
        using var client = new SessionClient(deflate, tls);
        IReadOnlyList<PeerReport> reports =
            await client.MeetOpenAsync(peer, ["fragments", payload.Description, "7"], async (session, guard) =>
            {
                await foreach (Message message in session.ReadAllAsync(guard))
                {
                    Assert.Equal(payload.Report, Payload.ReportOf(message));
                    await session.SendAsync(message, guard);
                }

                Assert.Equal((CloseCode.NormalClosure, WsCloseCause.Peer), (session.CloseResult!.Code, session.CloseResult!.Cause));
                await session.Completion.WaitAsync(guard);
                Assert.True(session.CloseResult!.IsClean);
            });

        Assert.Equal([payload.Report], Messages(reports));
        Assert.Equal(
            "between",
            Encoding.UTF8.GetString(Convert.FromHexString(Assert.Single(reports, report => report.Event == "pong").Payload!)));
        AssertClosed(reports, 1000, "", first: "local");
    }

    [Theory, PythonWebsockets(nameof(Ways)), NodeWs(nameof(Ways))]
    public async Task Peer_goes_away_without_a_close__it_is_1006(PeerKind peer, bool deflate, bool tls)
    {
        using var client = new SessionClient(deflate, tls);
        await client.MeetOpenAsync(peer, ["drop"], async (session, guard) =>
        {
            Assert.Null(await session.ReceiveAsync(guard));
            Assert.Equal(
                (CloseCode.AbnormalClosure, WsCloseCause.Lost, false),
                (session.CloseResult!.Code, session.CloseResult!.Cause, session.CloseResult!.IsClean));
        });
    }

    [Theory, PythonWebsockets(nameof(Ways)), NodeWs(nameof(Ways))]
    public async Task Peer_refuses__status_headers_and_body_are_in_the_exception(PeerKind peer, bool deflate, bool tls)
    {
        using var client = new SessionClient(deflate, tls);
        await client.MeetAsync(peer, ["reject", "403", "Kein Zutritt, 禁止入内"], async (connect, _) =>
        {
            WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => connect().AsTask());
            Assert.Equal(
                (403, "interop", "Kein Zutritt, 禁止入内"),
                (e.StatusCode, e.Headers["x-reason"], Encoding.UTF8.GetString(e.Body.Span)));
        });
    }

    [Theory, PythonWebsockets, NodeWs]
    public async Task Peer_chooses_the_second_subprotocol(PeerKind peer)
    {
        using var client = new SessionClient(deflate: false, tls: false);
        using var choosy = new SessionClient(deflate: false, tls: false)
        {
            Options = client.Options with { Subprotocols = ["chat.v2", "chat.v1"], SubprotocolRequired = true },
        };
        IReadOnlyList<PeerReport> reports =
            await choosy.MeetOpenAsync(peer, ["echo", "--subprotocols", "chat.v1,chat.v0"], async (session, guard) =>
            {
                Assert.Equal("chat.v1", session.Subprotocol);
                await session.CloseAsync(cancellationToken: guard);
            });
        Assert.Equal("chat.v1", reports[0].Subprotocol);
    }

    private static async Task SendAsync(WsSession session, Payload[] payloads, CancellationToken guard)
    {
        foreach (Payload payload in payloads)
            await session.SendAsync(payload.Message, guard);
    }

    private static IEnumerable<(string Kind, int Bytes, string Sha256)> Messages(IEnumerable<PeerReport> reports) =>
        reports.Where(report => report.Event == "message").Select(report => (report.Kind!, report.Bytes, report.Sha256!));

    private static void AssertClosed(IReadOnlyList<PeerReport> reports, int code, string reason, string first)
    {
        PeerReport closed = Assert.Single(reports, report => report.Event == "closed");
        Assert.Equal((code, reason, first), (closed.Code, closed.Reason, closed.First));
    }
}
