using System.Text;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>permessage-deflate on connections with compressors that no one here wrote, in both roles.</summary>
[Trait("RFC", "7692 §7")]
public abstract class DeflateInteropTests : PeerTests
{
    /// <summary>Switches a peer's compression on without limits.</summary>
    private protected const string Unlimited = "";

    /// <summary>
    /// Whether the server and the client forget, their windows, and whether the core asks for it or the peer. Each window is
    /// there in both roles.
    /// </summary>
    public static readonly IReadOnlyList<object?[]> Agreements =
    [
        [false, false, 9, 15, true],
        [false, false, 10, 14, false],
        [false, false, 11, 13, true],
        [false, false, 12, 12, false],
        [false, false, 13, 11, true],
        [false, false, 14, 10, false],
        [false, false, 15, 9, true],
        [false, false, 9, 9, false],
        [true, false, 15, 15, true],
        [false, true, 15, 15, false],
        [true, true, 10, 11, true],
        [true, true, 11, 10, false],
    ];

    /// <summary>Messages, the number of fragments, and whether the core passes them on in chunks.</summary>
    public static readonly IReadOnlyList<object?[]> Fragmentations =
        [["text*100", 7, false], ["binary~70000", 3, false], ["binary*70000", 3, true]];

    /// <summary>
    /// Only whole messages go back to wsproto 1.2.0: of chunks the first would be followed by the Pong, and it takes what comes
    /// after a control frame for uncompressed.
    /// </summary>
    public static readonly IReadOnlyList<object?[]> FragmentationsOfWsproto =
        [.. Fragmentations.Where(arguments => arguments[^1] is false)];

    /// <summary>What zlib needs of the window for itself: how far back it refers is this much less.</summary>
    private const int Lookahead = 262;

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Peer_sends_compressed_messages_of_every_size(PeerKind peer)
    {
        string[] scenario = ["say", .. Payload.Sizes.Select(payload => payload.Description)];
        Exchange exchange = await MeetAsync(peer, scenario, new PerMessageDeflate(), "default", DefaultsWith(peer), async (core, _) =>
        {
            List<WsEvent> events = await core.EchoAsync();
            Assert.Equal(Payload.Sizes.Select(payload => payload.Report), events[..^1].Cast<Message>().Select(Payload.ReportOf));
            AssertClose((CloseConnection)events[^1], CloseCode.NormalClosure, "");
        });

        AssertSizes(exchange);
        AssertClosed(exchange.Reports, CloseCode.NormalClosure, "", first: "local", deflate: true);
    }

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Core_sends_compressed_messages_of_every_size(PeerKind peer)
    {
        Exchange exchange = await MeetAsync(peer, ["echo"], new PerMessageDeflate(), "default", DefaultsWith(peer), async (core, _) =>
        {
            await SendAllAsync(core, Payload.Sizes);
            AssertClose(await core.CloseAsync(CloseCode.NormalClosure), CloseCode.NormalClosure, "");
        });

        AssertSizes(exchange);
        AssertClosed(exchange.Reports, CloseCode.NormalClosure, "", first: "remote", deflate: true);
    }

