using System.Text;
using System.Text.Json;
using WsProto.Cli.Tests.Captures;
using WsProto.Tests.House;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>decode</c> on captures.</summary>
public sealed class DecodeTests
{
    private static readonly string[] _chat =
    [
        "1 > request GET /chat HTTP/1.1",
        "1 < response HTTP/1.1 101 Switching Protocols",
        "1 > text FIN 5 Hello",
        "1 < text 3 abc",
        "1 < ping FIN 2 0102",
        "1 < continuation FIN 3 def",
        "1 < message 6 text in 2 frames",
        "1 > pong FIN 2 0102",
        "1 > close FIN 2 1000",
        "1 < close FIN 2 1000",
        "1 > end",
        "1 < end",
    ];

    public static TheoryData<string> Files => [.. new[] { 0, 1, 101, 108, 113, 228, 276 }.SelectMany(link =>
        new[] { $"pcap {link} little", $"pcap {link} big", $"pcap {link} nano", $"pcapng {link} little", $"pcapng {link} big" })];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Capture_of_any_format_and_link_is_read(string file)
    {
        foreach (bool isV6 in new[] { false, true })
        {
            CaptureBuilder capture = Chat(isV6);
            int link = int.Parse(file.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
            bool isBig = file.EndsWith("big", StringComparison.Ordinal);
            bool isNano = file.EndsWith("nano", StringComparison.Ordinal);
            byte[] octets = file.StartsWith("pcapng", StringComparison.Ordinal)
                ? capture.Pcapng(link, isBig)
                : capture.Pcap(link, isBig, isNano);
            Tool tool = await Tool.PipeAsync(octets, "decode", "-");
            Assert.Equal((0, ""), (tool.Code, tool.Error));
            Assert.Equal(_chat, Rows(tool));
            string place = isV6 ? "[::1]" : "127.0.0.1";
            Assert.Equal($"# connection 1: {place}:50000 > {place}:9001", tool.Lines[0]);
            Assert.Equal("# connections 1, frames 7, violations 0", tool.Lines[^1]);
            Assert.Equal("0.000000", tool.Cases[0][1]);
            Assert.Equal("0.001000", tool.Cases[1][1]);
        }
    }

    /// <summary>Segments that come in another order, and again, as cards and networks make them.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [Trait("Demand", "L22")]
    public async Task Segments_may_come_in_any_order_and_more_than_once(int seed)
    {
        using var exchange = new Exchange(isCompressed: true);
        byte[] all = [.. Enumerable.Range(0, 40).SelectMany(i => exchange.Client($"message {i} of many"))];
        var capture = new CaptureBuilder();
        // Numbers go round within the talk.
        var talk = new TcpTalk(capture, first: uint.MaxValue - 300);
        talk.Open();
        talk.Client(exchange.Request);
        talk.Server(exchange.Response);
        int start = capture.Packets.Count;
        foreach (byte[] piece in all.Chunk(17))
            talk.Client(piece);
        byte[][] pieces = [.. capture.Packets[start..], .. capture.Packets[(start + 3)..(start + 9)]];
        var random = new Random(seed);
        random.Shuffle(pieces);
        capture.Packets.RemoveRange(start, capture.Packets.Count - start);
        capture.Packets.AddRange(pieces);
        talk.Close();

        Tool tool = await Tool.PipeAsync(capture.Pcap(), "decode", "-");
        Assert.Equal(0, tool.Code);
        Assert.Equal(
            Enumerable.Range(0, 40).Select(i => $"message {i} of many"),
            tool.Cases.Where(fields => fields[3] == "text").Select(fields => fields[7]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Demand", "L22")]
    public async Task Two_connections_are_told_apart_and_inflated_each_with_its_own_memory(bool hasMemory)
    {
        using var one = new Exchange(isCompressed: true, hasMemory);
        using var other = new Exchange(isCompressed: true, hasMemory);
        var capture = new CaptureBuilder();
        var talks =
            new[] { (Exchange: one, Talk: new TcpTalk(capture)), (Exchange: other, Talk: new TcpTalk(capture, 50_001, isV6: true)) };
        foreach ((Exchange exchange, TcpTalk talk) in talks)
        {
            talk.Open();
            talk.Client(exchange.Request);
        }

        foreach ((Exchange exchange, TcpTalk talk) in talks)
            talk.Server(exchange.Response);
        for (int i = 0; i < 3; i++)
        {
            foreach ((Exchange exchange, TcpTalk talk) in talks)
            {
                talk.Client(exchange.Client("the same words, the same words"));
                talk.Server(exchange.Server("as many words, as many words"));
            }
        }

        Tool tool = await Tool.PipeAsync(capture.Pcapng(), "decode", "-");
        Assert.Equal(0, tool.Code);
        string[][] texts = [.. tool.Cases.Where(fields => fields[3] == "text")];
        Assert.Equal(12, texts.Length);
        Assert.All(texts, fields => Assert.Equal("FIN RSV1", fields[4]));
        Assert.All(
            texts,
            fields => Assert.Equal(fields[2] == ">" ? "the same words, the same words" : "as many words, as many words", fields[7]));
        Assert.All(texts, fields => Assert.EndsWith(fields[2] == ">" ? ">30" : ">28", fields[6], StringComparison.Ordinal));
        Assert.Equal(6, texts.Count(fields => fields[0] == "2"));
    }

    [Fact]
    [Trait("Demand", "L22")]
    public async Task Segment_that_lacks_within_a_payload_is_said_to__and_the_frames_behind_it_are_shown()
    {
        using var exchange = new Exchange();
        string[] rows =
            await WithoutSecondSegmentAsync(exchange, [.. exchange.Client(new string('a', 60)), .. exchange.Client("later")], 20);
        Assert.Equal(
            [
                "1 > gap 20 octets are not in the capture within the payload of the next frame",
                "1 > text FIN 60 aaaaaaaaaaaaaa…",
                "1 > text FIN 5 later",
            ],
            rows[2..]);
    }

    [Fact]
    [Trait("Demand", "L22")]
    public async Task Segment_that_lacks_between_frames_is_said_to__and_frames_are_found_again()
    {
        using var exchange = new Exchange();
        byte[] first = exchange.Client(new string('0', 14));
        byte[] all = [.. first, .. exchange.Client("lost"), .. new byte[10]];
        byte[] second = exchange.Client("found");
        var capture = new CaptureBuilder();
        TcpTalk talk = Opened(capture, exchange);
        talk.Client(first);
        talk.Client(all[first.Length..]);
        capture.Packets.RemoveAt(capture.Packets.Count - 1);
        talk.Client([1, 2, 3]);
        talk.Client(second);
        Tool tool = await Tool.PipeAsync(capture.Pcap(), "decode", "-");
        Assert.Equal(
            [
                "1 > text FIN 14 00000000000000",
                "1 > gap 20 octets are not in the capture where the next frame begins is not known",
                "1 > found frames seem to begin here 3 octets are not shown",
                "1 > text FIN 5 found",
            ],
            Rows(tool)[2..]);
    }

    /// <summary>Nothing comes behind the segment; that there was one is known by the FIN, or as the server has acknowledged it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Demand", "L22")]
    public async Task Last_segment_that_lacks_is_said_to(bool hasEnd)
    {
        using var exchange = new Exchange();
        var capture = new CaptureBuilder();
        TcpTalk talk = Opened(capture, exchange);
        talk.Client(exchange.Client("here"));
        talk.Client(exchange.Client("lost"));
        capture.Packets.RemoveAt(capture.Packets.Count - 1);
        if (hasEnd)
            talk.Close();
        else
            talk.AcknowledgeByServer();
        string[] rows = Rows(await Tool.PipeAsync(capture.Pcap(), "decode", "-"));
        Assert.Contains("1 > gap 10 octets are not in the capture where the next frame begins is not known", rows);
        if (hasEnd)
            Assert.Equal("1 > end without a Close (RFC 6455 §7.1.5)", rows[^1]);
    }

    /// <summary>The end of a direction has a number as an octet has, and is none.</summary>
    [Fact]
    public async Task End_that_lacks_is_no_octet()
    {
        using var exchange = new Exchange();
        var capture = new CaptureBuilder();
        TcpTalk talk = Opened(capture, exchange);
        talk.Client(exchange.Client("here"));
        int before = capture.Packets.Count;
        talk.Close();
        capture.Packets.RemoveAt(before);
        Assert.DoesNotContain(
            Rows(await Tool.PipeAsync(capture.Pcap(), "decode", "-")),
            row => row.Contains("gap", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Demand", "L22")]
    public async Task What_cannot_be_inflated_as_a_segment_lacks_is_no_garbage()
    {
        using var exchange = new Exchange(isCompressed: true);
        byte[] large = exchange.Client(string.Concat(Enumerable.Range(0, 40)));
        string[] rows = await WithoutSecondSegmentAsync(exchange, [.. large, .. exchange.Client("later, later, later")], 20);
        Assert.Equal("1 > gap 20 octets are not in the capture within the payload of the next frame", rows[2]);
        Assert.All(
            rows[3..5],
            row => Assert.Matches("^1 > text FIN RSV1 [0-9]+ compressed, and not inflated: octets are missing before$", row));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Demand", "L22")]
    public async Task Capture_that_begins_in_the_middle_is_said_to__and_has_what_can_be_shown(bool isCompressed)
    {
        using var exchange = new Exchange(isCompressed);
        var capture = new CaptureBuilder();
        TcpTalk talk = Opened(capture, exchange);
        capture.Packets.Clear();
        talk.Server(exchange.Server("Hello, Hello, Hello"));
        talk.Client(exchange.Client("one, one, one, one"));
        Tool tool = await Tool.PipeAsync(capture.Pcap(), "decode", "-");
        string[] rows = Rows(tool);
        Assert.Equal("# connection 1: 127.0.0.1:50000 > 127.0.0.1:9001", tool.Lines[0]);
        Assert.Equal("1 remark the capture begins in the middle of the connection frames seem to begin here; they are not judged", rows[0]);
        const string Not = "compressed, and not inflated: the capture begins in the middle";
        Assert.Equal(
            isCompressed
                ?
                [
                    $"1 < text FIN RSV1 {tool.Cases[1][6]} {Not}", "1 > found frames seem to begin here",
                    $"1 > text FIN RSV1 {tool.Cases[3][6]} {Not}",
                ]
                : ["1 < text FIN 19 Hello, Hello, Hello", "1 > found frames seem to begin here", "1 > text FIN 18 one, one, one, one"],
            rows[1..]);
    }

    /// <summary>What tcpdump has captured of <c>wsproto connect</c> and <c>wsproto listen</c>.</summary>
    [Fact]
    [Trait("Demand", "L22")]
    public async Task Capture_of_loopback_traffic_is_read()
    {
        Tool tool = await Tool.RunAsync("decode", Repository.PathOf("tests/Cli/Captures/loopback.pcap"));
        Assert.Equal((0, ""), (tool.Code, tool.Error));
        Assert.Equal(
            [
                "1 > request GET / HTTP/1.1 extensions permessage-deflate; client_max_window_bits",
                "1 < response HTTP/1.1 101 Switching Protocols extensions permessage-deflate",
                "1 > text FIN 12 Hello, Hello",
                "1 > text FIN 20 second second second",
                "1 < text FIN 12 Hello, Hello",
                "1 < text FIN 20 second second second",
                "1 > close FIN 2 1000",
                "1 < close FIN 2 1000",
                "1 < end",
                "1 > end",
            ],
            Rows(tool));
    }

    [Fact]
    public async Task What_is_no_WebSocket_is_counted()
    {
        var capture = new CaptureBuilder();
        var http = new TcpTalk(capture, 1);
        http.Open();
        http.Client(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
        http.Server(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
        var tls = new TcpTalk(capture, 2);
        tls.Open();
        tls.Client(0x16, 3, 1, 0, 4, 1, 0, 0, 0);
        Tool tool = await Tool.PipeAsync(capture.Pcap(), "decode", "-");
        Assert.Equal(1, tool.Code);
        Assert.Equal(
            [
                "# not shown: 127.0.0.1:1 > 127.0.0.1:9001: no opening handshake of a WebSocket",
                "# not shown: 127.0.0.1:2 > 127.0.0.1:9001: TLS",
                "# connections 0, frames 0, violations 0",
            ],
            tool.Lines);
    }

    [Fact]
    public async Task Request_that_is_none_may_come_before_the_handshake()
    {
        using var exchange = new Exchange();
        var capture = new CaptureBuilder();
        var talk = new TcpTalk(capture);
        talk.Open();
        talk.Client(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
        talk.Server(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        talk.Client(exchange.Request);
        talk.Server(exchange.Response);
        talk.Client(exchange.Client("Hello"));
        talk.Reset();
        Tool tool = await Tool.PipeAsync(capture.Pcap(), "decode", "-");
        Assert.Equal(
            [_chat[0], _chat[1], _chat[2], "1 < reset without a Close (RFC 6455 §7.1.5)"],
            Rows(tool));
    }

    [Fact]
    public async Task Json_has_the_same()
    {
        Tool tool = await Tool.PipeAsync(Chat(isV6: false).Pcap(), "decode", "-", "--json");
        JsonElement[] rows = [.. tool.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(
            "connection request response text text ping continuation message pong close close end end summary".Split(' '),
            rows.Select(What));
        Assert.Equal(
            ("client", "Hello", 5),
            (rows[3].GetProperty("from").GetString(), rows[3].GetProperty("text").GetString(), rows[3].GetProperty("length").GetInt32()));
        Assert.Equal(0.001m, rows[2].GetProperty("time").GetDecimal());
        Assert.Equal(7, rows[^1].GetProperty("frames").GetInt32());
    }

    [Theory]
    [InlineData(10, "The file ends inside of its head.")]
    [InlineData(30, "The file ends inside of a packet.")]
    [InlineData(-1, "The file ends inside of a packet.")]
    public async Task File_that_is_cut_is_read_as_far_as_it_goes(int length, string remark)
    {
        byte[] octets = Chat(isV6: false).Pcap();
        Tool tool = await Tool.PipeAsync(octets[..(length < 0 ? octets.Length + length : length)], "decode", "-");
        Assert.Equal("# " + remark, tool.Lines[^2]);
        Assert.Equal(length < 0 ? 0 : 1, tool.Code);
    }

    [Fact]
    public async Task Rows_on_a_terminal_are_columns_of_its_width()
    {
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: true, HasColor: true, 70)
        {
            Input = new MemoryStream(Chat(isV6: false).Pcap()),
        };
        Tool tool = await Tool.RunAsync(terminal, "decode", "-");
        Assert.Contains("  1    0.003000 > text         FIN      ", tool.Out, StringComparison.Ordinal);
        Assert.All(
            tool.Lines,
            line => Assert.InRange(System.Text.RegularExpressions.Regex.Replace(line, "\e\\[[0-9]+m", "").Length, 0, 70));
    }

    private static string What(JsonElement row) => row.GetProperty("what").GetString()!;

    private static async Task<string[]> WithoutSecondSegmentAsync(Exchange exchange, byte[] octets, int size)
    {
        var capture = new CaptureBuilder();
        TcpTalk talk = Opened(capture, exchange);
        int start = capture.Packets.Count;
        foreach (byte[] piece in octets.Chunk(size))
            talk.Client(piece);
        capture.Packets.RemoveAt(start + 1);
        return Rows(await Tool.PipeAsync(capture.Pcap(), "decode", "-"));
    }

    private static TcpTalk Opened(CaptureBuilder capture, Exchange exchange)
    {
        var talk = new TcpTalk(capture);
        talk.Open();
        talk.Client(exchange.Request);
        talk.Server(exchange.Response);
        return talk;
    }

    private static CaptureBuilder Chat(bool isV6)
    {
        using var exchange = new Exchange();
        var capture = new CaptureBuilder();
        var talk = new TcpTalk(capture, isV6: isV6);
        talk.Open();
        talk.Client(exchange.Request);
        talk.Server(exchange.Response);
        // The head and the payload of a frame in segments of their own.
        byte[] hello = exchange.Client("Hello");
        talk.Client(hello[..6]);
        talk.Client(hello[6..]);
        talk.Server(
            [.. exchange.Server(new TextMessage("abc") { MessageFinished = false }), .. exchange.Server(new Ping(new byte[] { 1, 2 }))]);
        talk.Server(exchange.Server("def"));
        talk.Client(exchange.Client(new Pong(new byte[] { 1, 2 })));
        talk.Client(exchange.Client(new CloseConnection(CloseCode.NormalClosure)));
        talk.AcknowledgeByServer();
        talk.Server(exchange.Server(new CloseConnection(CloseCode.NormalClosure)));
        talk.Close();
        return capture;
    }

    /// <summary>The fields that do not change from run to run.</summary>
    internal static string[] Rows(Tool tool) => [.. tool.Cases.Select(fields =>
        string.Join(
            ' ', new[] { fields[0], fields[2], fields[3], fields[4], fields[6], fields[7], fields[8] }.Where(field => field.Length > 0))),
    ];
}
