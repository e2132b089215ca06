// Heads of the opening handshake: valid ones, ones with a line missing, repeated or changed, and ones with bytes changed.

using System;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing.Generators;

/// <summary>
/// Generates heads of the opening handshake (RFC 6455 §4), mostly of some hundred bytes. About a third of the requests and a sixth of the
/// responses are valid.
/// </summary>
public static class HandshakeHeads
{
    private static readonly string[] _lines =
    [
        "Host: other.example", "Host: a b", "Upgrade: h2c", "upgrade: WebSocket", "Connection: keep-alive",
        "connection: keep-alive, UPGRADE", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: x",
        "Sec-WebSocket-Protocol: chat, superchat", "Sec-WebSocket-Protocol: chat", "Sec-WebSocket-Protocol: a b",
        "Sec-WebSocket-Extensions: foo; a=1; b=\"c\", bar", "Sec-WebSocket-Extensions: foo; a=\"", "Sec-WebSocket-Extensions: ,",
        "Content-Length: 0", "Content-Length: 5", "Transfer-Encoding: chunked", " folded", "no colon", "Space : before colon",
        "Empty:", "Lat\u00EFn: name", "Latin: valu\u00E9", "Sec-WebSocket-Accept: x", ": no name",
        "Bare\nLine: feed", "Bare\rCarriage: return", "Null: \0",
    ];

    /// <summary>
    /// Generates requests, with any start line, lines that are missing, repeated, added or changed, and bytes that are changed.
    /// </summary>
    public static Gen<byte[]> Requests { get; } =
        from start in Gen.Frequency((8, Gen.Constant(Heads.RequestLines[0])), (1, Gen.Elements(
            "POST /chat HTTP/1.1", "GET /chat HTTP/1.0", "GET /chat HTTP/2.0", "GET  / HTTP/1.1", "GET http://example.com/ HTTP/1.1",
            "GET * HTTP/1.1", "GET /#f HTTP/1.1", "", "\u0016\u0003\u0001")))
        from empty in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Choose(1, 3)))
        from head in Changed(start, Heads.RequestLines[1..])
        select Wire.Concat([.. Enumerable.Repeat(Wire.Ascii("\r\n"), empty), head]);

    /// <summary>Generates responses to <see cref="Heads.Request"/>.</summary>
    internal static Gen<byte[]> Responses { get; } = ResponsesTo(Heads.ResponseLines);

    /// <summary>
    /// Generates responses to a request: up to 18 informational ones (RFC 9110 §15.2), then a 101 with the same faults as requests have,
    /// another status, or a refusal with a body that may not fit its framing.
    /// </summary>
    /// <param name="request">The request of a client, with its key.</param>
    /// <returns>The generator.</returns>
    public static Gen<byte[]> ResponsesTo(byte[] request) => ResponsesTo(Heads.ResponseLinesTo(Heads.AcceptFor(request)));

    /// <summary>
    /// Generates copies of some bytes with up to three changes: a byte replaced, removed or repeated, a bit flipped, or the rest cut off.
    /// It works with any protocol.
    /// </summary>
    /// <param name="bytes">The bytes to change.</param>
    /// <returns>The generator.</returns>
    public static Gen<byte[]> Mutated(byte[] bytes) =>
        from count in Gen.Frequency((2, Gen.Constant(0)), (1, Gen.Choose(1, 3)))
        from changes in Gen.Choose(0, int.MaxValue - 1).ArrayOf(count)
        select changes.Aggregate(bytes, Change);

    private static Gen<byte[]> ResponsesTo(string[] lines) =>
        from before in Gen.Frequency((4, Gen.Constant(0)), (1, Gen.Choose(1, 18)))
        from response in Gen.Frequency(
            (3, Changed(lines[0], lines[1..])),
            (1, StatusLines.SelectMany(start => Changed(start, lines[1..]))),
            (2, Refusals))
        select Wire.Concat([.. Enumerable.Repeat(Wire.Head("HTTP/1.1 103 Early Hints", "Link: </a>"), before), response]);

    private static Gen<string> StatusLines => Gen.Elements(
        "HTTP/1.1 200 OK", "HTTP/1.1 403", "HTTP/1.1 204 No Content", "HTTP/1.0 101 Switching Protocols", "HTTP/1.1 503 Not now",
        "HTTP/1.1 999 Odd", "HTTP/1.1 099 Odd", "HTTP/1.1 1OO x", "ICY 200 OK");

    /// <summary>Generates refusals with each framing of a body (RFC 9112 §6.3), which may not fit.</summary>
    private static Gen<byte[]> Refusals =>
        from framing in Gen.Elements(
            "Transfer-Encoding: chunked", "Transfer-Encoding: gzip", "Content-Length: 5", "Content-Length: x", "Content-Length: 0", "X: y")
        from body in Bodies
        from bytes in Mutated(Wire.Concat(Wire.Head("HTTP/1.1 403 Forbidden", framing), body))
        select bytes;

    private static Gen<byte[]> Bodies => Gen.Frequency(
        (2, Bytes.Any),
        (1, Gen.Constant(Wire.Ascii("hello"))),
        (3, from chunks in Gen.Choose(0, 4).SelectMany(count => Bytes.Control.Where(chunk => chunk.Length > 0).ListOf(count))
            from end in Gen.Elements("0\r\n\r\n", "0\r\nTrailer: x\r\n\r\n", "0;x=y\r\n\r\n", "", "zz\r\n", "00000000000\r\n\r\n", "-1\r\n")
            select Wire.Concat([.. chunks.Select(Chunk), Wire.Ascii(end)])));

    private static Gen<byte[]> Changed(string start, string[] lines) =>
        from left in Gen.Frequency((3, Gen.Constant(lines)), (1, Spoiled(lines)))
        from more in Gen.Frequency((3, Gen.Constant(0)), (2, Gen.Choose(1, 3))).SelectMany(count => Gen.Elements(_lines).ArrayOf(count))
        from good in Headers.Lists
        from head in Mutated(Wire.Head([start, .. left, .. good.Select(field => $"{field.Name}: {field.Value}"), .. more]))
        select head;

    /// <summary>Generates lines of which one is missing, or has another value.</summary>
    private static Gen<string[]> Spoiled(string[] lines) =>
        from at in Gen.Choose(0, lines.Length - 1)
        from value in Gen.Frequency(
            (1, Gen.Constant<string?>(null)),
            (2, Gen.Elements<string?>("", "8", "x", "a b", "keep-alive, UPGRADE", "chat")))
        let spoiled = value is null ? Array.Empty<string>() : [$"{lines[at].Split(':')[0]}: {value}"]
        select (string[])[.. lines[..at], .. spoiled, .. lines[(at + 1)..]];

    private static byte[] Chunk(byte[] data) => Wire.Concat(Wire.Ascii($"{data.Length:x}\r\n"), data, Wire.Ascii("\r\n"));

    private static byte[] Change(byte[] bytes, int number)
    {
        if (bytes.Length == 0)
            return bytes;
        int at = number / 1024 % bytes.Length;
        return (number & 3) switch
        {
            0 => [.. bytes[..at], (byte)(number >> 2), .. bytes[(at + 1)..]],
            1 => [.. bytes[..at], .. bytes[(at + 1)..]],
            2 => [.. bytes[..at], bytes[at], .. bytes[at..]],
            _ => (number & 4) == 0 ? bytes[..at] : [.. bytes[..at], (byte)(bytes[at] ^ (1 << ((number >> 3) & 7))), .. bytes[(at + 1)..]],
        };
    }
}