    [Theory, PythonWebsockets(nameof(Fragmentations)), PythonWsproto(nameof(FragmentationsOfWsproto)), NodeWs(nameof(Fragmentations))]
    public async Task Peer_sends_compressed_fragments_around_a_ping(PeerKind peer, string description, int count, bool inChunks)
    {
        Payload payload = new(description);
        string[] scenario = ["fragments", description, $"{count}"];
        WsConnectionOptions options = new() { MessageDelivery = inChunks ? MessageDelivery.Chunks : MessageDelivery.Whole };
        int frames = peer == PeerKind.PythonWebsockets ? count + 1 : count; // websockets ends with an empty one
        Exchange exchange = await MeetAsync(peer, scenario, new PerMessageDeflate(), Unlimited, new DeflateParameters(), async (core, _) =>
        {
            List<WsEvent> events = await core.EchoAsync();
            Assert.Equal([new Ping("between"u8.ToArray())], events.OfType<Ping>());
            List<Message> messages = [.. events.OfType<Message>()];
            Assert.Equal(inChunks ? frames : 1, messages.Count(message => message.FrameFinished));
            Assert.Equal(1, messages.Count(message => message.MessageFinished));
            if (!inChunks)
                Assert.Equal(payload.Report, Payload.ReportOf(Assert.Single(messages)));
        }, options);

        int first = payload.Message is TextMessage ? WireFrame.Text : WireFrame.Binary;
        Assert.Equal(
            [first, WireFrame.Ping, .. Enumerable.Repeat(WireFrame.Continuation, frames - 1), WireFrame.Close],
            exchange.Received.Frames.Select(frame => frame.Opcode));
        Assert.True(Assert.Single(exchange.Received.Messages).IsCompressed);
        Assert.True(Assert.Single(exchange.Sent.Messages).IsCompressed || (payload.IsNoise && !inChunks));
        Assert.Equal([payload.Report], Messages(exchange.Reports));
        Assert.Equal(["between"], Pongs(exchange.Reports).Select(Encoding.UTF8.GetString));
        AssertClosed(exchange.Reports, CloseCode.NormalClosure, "", first: "local", deflate: true);
    }

    [Theory, PythonWebsockets, NodeWs]
    public Task Core_sends_compressed_fragments_around_a_ping(PeerKind peer) => SendFragmentsAsync(peer, pings: true);

    // wsproto 1.2.0 takes what comes after a control frame within a compressed message for uncompressed.
    [Theory, PythonWsproto]
    public Task Core_sends_compressed_fragments_without_a_ping(PeerKind peer) => SendFragmentsAsync(peer, pings: false);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public async Task Core_keeps_one_message_of_three_from_compression(PeerKind peer)
    {
        Payload payload = new("binary*1024");
        Exchange exchange = await MeetAsync(peer, ["echo"], new PerMessageDeflate(), Unlimited, new DeflateParameters(), async (core, _) =>
        {
            foreach (bool? compress in (bool?[])[null, false, null])
            {
                await core.SendAsync(payload.Message with { Compress = compress });
                Assert.Equal(payload.Report, Payload.ReportOf(await core.ReadAsync<BytesMessage>()));
            }

            await core.CloseAsync(CloseCode.NormalClosure);
        });

        Assert.Equal([true, false, true], exchange.Sent.Messages.Select(message => message.IsCompressed));
        Assert.Equal(payload.Bytes.Length, exchange.Sent.Messages[1].Bytes);
        Assert.Equal(Enumerable.Repeat(payload.Report, 3), Messages(exchange.Reports));
        AssertClosed(exchange.Reports, CloseCode.NormalClosure, "", first: "remote", deflate: true);
    }

