using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using WsProto.AspNetCore;
using WsProto.Cli.Tests.Captures;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>decode</c> on connections of HTTP/2 in the clear (RFC 8441).</summary>
public sealed class DecodeHttp2Tests : IDisposable
{
    private const byte Data = 0;
    private const byte Headers = 1;
    private const byte Reset = 3;
    private const byte Settings = 4;
    private const byte EndStream = 1;
    private const byte Padded = 8;

    private const string Unjudged = "header fields of HTTP/2 are not decoded, so extensions are not known; frames are not judged";

    private static readonly byte[] _preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly CaptureBuilder _capture = new();
    private readonly TcpTalk _talk;
    private readonly TcpListener _relay = new(IPAddress.Loopback, 0);

    public DecodeHttp2Tests()
    {
        _talk = new TcpTalk(_capture);
        _talk.Open();
    }

    public void Dispose() => _relay.Dispose();

    [Fact]
    [Trait("RFC", "8441 §5")]
    public async Task Frames_in_the_streams_of_Kestrel_are_shown()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using WebApplication app = builder.Build();
        app.MapWebSocket("/", async (ws, _) =>
        {
            await foreach (Message message in ws.ReadAllAsync(CancellationToken.None))
                await ws.SendAsync(message, CancellationToken.None);
        });
        await app.StartAsync();
        _relay.Start();
        Task relaying = RelayAsync(new Uri(app.Urls.Single()).Port);
        Tool connect = await Tool.PipeAsync("Hello\n", "connect", $"ws://{_relay.LocalEndpoint}/", "--http2", "-n", "1");
        Assert.True(connect.Code == 0, connect.Error);
        await relaying;

