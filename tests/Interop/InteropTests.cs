using System.Text;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>What an open connection does is the same in both roles; who asks for it is the matter of the derived classes.</summary>
public abstract class InteropTests : PeerTests
{
    /// <summary>Codes and reasons to close with: the usual, an application's own, the longest (123 bytes), and none at all.</summary>
    public static readonly IReadOnlyList<object?[]> Closings =
        [[1000, ""], [4000, "own code"], [1001, string.Concat(Enumerable.Repeat('中', 41))], [1005, ""]];

    /// <summary>Messages and the number of fragments; seven cuts the text within characters where a peer can.</summary>
    public static readonly IReadOnlyList<object?[]> Fragmentations = [["text*100", 7], ["binary*70000", 3]];

    /// <summary>The body of a refused upgrade.</summary>
    private protected const string RefusalText = "Kein Zutritt, 禁止入内\n";

    private protected static readonly byte[] RefusalBody = Encoding.UTF8.GetBytes(RefusalText);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Peer_sends_text_in_several_scripts(PeerKind peer) => PeerSendsAsync(peer, Payload.Scripts);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Peer_sends_binary_of_every_form_of_length(PeerKind peer) => PeerSendsAsync(peer, Payload.Lengths);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Peer_sends_messages_of_1_MiB(PeerKind peer) => PeerSendsAsync(peer, Payload.Large);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Core_sends_text_in_several_scripts(PeerKind peer) => CoreSendsAsync(peer, Payload.Scripts);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Core_sends_binary_of_every_form_of_length(PeerKind peer) => CoreSendsAsync(peer, Payload.Lengths);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Core_sends_messages_of_1_MiB(PeerKind peer) => CoreSendsAsync(peer, Payload.Large);

    [Theory, PythonWebsockets(nameof(Fragmentations)), PythonWsproto(nameof(Fragmentations)), NodeWs(nameof(Fragmentations))]
    public async Task Peer_sends_fragments_around_a_ping__the_core_assembles_them(PeerKind peer, string description, int count)
    {
        Payload payload = new(description);
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, ["fragments", description, $"{count}"], async (core, _) =>
        {
            List<WsEvent> events = await core.EchoAsync();
            Assert.Equal([typeof(Ping), payload.Message.GetType(), typeof(CloseConnection)], events.Select(e => e.GetType()));
            Assert.Equal(new Ping("between"u8.ToArray()), events[0]);
            Assert.Equal(payload.Report, Payload.ReportOf((Message)events[1]));
        });

