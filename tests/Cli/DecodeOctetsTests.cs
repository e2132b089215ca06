using System.Text;
using System.Text.RegularExpressions;
using WsProto.Cli.Decode;
using WsProto.Cli.Tests.Captures;
using WsProto.Tests.House;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>decode</c> on octets and hex dumps, right and wrong.</summary>
public sealed partial class DecodeOctetsTests
{
    [Theory]
    [InlineData("81 05 48 65 6c 6c 6f")]
    [InlineData("810548656c6c6f")]
    [InlineData("# Hello\n\n  8105 4865\n6c6c 6F\n")]
    [InlineData("00000000: 8105 4865 6c6c 6f                        ..Hello\n")]
    [InlineData("00000000: 8105  ab\n00000002: 4865 6c6c 6f  cd\n")]
    [InlineData("00000000  81 05 48 65 6c 6c 6f                              |..Hello|\n00000007\n")]
    [InlineData("000000 81 05 48 65 6c 6c 6f\n000007\n")]
    [InlineData("< 81 05 48\n< 65 6c 6c 6f")]
    public async Task Hex_dumps_of_all_kinds_are_read(string dump)
    {
        Tool tool = await Tool.PipeAsync(dump, "decode", "-");
        Assert.Equal((0, ""), (tool.Code, tool.Error));
        Assert.Equal(["1 < text FIN 5 Hello"], DecodeTests.Rows(tool));
    }

    [Theory]
    [InlineData("81 05 48\n*\n6f", "Line 2 leaves out lines that repeat; make the dump with -v.")]
    [InlineData("81 05 48\nnope", "Line 2 is none of a hex dump.")]
    [InlineData("81 05 4", "Line 1 is none of a hex dump.", "--format", "hex")]
    [InlineData("nothing", "- is neither pcap nor pcapng.", "--format", "capture")]
    public async Task File_that_is_none_of_the_format__says_so(string text, string message, params string[] options)
    {
        Tool tool = await Tool.PipeAsync(text, ["decode", "-", .. options]);
        Assert.Equal((4, $"wsproto: {message}\n"), (tool.Code, tool.Error));
    }

    [Theory]
    [InlineData("no-such-file", 4)]
    [InlineData("/", 4)]
    public async Task File_that_cannot_be_read_has_an_exit_code_of_its_own(string file, int code) =>
        Assert.Equal(code, (await Tool.RunAsync("decode", file)).Code);

    [Theory]
    [InlineData("x is no format: raw, hex or capture.", "--format", "x")]
    [InlineData("x is no side: client or server.", "--from", "x")]
    [InlineData("--show goes as far as 64k.", "--show", "65k")]
    public async Task Command_line_that_makes_no_sense__says_so(string message, params string[] options)
    {
        Tool tool = await Tool.RunAsync(["decode", "-", .. options]);
        Assert.Equal((2, $"wsproto: {message}\n"), (tool.Code, tool.Error));
    }

    [Theory]
    [InlineData("< 83 01 00", "opcode 0x3 is reserved (RFC 6455 §5.2)")]
    [InlineData("< a1 01 61", "a reserved bit is set that no extension uses (RFC 6455 §5.2)")]
    [InlineData("< c1 01 61", "a reserved bit is set that no extension uses (RFC 6455 §5.2)")]
    [InlineData("< 09 00", "a control frame is fragmented (RFC 6455 §5.5)")]
    [InlineData("< 89 7e 00 7e 00", "a control frame is longer than 125 bytes (RFC 6455 §5.5)")]
    [InlineData("< 80 00", "a continuation without a message (RFC 6455 §5.4)")]
    [InlineData("< 01 01 61 81 01 61", "a new message inside an unfinished one (RFC 6455 §5.4)")]
    [InlineData("< 81 81 00 00 00 00 61", "a server's frame is masked (RFC 6455 §5.1)")]
    [InlineData("> 81 01 61", "a client's frame is not masked (RFC 6455 §5.1)")]
    [InlineData("< 81 7e 00 01 61", "length 1 is not in its shortest form (RFC 6455 §5.2)")]
    [InlineData("< 82 7f ff ff ff ff ff ff ff ff", "a length has its most significant bit set (RFC 6455 §5.2)")]
    [InlineData("< 81 01 ff", "text is not UTF-8 (RFC 6455 §8.1)")]
    [InlineData("< 88 01 03", "a Close with a body of one byte (RFC 6455 §5.5.1)")]
    [InlineData("< 88 02 03 ee", "close code 1006 may not be sent (RFC 6455 §7.4)")]
    [InlineData("< 88 03 03 e8 ff", "the reason of a Close is not UTF-8 (RFC 6455 §5.5.1)")]
    [InlineData("< 88 02 03 e8 81 01 61", "a frame after the Close (RFC 6455 §5.5.1)")]
    [InlineData("< c1 01 07", "an extension refused the data (RFC 7692 §7.2.2)", "--deflate")]
    public async Task Each_violation_has_its_section(string dump, string violation, params string[] options)
    {
        foreach (string text in new[] { dump, OctetOfItsOwn().Replace(dump[1..], $"\n{dump[0]} $1") })
        {
            Tool tool = await Tool.PipeAsync(text + "\n" + dump[0] + " 81 01 62", ["decode", "-", .. options]);
            Assert.Equal(1, tool.Code);
            Assert.Equal([violation], tool.Cases.Where(fields => fields[3] == "violation").Select(fields => fields[7]));
        }
    }