        Tool tool = await DecodeAsync();
        Assert.Equal((0, ""), (tool.Code, tool.Error));
        string[] rows = [.. tool.Cases.Select(Row)];
        Assert.Equal("  remark stream 1 of HTTP/2 " + Unjudged, rows[0]);
        Assert.Equal(
            ["> text FIN 5 Hello", "< text FIN 5 Hello", "> close FIN 2 1000", "< close FIN 2 1000"],
            rows.Where(row => row.Contains("FIN", StringComparison.Ordinal)));
        Assert.EndsWith(", stream 1 of HTTP/2", tool.Lines[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public async Task Streams_are_followed_apart_wherever_segments_begin(int size)
    {
        using var one = new Exchange();
        using var other = new Exchange();
        byte[] first = one.Client("first");
        Send(size,
        [
            .. _preface, .. Frame(Settings, 0, 0), .. Frame(Headers, 4, 1, 0x82, 0x87), .. Frame(Headers, 4, 3, 0xC0),
            .. Frame(Data, 0, 1, first[..1]), .. Frame(Data, Padded, 3, [2, .. other.Client("second"), 0, 0]),
            .. Frame(Data, 0, 1, first[1..]),
        ]);
        Answer(size,
        [
            .. Frame(Settings, 0, 0), .. Frame(Headers, 4, 1, 0x88), .. Frame(Headers, 4, 3, 0x88),
            .. Frame(Data, 0, 3, other.Server("second")),
            .. Frame(Data, EndStream, 1, one.Server(new CloseConnection(CloseCode.NormalClosure, ""))), .. Frame(Reset, 0, 3, 0, 0, 0, 8),
        ]);
        _talk.Close();
        Tool tool = await DecodeAsync();
        Assert.Equal(0, tool.Code);
        Assert.Equal(
            [
                "2 > text FIN 5 first", "2 < close FIN 2 1000", "2 < end", "2 > end without a Close (RFC 6455 §7.1.5)",
            ],
            Rows(tool).Where(row => row[0] == '2' && !row.Contains("remark", StringComparison.Ordinal)));
        Assert.Equal(
            [
                "1 > text FIN 6 second", "1 < text FIN 6 second", "1 < reset without a Close (RFC 6455 §7.1.5)",
            ],
            Rows(tool).Where(row => row[0] == '1' && !row.Contains("remark", StringComparison.Ordinal)));
        Assert.Contains("# connection 1: 127.0.0.1:50000 > 127.0.0.1:9001, stream 3 of HTTP/2", tool.Lines);
        Assert.Equal("# connections 2, frames 4, violations 0", tool.Lines[^1]);
    }

    /// <summary>The caller knows what was agreed on, so frames can be judged.</summary>
    [Fact]
    public async Task Frames_are_inflated_and_judged_where_compression_is_said_to_be_agreed_on()
    {
        using var exchange = new Exchange(isCompressed: true);
        Send(10_000,
        [
            .. _preface, .. Frame(Settings, 0, 0), .. Frame(Headers, 4, 1, 0x82),
            .. Frame(Data, 0, 1, exchange.Client("Hello, Hello, Hello")), .. Frame(Data, 0, 1, 0xB1, 0x80, 1, 2, 3, 4),
        ]);
        Tool tool = await DecodeAsync("--deflate");
        Assert.Equal(1, tool.Code);
        Assert.Contains("1 > text FIN RSV1 ", Rows(tool)[0], StringComparison.Ordinal);
        Assert.Contains("Hello, Hello, Hello", Rows(tool)[0], StringComparison.Ordinal);
        Assert.Contains(Rows(tool), row => row.StartsWith("1 > violation ", StringComparison.Ordinal));
    }

    /// <summary>A page, a picture whose first octet might be a Ping, a call of another protocol, a tunnel for TLS.</summary>
    [Fact]
    public async Task Streams_of_anything_else_are_counted_and_not_shown()
    {
        Send(10_000,
        [
            .. _preface, .. Frame(Settings, 0, 0), .. Frame(Headers, 4 | EndStream, 1, 0x82), .. Frame(Headers, 4 | EndStream, 3, 0x82),
            .. Frame(Headers, 4, 5, 0x83), .. Frame(Data, EndStream, 5, 0, 0, 0, 0, 2, 8, 1), .. Frame(Headers, 4, 7, 0x83),
            .. Frame(Data, 0, 7, 0x16, 3, 1),
        ]);
        Answer(10_000,
        [
            .. Frame(Settings, 0, 0), .. Frame(Headers, 4, 1, 0x88), .. Frame(Data, EndStream, 1, "<!doctype html>"u8.ToArray()),
            .. Frame(Headers, 4, 3, 0x88), .. Frame(Data, EndStream, 3, [0x89, .. "PNG\r\n"u8]), .. Frame(Headers, 4, 5, 0x88),
            .. Frame(Data, 0, 5, 0, 0, 0, 0, 0),
        ]);
        _talk.Close();
        Tool tool = await DecodeAsync();
        Assert.Equal(1, tool.Code);
        Assert.Equal(
            [
                "# not shown: 127.0.0.1:50000 > 127.0.0.1:9001: "
                    + "HTTP/2, of whose 4 streams none has frames of a WebSocket; header fields are not decoded",
                "# connections 0, frames 0, violations 0",
            ],
            tool.Lines);
    }

    [Fact]
    public async Task What_follows_a_hole_is_not_shown_and_that_is_said()
    {
        using var exchange = new Exchange();
        Send(
            10_000,
            [.. _preface, .. Frame(Settings, 0, 0), .. Frame(Headers, 4, 1, 0x82), .. Frame(Data, 0, 1, exchange.Client("Hello"))]);
        Send(10_000, Frame(Data, 0, 1, exchange.Client("lost")));
        Send(10_000, Frame(Data, 0, 1, exchange.Client("behind")));
        _talk.AcknowledgeByServer();
        _capture.Packets.RemoveAt(_capture.Packets.Count - 3);
        _talk.Close();
        Tool tool = await DecodeAsync();
        Assert.Contains("1 > text FIN 5 Hello", Rows(tool));
        Assert.Contains("1 > gap 19 octets of HTTP/2 are not in the capture; what follows them is not decoded", Rows(tool));
        Assert.DoesNotContain("behind", tool.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("hex")]
    public async Task Octets_of_the_client_alone_are_known_by_their_preface(string format)
    {
        using var exchange = new Exchange();
        byte[] octets =
        [
            .. _preface,
            .. Frame(Settings, 0, 0),
            .. Frame(Headers, 4, 1, 0x82),
            .. Frame(Data, 0, 1, exchange.Client("Hello")),
        ];
        Tool tool = format == "raw"
            ? await Tool.PipeAsync(octets, "decode", "-")
            : await Tool.PipeAsync("> " + Convert.ToHexString(octets), "decode", "-");
        Assert.Equal("# connection 1: stream 1 of HTTP/2", tool.Lines[0]);
        Assert.Equal(["1   remark stream 1 of HTTP/2 " + Unjudged, "1 > text FIN 5 Hello"], Rows(tool));
    }

    [Fact]
    public async Task Json_tells_the_stream()
    {
        using var exchange = new Exchange();
        Tool tool = await Tool.PipeAsync(
            (byte[])[.. _preface, .. Frame(Headers, 4, 9, 0x82), .. Frame(Data, 0, 9, exchange.Client("Hello"))], "decode", "-", "--json");
        Assert.Equal("""{"what":"connection","connection":1,"client":null,"server":null,"within":"stream 9 of HTTP/2"}""", tool.Lines[0]);
    }

    /// <summary>Nothing that a file says breaks the program off, or makes it keep what will never be used.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Anything_may_follow_the_preface(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 50; i++)
        {
            byte[] octets = new byte[random.Next(400)];
            random.NextBytes(octets);
            byte[] frames = [.. Enumerable.Range(0, 20).SelectMany(_ => Frame(
                (byte)random.Next(10), (byte)random.Next(256), random.Next(4),
                [.. Enumerable.Range(0, random.Next(12)).Select(_ => (byte)random.Next(256))])),
            ];
            Tool tool = await Tool.PipeAsync((byte[])[.. _preface, .. frames, .. octets], "decode", "-");
            Assert.Equal("", tool.Error);
            Assert.StartsWith("# connections ", tool.Lines[^1], StringComparison.Ordinal);
        }
    }

    /// <summary>Passes a connection on, and makes packets of what passes.</summary>
    private async Task RelayAsync(int port)
    {
        using TcpClient client = await _relay.AcceptTcpClientAsync();
        using var server = new TcpClient();
        await server.ConnectAsync(IPAddress.Loopback, port);
        await Task.WhenAll(PumpAsync(client, server, _talk.Client), PumpAsync(server, client, _talk.Server));
        _talk.Close();
    }

    private async Task PumpAsync(TcpClient source, TcpClient target, Action<byte[]> record)
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await source.GetStream().ReadAsync(buffer) is var count and > 0)
            {
                lock (_talk)
                    record(buffer[..count]);
                await target.GetStream().WriteAsync(buffer.AsMemory(0, count));
            }

            target.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            // Either end has gone, maybe before its stream was asked for.
        }
    }

    private void Send(int size, byte[] octets)
    {
        foreach (byte[] piece in octets.Chunk(size))
            _talk.Client(piece);
    }

    private void Answer(int size, byte[] octets)
    {
        foreach (byte[] piece in octets.Chunk(size))
            _talk.Server(piece);
    }

    private Task<Tool> DecodeAsync(params string[] arguments) => Tool.PipeAsync(_capture.Pcap(), ["decode", "-", .. arguments]);

    private static string[] Rows(Tool tool) => [.. tool.Cases.Select(fields => $"{fields[0]} {Row(fields)}")];

    private static string Row(string[] fields) => string.Join(' ', new[] { fields[2].Length == 0 ? " " : fields[2] }.Concat(
        new[] { fields[3], fields[4], fields[6], fields[7], fields[8] }.Where(field => field.Length > 0)));

    private static byte[] Frame(byte type, byte flags, int stream, params byte[] payload)
    {
        byte[] frame = new byte[9 + payload.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, payload.Length << 8);
        (frame[3], frame[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(5), stream);
        payload.CopyTo(frame, 9);
        return frame;
    }
}
