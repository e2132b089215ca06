using System.Globalization;
using System.Text;
using WsProto.Extensions;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Events;

/// <summary>
/// What logs show: everything that helps, on one line of bounded length, without secrets, and with nothing that acts on a terminal.
/// </summary>
public class LogTextTests
{
    private const string Secret = "s3cret";

    /// <summary>Every way in which a value gets into a text.</summary>
    private static readonly Func<string, string>[] _textsOf =
    [
        text => $"{new TextMessage(text)}",
        text => $"{new BytesMessage(Lossy(text))}",
        text => $"{new Ping(Lossy(text))}",
        text => $"{new Pong(Lossy(text))}",
        text => $"{new RejectData(Lossy(text))}",
        text => $"{new CloseConnection((CloseCode)4000, text)}",
        text => $"{new HttpRequestHead { Method = text, Target = text, Headers = [(text, text)] }}",
        text => $"{new HandshakeFailed
        {
            Error = (ProtocolError)(-1),
            Message = text,
            Response = new RejectConnection { Headers = [(text, text)] },
        }}",
        text => $"{new Request(text, text)
        {
            Subprotocols = Many(text),
            Extensions = Many<WsExtension>(new TagExtension()),
            ExtraHeaders =
            [
                .. Many<HeaderField>((text, text)),
                ("Sec-WebSocket-Extensions", string.Join(", ", Many(new string('x', 500)))),
            ],
        }}",
        text => $"{new AcceptConnection
        {
            Subprotocol = text,
            Extensions = Many<WsExtension>(new TagExtension()),
            ExtraHeaders = [.. Many<HeaderField>((text, text))],
        }}",
        text => $"{new RejectConnection { StatusCode = int.MinValue, Headers = [.. Many<HeaderField>((text, text))] }}",
        text => $"{new HeaderField(text, text)}",
        text => HeaderList.Create(Many<HeaderField>((text, text))).ToString(),
        text => $"{new ExtensionParameter(text, text)}",
        text => new Frame(Lossy(text), Opcode.Text, frameFinished: false, messageFinished: false).ToString(),
        text => new Frame(Lossy(text), Opcode.Binary, frameFinished: true, messageFinished: true).ToString(),
    ];

    public static TheoryData<string, string> Texts() => new()
    {
        { $"{new TextMessage(Secret)}", """TextMessage { Data = "s3cret" }""" },
        {
            $"{new TextMessage("a\r\n\t\"\\\u001B\u0085\u202E\u2028é😀")
            {
                FrameFinished = false,
                MessageFinished = false,
                Compress = false,
            }}",
            """TextMessage { Data = "a\r\n\t\"\\\u001B\u0085\u202E\u2028é😀", """
                + "FrameFinished = False, MessageFinished = False, Compress = False }"
        },
        { $"{new TextMessage("\uD83D")}", """TextMessage { Data = "\uD83D" }""" },
        { $"{new TextMessage("\U000E0001")}", """TextMessage { Data = "\U000E0001" }""" },
        { $"{new TextMessage(new string('x', 64))}", $$"""TextMessage { Data = "{{new string('x', 64)}}" }""" },
        { $"{new TextMessage(new string('x', 65))}", $$"""TextMessage { Data = "{{new string('x', 64)}}"… (65 chars) }""" },
        { $"{new TextMessage(new string('x', 63) + "\n")}", $$"""TextMessage { Data = "{{new string('x', 63)}}"… (64 chars) }""" },
        { $"{new TextMessage(new string('x', 63) + "😀")}", $$"""TextMessage { Data = "{{new string('x', 63)}}"… (65 chars) }""" },
        { $"{new TextMessage(null!)}", "TextMessage { Data = null }" },
        { $"{new BytesMessage(default)}", "BytesMessage { Data = 0 bytes }" },
        {
            $"{new BytesMessage(new byte[] { 0, 0x7F, 0xFF }) { MessageFinished = false, Compress = true }}",
            "BytesMessage { Data = 3 bytes 007FFF, MessageFinished = False, Compress = True }"
        },
        { $"{new BytesMessage(new byte[32])}", $$"""BytesMessage { Data = 32 bytes {{new string('0', 64)}} }""" },
        { $"{new BytesMessage(new byte[33])}", $$"""BytesMessage { Data = 33 bytes {{new string('0', 64)}}… }""" },
        { $"{new Ping(new byte[] { 1 })}", "Ping { Payload = 1 byte 01 }" },
        { $"{new Pong()}", "Pong { Payload = 0 bytes }" },
        { $"{new RejectData("a"u8.ToArray(), bodyFinished: false)}", "RejectData { Data = 1 byte 61, BodyFinished = False }" },
        { $"{new CloseConnection(CloseCode.GoingAway)}", "CloseConnection { Code = GoingAway }" },
        {
            $"{new CloseConnection((CloseCode)4000, "bye\n") { Error = ProtocolError.InvalidUtf8 }}",
            """CloseConnection { Code = 4000, Reason = "bye\n", Error = InvalidUtf8 }"""
        },
        {
            $"{new HandshakeFailed { Error = ProtocolError.InvalidKey, Message = "no" }}",
            """HandshakeFailed { Error = InvalidKey, Message = "no" }"""
        },
        {
            $"{new HandshakeFailed
            {
                Error = ProtocolError.UnsupportedVersion,
                Message = "no",
                Response = new RejectConnection { StatusCode = 426, Headers = [("Upgrade", "websocket")] },
            }}",
            """HandshakeFailed { Error = UnsupportedVersion, Message = "no", """
                + "Response = RejectConnection { StatusCode = 426, Headers = [Upgrade] } }"
        },
        {
            $"{new HttpRequestHead { Method = "GET", Target = "/health?token=" + Secret, Headers = [("Cookie", Secret)] }}",
            """HttpRequestHead { Method = GET, Target = "/health"?…, Headers = [Cookie] }"""
        },
        {
            $"{new HandshakeFailed
            {
                Error = ProtocolError.InvalidKey,
                Message = "no",
                RequestHead = new() { Method = "PUT", Target = "/", Headers = [] },
            }}",
            """HandshakeFailed { Error = InvalidKey, Message = "no", RequestHead = HttpRequestHead { Method = PUT, Target = "/" } }"""
        },
        { $"{new RejectConnection { StatusCode = 777, HasBody = true }}", "RejectConnection { StatusCode = 777, HasBody = True }" },
        { $"{new AcceptConnection()}", "AcceptConnection { Subprotocol = null }" },
        {
            $"{new AcceptConnection
            {
                Subprotocol = "chat",
                Extensions = [new TagExtension(), null!],
                ExtraHeaders = [("Set-Cookie", Secret)],
            }}",
            """AcceptConnection { Subprotocol = "chat", Extensions = [x-tag, null], ExtraHeaders = [Set-Cookie] }"""
        },
        { $"{new Request("example.com", "/chat?token=" + Secret)}", """Request { Host = "example.com", Target = "/chat"?… }""" },
        { $"{new Request(null!, null!)}", "Request { Host = null, Target = null }" },
        {
            $"{new Request("h", "/")
            {
                Subprotocols = ["a", null!],
                ExtraHeaders = [("Cookie", Secret), default, ("Sec-WebSocket-Extensions", "x; p=1; q")],
            }}",
            """Request { Host = "h", Target = "/", Subprotocols = [a, null], ExtensionOffers = [x; p=1; q], """
                + "ExtraHeaders = [Cookie, null, Sec-WebSocket-Extensions] }"
        },
        {
            $"{new Request("h", "/") { Extensions = [new TagExtension(), null!] }}",
            """Request { Host = "h", Target = "/", Extensions = [x-tag, null] }"""
        },
        {
            $"{new Request("h", "/") { Subprotocols = null!, Extensions = null!, ExtraHeaders = null! }}",
            """Request { Host = "h", Target = "/" }"""
        },
        { $"{new AcceptConnection { ExtraHeaders = null! }}", "AcceptConnection { Subprotocol = null }" },
        {
            $"{new CloseConnection(CloseCode.InternalError)
            {
                Error = ProtocolError.ExtensionFailed,
                Exception = new NotSupportedException(Secret),
            }}",
            "CloseConnection { Code = InternalError, Error = ExtensionFailed, Exception = System.NotSupportedException }"
        },
        {
            $"{new HandshakeFailed
            {
                Error = ProtocolError.InvalidExtensionParameters,
                Message = "m",
                Exception = new NotSupportedException(Secret),
            }}",
            """HandshakeFailed { Error = InvalidExtensionParameters, Message = "m", Exception = System.NotSupportedException }"""
        },
        { $"{new HeaderField("A\n", "b\"\u0080")}", """A\n: b"\u0080""" },
        { $"{default(HeaderField)}", "null: null" },
        { $"{default(ExtensionParameter)}", "null" },
        { $"{new ExtensionParameter("p", "\u007F")}", """p=\u007F""" },
        { HeaderList.Create([("A", Secret), ("b", Secret)]).ToString(), "[A, b]" },
        {
            HeaderList.Create([.. Enumerable.Repeat(new HeaderField("A", "1"), 16)]).ToString(),
            $"[{string.Join(", ", Enumerable.Repeat("A", 16))}]"
        },
        {
            HeaderList.Create([.. Enumerable.Repeat(new HeaderField("A", "1"), 100)]).ToString(),
            $"[{string.Join(", ", Enumerable.Repeat("A", 16))}, … and 84 more]"
        },
        { HeaderList.Create([new(new string('n', 65), "")]).ToString(), $"[{new string('n', 64)}…]" },
        {
            new Frame("é\n"u8, Opcode.Text, frameFinished: true, messageFinished: true).ToString(),
            """Frame { Opcode = Text, Payload = "é\n" }"""
        },
        {
            new Frame(Wire.Utf8(new string('€', 1000)), Opcode.Text, frameFinished: false, messageFinished: false).ToString(),
            $$"""Frame { Opcode = Text, Payload = "{{new string('€', 64)}}"… (3000 bytes), """
                + "FrameFinished = False, MessageFinished = False }"
        },
        {
            new Frame([3, 232], Opcode.Close, frameFinished: true, messageFinished: true).ToString(),
            "Frame { Opcode = Close, Payload = 2 bytes 03E8 }"
        },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Text_says_what_helps(string actual, string expected) => Assert.Equal(expected, actual);

    /// <summary>
    /// In steps of eight characters, so that none is cut off; and the characters of two units that format, and some that do not.
    /// </summary>
    [Fact]
    [Trait("Gate", "Whole")]
    public void No_character_that_controls_formats_or_ends_a_line_is_shown()
    {
        foreach (string text in Enumerable.Range(0, 0x2000)
            .Select(block => new string([.. Enumerable.Range(8 * block, 8).Select(c => (char)c)]))
            .Concat(Enumerable.Range(0xE0000, 0x80).Concat(Enumerable.Range(0x1D170, 0x10)).Concat(Enumerable.Range(0x110BD, 1))
                .Select(char.ConvertFromUtf32)))
        {
            foreach (Func<string, string> textOf in _textsOf)
                AssertHarmless(textOf(text));
        }
    }

    [Fact]
    public void Length_is_bounded_whatever_there_is()
    {
        foreach (string text in (string[])[new('x', 100_000), new('\n', 100_000), new('\u202E', 100_000), new(
            '\uD800',
            100_000), string.Concat(Enumerable.Repeat("\U000E0001", 50_000)), string.Concat(Enumerable.Repeat("😀", 50_000))])
        {
            foreach (Func<string, string> textOf in _textsOf)
            {
                string shown = textOf(text);
                Assert.InRange(shown.Length, 1, 8192);
                AssertHarmless(shown);
            }
        }
    }

    /// <summary>What follows tells that something was left out.</summary>
    [Fact]
    public void Text_is_shown_up_to_the_last_whole_character()
    {
        for (int length = 0; length < 200; length++)
        {
            string text = string.Concat(Enumerable.Repeat("😀", length));
            Assert.Equal(
                length <= 32
                    ? $$"""TextMessage { Data = "{{text}}" }"""
                    : $$"""TextMessage { Data = "{{text[..64]}}"… ({{2 * length}} chars) }""",
                $"{new TextMessage(text)}");
            Assert.Equal(
                length <= 32
                    ? $$"""Frame { Opcode = Text, Payload = "{{text}}" }"""
                    : $$"""Frame { Opcode = Text, Payload = "{{text[..64]}}"… ({{4 * length}} bytes) }""",
                new Frame(Wire.Utf8(text), Opcode.Text, frameFinished: true, messageFinished: true).ToString());
        }
    }

    [Fact]
    public void Values_of_headers_and_queries_are_not_shown_in_events()
    {
        HeaderList secrets = [("Cookie", Secret), ("Authorization", Secret)];
        WsEvent[] events =
        [
            new Request("h", "/?" + Secret) { ExtraHeaders = secrets },
            new AcceptConnection { ExtraHeaders = secrets },
            new RejectConnection { Headers = secrets },
            new HandshakeFailed { Error = ProtocolError.InvalidKey, Message = "", Response = new RejectConnection { Headers = secrets } },
        ];
        Assert.All(events, e => Assert.DoesNotContain(Secret, e.ToString(), StringComparison.Ordinal));
        Assert.All(events, e => Assert.Contains("[Cookie, Authorization]", e.ToString(), StringComparison.Ordinal));
    }

    private static T[] Many<T>(T item) => [.. Enumerable.Repeat(item, 100)];

    private static byte[] Lossy(string text) => Encoding.UTF8.GetBytes(text);

    private static void AssertHarmless(string shown)
    {
        foreach (Rune rune in shown.EnumerateRunes())
        {
            UnicodeCategory category = Rune.GetUnicodeCategory(rune);
            Assert.False(
                category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator,
                $"U+{rune.Value:X4}");
        }
    }
}