    [Fact]
    public async Task Frames_behind_a_violation_are_shown()
    {
        Tool tool = await Tool.PipeAsync("< 83 01 00 81 01 61 c1 01 00", "decode", "-");
        Assert.Equal(
            [
                "1 < opcode 3 FIN 1",
                "1 < violation opcode 0x3 is reserved (RFC 6455 §5.2)",
                "1 < text FIN 1 a",
                "1 < text FIN RSV1 1 compressed, and not inflated: the protocol is broken",
            ],
            DecodeTests.Rows(tool).Select(row => row.Replace(" 0 of 1 octets of the payload", "", StringComparison.Ordinal)
                .Replace(" 1 00", " 1", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("Connection: Upgrade\r\n", "Connection: close\r\n", "the header 'Connection: Upgrade' is missing (RFC 6455 §4.1)", ">")]
    [InlineData("Host: example.org\r\n", "", "not exactly one valid 'Host' header (RFC 6455 §4.2.1)", ">")]
    [InlineData("Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 8", "the WebSocket version is not 13 (RFC 6455 §4.2.2)", ">")]
    [InlineData("\r\nHost", "\nHost", "the head is not well-formed HTTP/1.1 (RFC 9112 §2)", ">")]
    [InlineData(
        "Sec-WebSocket-Accept: ", "Sec-WebSocket-Accept: A",
        "not exactly one 'Sec-WebSocket-Accept' header that answers the key (RFC 6455 §4.1)", "<")]
    [InlineData(
        "101 Switching Protocols\r\n", "101 Switching Protocols\r\nSec-WebSocket-Protocol: x\r\n",
        "a subprotocol that was not asked for (RFC 6455 §4.1)", "<")]
    [InlineData(
        "101 Switching Protocols\r\n", "101 Switching Protocols\r\nSec-WebSocket-Extensions: x\r\n",
        "an extension that was not offered, or one twice (RFC 6455 §4.1)", "<")]
    [InlineData(
        "101 Switching Protocols\r\n", "101 Switching Protocols\r\nSec-WebSocket-Extensions: permessage-deflate; a=b\r\n",
        "an extension with parameters that were not offered (RFC 6455 §9.1)", "<", true)]
    public async Task Handshake_is_judged(string right, string wrong, string violation, string side, bool isCompressed = false)
    {
        using var exchange = new Exchange(isCompressed);
        string request = Encoding.ASCII.GetString(exchange.Request);
        string response = Regex.Replace(Encoding.ASCII.GetString(exchange.Response), "Sec-WebSocket-Extensions: .*\r\n", "");
        string spoiled = (side == ">" ? request : response).Replace(right, wrong, StringComparison.Ordinal);
        string dump = $"> {Hex(side == ">" ? spoiled : request)}\n< {Hex(side == "<" ? spoiled : response)}\n< 81 01 61";
        Tool tool = await Tool.PipeAsync(dump, "decode", "-");
        Assert.Equal(
            [$"1 {side} violation {violation}"],
            DecodeTests.Rows(tool).Where(row => row.Contains("violation", StringComparison.Ordinal)));
        Assert.Equal("a", tool.Cases[^1][7]);
    }

    [Fact]
    public async Task Handshake_that_is_right_has_no_violation_and_refusals_are_shown()
    {
        using var exchange = new Exchange(isCompressed: true);
        string early = Hex("HTTP/1.1 103 Early Hints\r\n\r\n");
        string refusal = Hex("HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");
        Tool tool = await Tool.PipeAsync($"> {Convert.ToHexString(exchange.Request)}\n< {early}\n< {refusal}\n< 81 01 61", "decode", "-");
        Assert.Equal(
            [
                "1 > request GET /chat HTTP/1.1 extensions permessage-deflate; client_max_window_bits",
                "1 < response HTTP/1.1 103 Early Hints",
                "1 < refusal HTTP/1.1 401 Unauthorized",
            ],
            DecodeTests.Rows(tool).Select(row => row.Replace("client_no_context_takeover; ", "", StringComparison.Ordinal)));
        Assert.Equal(0, tool.Code);
    }

    [Fact]
    public async Task Octets_of_one_side_begin_with_a_handshake_or_a_frame()
    {
        using var exchange = new Exchange(isCompressed: true);
        byte[] client = [.. exchange.Request, .. exchange.Client("Hello, Hello, Hello")];
        byte[] server = [.. exchange.Response, .. exchange.Server("Hello, Hello, Hello")];
        string[] rows = DecodeTests.Rows(await Tool.PipeAsync(client, "decode", "-"));
        Assert.Equal("1 remark the answer of the server is not there compression is taken as it was offered", rows[1]);
        Assert.EndsWith(">19 Hello, Hello, Hello", rows[2], StringComparison.Ordinal);
        rows = DecodeTests.Rows(await Tool.PipeAsync(server, "decode", "-"));
        Assert.EndsWith(">19 Hello, Hello, Hello", rows[1], StringComparison.Ordinal);
        rows = DecodeTests.Rows(await Tool.PipeAsync(client[exchange.Request.Length..], "decode", "-", "--deflate", "--show", "5"));
        Assert.EndsWith(">19 Hello…", rows[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Extension_that_is_not_known_is_said_to_be_so()
    {
        using var exchange = new Exchange();
        string request = Encoding.ASCII.GetString(exchange.Request)
            .Replace("Host:", "Sec-WebSocket-Extensions: x-own\r\nHost:", StringComparison.Ordinal);
        string response = Encoding.ASCII.GetString(exchange.Response)
            .Replace("Upgrade:", "Sec-WebSocket-Extensions: x-own\r\nUpgrade:", StringComparison.Ordinal);
        Tool tool = await Tool.PipeAsync($"> {Hex(request)}\n< {Hex(response)}\n< c1 01 61", "decode", "-");
        Assert.Equal(0, tool.Code);
        Assert.Equal("1 < text FIN RSV1 1 compressed, and not inflated: the extension x-own is not known here", DecodeTests.Rows(tool)[^1]);
    }

    /// <summary>The section that the core documents for a violation.</summary>
    [Fact]
    public void Sections_are_those_of_the_core()
    {
        string source = Repository.Read("src/WsProto/ProtocolError.cs");
        foreach (ProtocolError error in Enum.GetValues<ProtocolError>())
        {
            string summary = source[..source.IndexOf($" {error} = ", StringComparison.Ordinal)];
            summary = summary[summary.LastIndexOf("<summary>", StringComparison.Ordinal)..];
            string[] section = RuleSections.Of(error).Split(' ');
            // Where the core names a setting of ours, or an extension, it is the rule behind it.
            if (error is ProtocolError.ExtensionFailed or ProtocolError.RejectBodyTooLarge)
                continue;
            Assert.Contains(section[1], summary, StringComparison.Ordinal);
            Assert.Contains(section[2], summary, StringComparison.Ordinal);
        }
    }

    private static string Hex(string text) => Convert.ToHexString(Encoding.Latin1.GetBytes(text));

    [GeneratedRegex(" ([0-9a-f]{2})")]
    private static partial Regex OctetOfItsOwn();
}