    /// <summary>
    /// Noise shrinks only if it came before and is remembered. So noise that is as long as a window remembers, sent twice, shows
    /// that the window is not smaller and nothing forgotten; noise that is a little longer shows that the window is not larger.
    /// </summary>
    [Theory, PythonWebsockets(nameof(Agreements)), PythonWsproto(nameof(Agreements)), NodeWs(nameof(Agreements))]
    public async Task Both_remember_as_much_as_was_agreed_on(
        PeerKind peer, bool serverForgets, bool clientForgets, int serverWindow, int clientWindow, bool coreAsks)
    {
        PerMessageDeflate asking = new()
        {
            ServerNoContextTakeover = serverForgets,
            ClientNoContextTakeover = clientForgets,
            ServerMaxWindowBits = serverWindow,
            ClientMaxWindowBits = clientWindow,
        };
        DeflateParameters agreed = new()
        {
            ServerNoContextTakeover = serverForgets,
            ClientNoContextTakeover = clientForgets,
            // As a server wsproto makes its window smaller without a word, as it may.
            ServerMaxWindowBits = peer == PeerKind.PythonWsproto && Role == ConnectionRole.Client && !coreAsks ? 15 : serverWindow,
            ClientMaxWindowBits = clientWindow,
        };
        (PerMessageDeflate own, string theirs) = coreAsks ? (asking, Unlimited) : (new PerMessageDeflate(), Words(asking));
        Payload[] payloads =
        [
            new("text~5"),
            new("text*1024"),
            new("text*1024"),
            .. from window in new[] { serverWindow, clientWindow }.Distinct()
               from size in (int[])[(1 << window) - Lookahead, (1 << window) - Lookahead + 1]
               from time in (int[])[1, 2]
               select new Payload($"binary~{size}"),
        ];
        Exchange exchange = await MeetAsync(peer, ["echo"], own, theirs, agreed, async (core, _) =>
        {
            await SendAllAsync(core, payloads);
            await core.CloseAsync(CloseCode.NormalClosure);
        });

        bool isServer = Role == ConnectionRole.Server;
        (bool coreForgets, int coreWindow) = isServer ? (serverForgets, serverWindow) : (clientForgets, clientWindow);
        (bool peerForgets, int peerWindow) = isServer ? (clientForgets, clientWindow) : (serverForgets, serverWindow);
        AssertRemembered(payloads, exchange.Sent, coreForgets, coreWindow,
            isCompressed: payload => payload.Bytes.Length >= 64 && !(coreForgets && payload.IsNoise));
        AssertRemembered(payloads, exchange.Received, peerForgets, peerWindow,
            isCompressed: payload => peer != PeerKind.NodeWs || payload.Bytes.Length >= 1024 || !peerForgets); // ws has a threshold
        Assert.Equal(payloads.Select(payload => payload.Report), Messages(exchange.Reports));
        AssertClosed(exchange.Reports, CloseCode.NormalClosure, "", first: "remote", deflate: true);
    }

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Peer_does_not_compress__the_connection_is_plain(PeerKind peer) =>
        StayPlainAsync(peer, new PerMessageDeflate(), theirs: null);

    [Theory, PythonWebsockets, PythonWsproto, NodeWs]
    public Task Core_does_not_compress__the_connection_is_plain(PeerKind peer) =>
        StayPlainAsync(peer, own: null, theirs: "default");

    /// <summary>Nothing was agreed on: both send and receive as it is.</summary>
    /// <summary>A window of 2^8 for what the core sends, which a decompressor of that size has to understand.</summary>
    private protected async Task KeepToWindowOf8Async(PeerKind peer, string theirs, DeflateParameters agreed)
    {
        Payload[] payloads = [new("text*65536"), new("binary*1024"), new("text*65536"), new("binary~4096")];
        Exchange exchange = await MeetAsync(peer, ["echo"], new PerMessageDeflate(), theirs, agreed, async (core, _) =>
        {
            await SendAllAsync(core, payloads);
            await core.CloseAsync(CloseCode.NormalClosure);
        });

        Assert.Equal(payloads.Select(payload => payload.Report), Messages(exchange.Reports));
        Assert.All(exchange.Sent.Messages, message => Assert.True(message.IsCompressed));
        AssertClosed(exchange.Reports, CloseCode.NormalClosure, "", first: "remote", deflate: true);
    }

    private protected async Task StayPlainAsync(PeerKind peer, PerMessageDeflate? own, string? theirs)
    {
        Payload payload = new("text*65536");
        Exchange exchange = await MeetAsync(peer, ["echo"], own, theirs, agreed: null, async (core, _) =>
        {
            await SendAllAsync(core, [payload]);
            await core.CloseAsync(CloseCode.NormalClosure);
        });

        WireMessage plain = new("text", IsCompressed: false, Bytes: 65536);
        Assert.Equal(plain, Assert.Single(exchange.Sent.Messages));
        Assert.Equal(plain, Assert.Single(exchange.Received.Messages));
        AssertClosed(exchange.Reports, CloseCode.NormalClosure, "", first: "remote");
    }