        Assert.Equal(["between"], Pongs(reports).Select(Encoding.UTF8.GetString));
        Assert.Equal([payload.Report], Messages(reports));
        AssertClosed(reports, CloseCode.NormalClosure, "", first: "local");
    }

    [Theory, PythonWebsockets(nameof(Fragmentations)), PythonWsproto(nameof(Fragmentations)), NodeWs(nameof(Fragmentations))]
    public async Task Peer_sends_fragments_around_a_ping__the_core_passes_them_on_in_chunks(PeerKind peer, string description, int count)
    {
        Payload payload = new(description);
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, ["fragments", description, $"{count}"], async (core, _) =>
        {
            List<WsEvent> events = await core.EchoAsync();
            List<Message> chunks = [.. events.OfType<Message>()];
            int frames = peer == PeerKind.PythonWebsockets ? count + 1 : count; // websockets ends with an empty one
            Assert.Equal(frames, chunks.Count(chunk => chunk.FrameFinished));
            Assert.Equal(1, chunks.Count(chunk => chunk.MessageFinished));
            Assert.True(chunks[^1].MessageFinished);
            int endOfFirstFrame = events.FindIndex(e => e is Message { FrameFinished: true });
            Assert.Equal(new Ping("between"u8.ToArray()), events[endOfFirstFrame + 1]);
        }, new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks });

        Assert.Equal([payload.Report], Messages(reports)); // the chunks went back as fragments
        AssertClosed(reports, CloseCode.NormalClosure, "", first: "local");
    }

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Core_sends_fragments_around_a_ping(PeerKind peer)
    {
        Payload text = new("text=Grüße, 中文, 😀");
        Payload binary = new("binary*70000");
        byte[] bytes = binary.Bytes;
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, ["echo"], async (core, _) =>
        {
            await core.SendAsync(new TextMessage("Grüße, ") { MessageFinished = false });
            await core.SendAsync(new Ping("between"u8.ToArray()));
            await core.SendAsync(new TextMessage("") { MessageFinished = false });
            await core.SendAsync(new TextMessage("中文, ") { MessageFinished = false });
            await core.SendAsync(new TextMessage("😀"));
            Assert.Equal(new Pong("between"u8.ToArray()), await core.ReadAsync());
            Assert.Equal(text.Report, Payload.ReportOf(await core.ReadAsync<TextMessage>()));

            await core.SendAsync(new BytesMessage(bytes.AsMemory(..1)) { MessageFinished = false });
            await core.SendAsync(new BytesMessage(bytes.AsMemory(1..66_000)) { MessageFinished = false });
            await core.SendAsync(new Ping());
            await core.SendAsync(new BytesMessage(bytes.AsMemory(66_000..)));
            Assert.Equal(new Pong(), await core.ReadAsync());
            Assert.Equal(binary.Report, Payload.ReportOf(await core.ReadAsync<BytesMessage>()));

            await core.CloseAsync(CloseCode.NormalClosure);
        });

        Assert.Equal([text.Report, binary.Report], Messages(reports));
        AssertClosed(reports, CloseCode.NormalClosure, "", first: "remote");
    }

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Peer_pings__it_gets_its_payloads_back(PeerKind peer)
    {
        byte[][] payloads = [[], [0x00, 0xFF], [.. Enumerable.Repeat((byte)'p', 125)]];
        string[] scenario = ["ping", .. payloads.Select(Convert.ToHexStringLower)];
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, scenario, async (core, _) =>
        {
            List<WsEvent> events = await core.EchoAsync();
            Assert.Equal(payloads.Select(payload => new Ping(payload)), events[..^1]);
        });

        Assert.Equal(payloads, Pongs(reports));
        AssertClosed(reports, CloseCode.NormalClosure, "", first: "local");
    }

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Core_pings__it_gets_its_payloads_back(PeerKind peer)
    {
        byte[][] payloads = [[], [0x00, 0xFF], [.. Enumerable.Repeat((byte)'p', 125)]];
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, ["echo"], async (core, _) =>
        {
            await core.SendAsync(new Pong("unsolicited"u8.ToArray())); // RFC 6455 §5.5.3: no answer is expected
            foreach (byte[] payload in payloads)
            {
                await core.SendAsync(new Ping(payload));
                Assert.Equal(new Pong(payload), await core.ReadAsync());
            }

            await core.CloseAsync(CloseCode.NormalClosure);
        });

        AssertClosed(reports, CloseCode.NormalClosure, "", first: "remote");
    }

    [Theory, PythonWebsockets(nameof(Closings)), PythonWsproto(nameof(Closings)), NodeWs(nameof(Closings))]
    public async Task Peer_closes_first(PeerKind peer, int code, string reason)
    {
        string[] arguments = code == 1005 ? [] : [$"{code}", reason];
        CloseConnection? close = null;
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, ["close", .. arguments], async (core, _) =>
        {
            close = await core.ReadAsync<CloseConnection>();
            AssertClose(close, (CloseCode)code, reason);
            Assert.Equal("remote", core.FirstToClose);
        });

        AssertClosed(reports, (CloseCode)code, close!.Response().Reason ?? "", first: "local");
    }

    [Theory, PythonWebsockets(nameof(Closings)), PythonWsproto(nameof(Closings)), NodeWs(nameof(Closings))]
    public async Task Core_closes_first(PeerKind peer, int code, string reason)
    {
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, ["echo"], async (core, _) =>
        {
            CloseConnection answer = await core.CloseAsync((CloseCode)code, reason);
            AssertClose(answer, (CloseCode)code, reason); // all three peers echo code and reason
            Assert.Equal("local", core.FirstToClose);
        });

        AssertClosed(reports, (CloseCode)code, reason, first: "remote");
    }

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Both_close_at_once(PeerKind peer)
    {
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, ["close", "1001", "peer"], async (core, running) =>
        {
            await running.ReadUntilAsync("sent");
            AssertClose(await core.CloseAsync((CloseCode)4000, "core"), CloseCode.GoingAway, "peer");
            Assert.Equal("local", core.FirstToClose);
        });

        AssertClosed(reports, (CloseCode)4000, "core", first: "local");
    }

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Core_closes_while_a_message_is_on_its_way__the_message_arrives(PeerKind peer)
    {
        Payload payload = new("text=on its way");
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, ["say", payload.Description], async (core, running) =>
        {
            await running.ReadUntilAsync("sent");
            await core.SendAsync(new CloseConnection(CloseCode.GoingAway));
            Assert.Equal(payload.Message, await core.ReadAsync());
            Assert.Equal(ConnectionState.LocalClosing, core.Connection.State);
            AssertClose(await core.ReadAsync<CloseConnection>(), CloseCode.GoingAway, "");
        });

        AssertClosed(reports, CloseCode.GoingAway, "", first: "remote");
    }

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Peer_drops_the_connection__the_core_sees_1006(PeerKind peer)
    {
        await MeetOpenAsync(peer, ["drop"], async (core, _) =>
        {
            AssertClose(await core.ReadAsync<CloseConnection>(), CloseCode.AbnormalClosure, "");
            Assert.Equal("none", core.FirstToClose);
        });
    }

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Core_drops_the_connection__the_peer_sees_1006(PeerKind peer)
    {
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, ["echo"], async (core, running) =>
        {
            await running.ReadUntilAsync("open");
            core.Drop();
            AssertClose(await core.ReadAsync<CloseConnection>(), CloseCode.AbnormalClosure, "");
        });

        AssertClosed(reports, CloseCode.AbnormalClosure, "", first: "none");
    }

    private async Task PeerSendsAsync(PeerKind peer, Payload[] payloads)
    {
        string[] scenario = ["say", .. payloads.Select(payload => payload.Description)];
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, scenario, async (core, _) =>
        {
            List<WsEvent> events = await core.EchoAsync();
            Assert.Equal(payloads.Select(payload => payload.Report), events[..^1].Cast<Message>().Select(Payload.ReportOf));
            Assert.All(events[..^1].Cast<Message>(), message => Assert.True(message.FrameFinished && message.MessageFinished));
            AssertClose((CloseConnection)events[^1], CloseCode.NormalClosure, "");
        });

        Assert.Equal(payloads.Select(payload => payload.Report), Messages(reports));
        AssertClosed(reports, CloseCode.NormalClosure, "", first: "local");
    }

    private async Task CoreSendsAsync(PeerKind peer, Payload[] payloads)
    {
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, ["echo"], async (core, _) =>
        {
            foreach (Payload payload in payloads)
            {
                await core.SendAsync(payload.Message);
                Assert.Equal(payload.Report, Payload.ReportOf(Assert.IsType<Message>(await core.ReadAsync(), exactMatch: false)));
            }

            AssertClose(await core.CloseAsync(CloseCode.NormalClosure), CloseCode.NormalClosure, "");
        });

        Assert.Equal(payloads.Select(payload => payload.Report), Messages(reports));
        AssertClosed(reports, CloseCode.NormalClosure, "", first: "remote");
    }
}