    /// <summary>What comes of the defaults on both sides: nothing is limited, but by the server of websockets.</summary>
    private DeflateParameters DefaultsWith(PeerKind peer) => peer == PeerKind.PythonWebsockets && Role == ConnectionRole.Client
        ? new DeflateParameters { ServerMaxWindowBits = 12, ClientMaxWindowBits = 12 }
        : new DeflateParameters();

    /// <summary>What makes a peer ask for the same.</summary>
    private static string Words(PerMessageDeflate deflate)
    {
        List<string> words = [];
        if (deflate.ServerNoContextTakeover)
            words.Add("server_no_context_takeover");
        if (deflate.ClientNoContextTakeover)
            words.Add("client_no_context_takeover");
        if (deflate.ServerMaxWindowBits < 15)
            words.Add($"server_max_window_bits={deflate.ServerMaxWindowBits}");
        if (deflate.ClientMaxWindowBits < 15)
            words.Add($"client_max_window_bits={deflate.ClientMaxWindowBits}");
        return string.Join(',', words);
    }

    private static async Task SendAllAsync(CoreEndpoint core, Payload[] payloads)
    {
        foreach (Payload payload in payloads)
        {
            await core.SendAsync(payload.Message);
            Assert.Equal(payload.Report, Payload.ReportOf(Assert.IsType<Message>(await core.ReadAsync(), exactMatch: false)));
        }
    }

    /// <summary>All sizes went over the wire in both directions, compressed except for what the core finds too small.</summary>
    private static void AssertSizes(Exchange exchange)
    {
        Assert.Equal(Payload.Sizes.Select(payload => payload.Report), Messages(exchange.Reports));
        AssertMessages(Payload.Sizes, exchange.Sent, (payload, _) => payload.Bytes.Length < 64 ? Size.Plain : Size.Compressed);
        AssertMessages(Payload.Sizes, exchange.Received, (_, _) => Size.Compressed);
    }

    private static void AssertRemembered(Payload[] payloads, Wire wire, bool forgets, int window, Func<Payload, bool> isCompressed) =>
        AssertMessages(payloads, wire, (payload, again) =>
            !isCompressed(payload) ? Size.Plain
            : again && !forgets && payload.Bytes.Length + Lookahead <= 1 << window ? Size.Remembered
            : Size.Compressed);

    /// <param name="expected">Of a payload, and whether the one before was the same.</param>
    private static void AssertMessages(Payload[] payloads, Wire wire, Func<Payload, bool, Size> expected)
    {
        Size[] sizes = [.. payloads.Select((payload, i) => expected(payload, i > 0 && payload.Description == payloads[i - 1].Description))];
        IReadOnlyList<WireMessage> messages = wire.Messages;
        Assert.Equal(
            payloads.Select((payload, i) => (payload.Report.Kind, sizes[i] != Size.Plain)),
            messages.Select(message => (message.Kind, message.IsCompressed)));
        Assert.All(payloads, (payload, i) =>
        {
            (int least, int most) = Range(payload, sizes[i]);
            Assert.InRange(messages[i].Bytes, least, most);
        });
    }

    private static (int Least, int Most) Range(Payload payload, Size size)
    {
        int bytes = payload.Bytes.Length;
        return size switch
        {
            Size.Plain => (bytes, bytes),
            Size.Remembered => (1, bytes / 8),
            _ when payload.IsNoise => (Math.Max(1, bytes * 3 / 4), bytes + (bytes / 20) + 16), // base64 gives a quarter away
            _ when bytes >= 64 * 1024 => (1, bytes * 10 / 64), // 64 KiB become at most 10
            _ => (1, bytes + 16),
        };
    }

    private async Task SendFragmentsAsync(PeerKind peer, bool pings)
    {
        Payload text = new("text=Grüße, 中文, 😀");
        Payload binary = new("binary*70000");
        byte[] bytes = binary.Bytes;
        Exchange exchange = await MeetAsync(peer, ["echo"], new PerMessageDeflate(), Unlimited, new DeflateParameters(), async (core, _) =>
        {
            await core.SendAsync(new TextMessage("Grüße, ") { MessageFinished = false });
            await PingAsync("between"u8.ToArray());
            await core.SendAsync(new TextMessage("") { MessageFinished = false });
            await core.SendAsync(new TextMessage("中文, ") { MessageFinished = false });
            await core.SendAsync(new TextMessage("😀"));
            Assert.Equal(text.Report, Payload.ReportOf(await core.ReadAsync<TextMessage>()));

            await core.SendAsync(new BytesMessage(bytes.AsMemory(..1)) { MessageFinished = false });
            await core.SendAsync(new BytesMessage(bytes.AsMemory(1..66_000)) { MessageFinished = false });
            await PingAsync([]);
            await core.SendAsync(new BytesMessage(bytes.AsMemory(66_000..)) { MessageFinished = false });
            await core.SendAsync(new BytesMessage(default));
            Assert.Equal(binary.Report, Payload.ReportOf(await core.ReadAsync<BytesMessage>()));

            await SendAllAsync(core, [binary]); // what the fragments left behind still fits
            await core.CloseAsync(CloseCode.NormalClosure);

            async Task PingAsync(byte[] payload)
            {
                if (!pings)
                    return;
                await core.SendAsync(new Ping(payload));
                Assert.Equal(new Pong(payload), await core.ReadAsync());
            }
        });

        int[] ping = pings ? [WireFrame.Ping] : [];
        Assert.Equal(
            [
                WireFrame.Text, .. ping, .. Enumerable.Repeat(WireFrame.Continuation, 3),
                WireFrame.Binary, WireFrame.Continuation, .. ping, .. Enumerable.Repeat(WireFrame.Continuation, 2),
                WireFrame.Binary, WireFrame.Close,
            ],
            exchange.Sent.Frames.Select(frame => frame.Opcode));
        Assert.Equal(
            [("text", true), ("binary", true), ("binary", true)],
            exchange.Sent.Messages.Select(message => (message.Kind, message.IsCompressed)));
        Assert.All(exchange.Sent.Messages, message => Assert.InRange(message.Bytes, 1, 10 * 1024));
        Assert.Equal([text.Report, binary.Report, binary.Report], Messages(exchange.Reports));
        AssertClosed(exchange.Reports, CloseCode.NormalClosure, "", first: "remote", deflate: true);
    }

    /// <param name="own">What the core offers or accepts with.</param>
    /// <param name="theirs">The parameters of the peer; null if it does not compress.</param>
    /// <param name="agreed">What must come of it.</param>
    private async Task<Exchange> MeetAsync(
        PeerKind peer, IEnumerable<string> scenario, PerMessageDeflate? own, string? theirs, DeflateParameters? agreed,
        Func<CoreEndpoint, Peer, Task> act, WsConnectionOptions? options = null)
    {
        string[] flags = theirs is null ? [] : [$"--deflate={theirs}"];
        Wire? sent = null;
        Wire? received = null;
        IReadOnlyList<PeerReport> reports = await MeetOpenAsync(peer, [.. scenario, .. flags], own, (core, running) =>
        {
            (sent, received) = (core.Sent, core.Received);
            Assert.Equal(agreed, core.Deflate);
            return act(core, running);
        }, options);

        return new Exchange(reports, sent!, received!);
    }

    /// <summary>How a message is on the wire.</summary>
    private enum Size
    {
        Plain,
        Compressed,
        Remembered,
    }

    private sealed record Exchange(IReadOnlyList<PeerReport> Reports, Wire Sent, Wire Received);
}
