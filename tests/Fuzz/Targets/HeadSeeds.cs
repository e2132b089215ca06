// Heads to begin with: those that are right, and one for each way to be wrong.

using WsProto.Tests;

namespace WsProto.Fuzz.Targets;

internal static class HeadSeeds
{
    private static readonly Scene _plain = new(SceneFlags.None);

    public static IEnumerable<Seed> Requests(Scene scene)
    {
        foreach ((string name, byte[] head) in RequestHeads())
            yield return new Seed(name, scene.With(head));
        yield return new Seed("cut-byte-by-byte", (scene with { Cut = 1 }).With(Heads.Request()));
        yield return new Seed("end-inside", (scene with { Flags = scene.Flags | SceneFlags.EndOfStream }).With(Heads.Request()[..40]));
        yield return new Seed("as-many-headers-as-allowed", (scene with { Head = 2 }).With(Heads.Request(null, null, "A: 1")));
        yield return new Seed("one-header-too-many", (scene with { Head = 2 }).With(Heads.Request(null, null, "A: 1", "B: 2")));
        for (byte limits = 1; limits < 7; limits++)
            yield return new Seed($"limits-{limits}", (scene with { Head = limits, Cut = 63 })
                .With(Heads.Request(null, null, "Origin: https://example.com", "X: " + new string('x', 60), "Y:", "Z: 1", "Y: 2")));
    }

    public static IEnumerable<Seed> Responses()
    {
        foreach ((string name, byte[] head) in ResponseHeads())
            yield return new Seed(name, _plain.With(head));
        yield return new Seed("cut-byte-by-byte", (_plain with { Cut = 1 }).With(Heads.Response()));
        yield return new Seed(
            "with-extension",
            (_plain with { Extension = 1, Script = 1 << 3 }).With(
                Heads.Response(null, null, "Sec-WebSocket-Extensions: permessage-deflate", "Sec-WebSocket-Protocol: chat"),
                Wire.Hex("C1 07 F2 48 CD C9 C9 07 00")));
        yield return new Seed("required", (_plain with { Extension = 1, Script = 7 << 3 }).With(Heads.Response()));
        yield return new Seed("end-inside-body", (_plain with { Flags = SceneFlags.EndOfStream })
            .With(Wire.Head("HTTP/1.1 404 Not Found", "Content-Length: 9"), Wire.Ascii("gone")));
        yield return new Seed("body-up-to-the-end", (_plain with { Flags = SceneFlags.EndOfStream, Cut = 2 })
            .With(Wire.Head("HTTP/1.1 404 Not Found"), Wire.Ascii("nothing here")));
        for (byte limits = 1; limits < 7; limits++)
            yield return new Seed($"limits-{limits}", (_plain with { Head = limits, Cut = 63 }).With(
                Wire.Head("HTTP/1.1 503 Busy", "Retry-After: 5", "Transfer-Encoding: chunked"),
                Wire.Ascii("b;x=y\r\nhello world\r\n0\r\nT: 1\r\n\r\n")));
    }

    private static IEnumerable<(string Name, byte[] Head)> RequestHeads() =>
    [
        ("right", Heads.Request()),
        ("everything", Heads.Request(
            "Connection", "keep-alive, Upgrade", "Origin: https://example.com", "Sec-WebSocket-Protocol: chat, superchat",
            "Sec-WebSocket-Protocol: other",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits; server_max_window_bits=10, x; a=\"b\"", "Cookie: a=b")),
        ("absolute-target", Wire.Head(["GET http://other.example/chat?a=b HTTP/1.1", .. Heads.RequestLines[1..]])),
        ("lower-case",
            Wire.Head(
            [
                "GET / HTTP/1.1",
                .. Heads.RequestLines[1..].Select(line => line.StartsWith("Sec-WebSocket-Key", StringComparison.Ordinal)
                    ? line.Replace("Sec-WebSocket-Key", "sec-websocket-key", StringComparison.Ordinal)
                    : line.Replace("Upgrade", "upgrade", StringComparison.Ordinal)),
            ])),
        ("post", Wire.Head(["POST /chat HTTP/1.1", .. Heads.RequestLines[1..]])),
        ("http-1.0", Wire.Head(["GET /chat HTTP/1.0", .. Heads.RequestLines[1..]])),
        ("http-2.0", Wire.Head(["GET /chat HTTP/2.0", .. Heads.RequestLines[1..]])),
        ("target", Wire.Head(["GET chat HTTP/1.1", .. Heads.RequestLines[1..]])),
        ("no-host", Heads.Request("Host")),
        ("two-hosts", Heads.Request(null, null, "Host: other")),
        ("no-upgrade", Heads.Request("Upgrade")),
        ("no-connection", Heads.Request("Connection", "close")),
        ("version-8", Heads.Request("Sec-WebSocket-Version", "8")),
        ("no-version", Heads.Request("Sec-WebSocket-Version")),
        ("short-key", Heads.Request("Sec-WebSocket-Key", "abc=")),
        ("body", Heads.Request(null, null, "Content-Length: 5")),
        ("chunked", Heads.Request(null, null, "Transfer-Encoding: chunked")),
        ("subprotocol-twice", Heads.Request(null, null, "Sec-WebSocket-Protocol: chat, chat")),
        ("extensions", Heads.Request(null, null, "Sec-WebSocket-Extensions: a; b=\"c")),
        ("bare-line-feed", Wire.Ascii("GET / HTTP/1.1\nHost: a\n\n")),
        ("line-feed-after-anything", [.. Heads.Request().Select(b => b == '\r' ? (byte)0 : b)]),
        ("folded", Heads.Request(null, null, "X: a", " b")),
        ("space-before-colon", Heads.Request(null, null, "X : a")),
        ("nul-byte", Heads.Request(null, null, "X: \0")),
        ("latin-1", Heads.Request(null, null, "X: \xFF\xE9")),
        ("tls-hello", [0x16, 0x03, 0x01, 0x02, 0x00]),
        ("frame-at-once", [.. Heads.Request(), .. Wire.FrameFor(ConnectionRole.Server, Opcode.Text, Wire.Ascii("early"))]),
    ];

    private static IEnumerable<(string Name, byte[] Head)> ResponseHeads() =>
    [
        ("right", Heads.Response()),
        ("right-and-frame", [.. Heads.Response(), .. Wire.FrameFor(ConnectionRole.Client, Opcode.Text, Wire.Ascii("early"))]),
        ("early-hints",
            [.. Wire.Head("HTTP/1.1 103 Early Hints", "Link: </a>"), .. Wire.Head("HTTP/1.1 100 Continue"), .. Heads.Response()]),
        ("informational", [.. Enumerable.Repeat(Wire.Head("HTTP/1.1 100 Continue"), 17).SelectMany(head => head)]),
        ("no-reason", Wire.Head(["HTTP/1.1 101", .. Heads.ResponseLines[1..]])),
        ("wrong-accept", Heads.Response("Sec-WebSocket-Accept", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=")),
        ("no-upgrade", Heads.Response("Upgrade")),
        ("no-connection", Heads.Response("Connection")),
        ("subprotocol", Heads.Response(null, null, "Sec-WebSocket-Protocol: other")),
        ("extension", Heads.Response(null, null, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99")),
        ("body-on-101", Heads.Response(null, null, "Content-Length: 5")),
        ("refusal", [.. Wire.Head("HTTP/1.1 403 Forbidden", "Content-Length: 2"), .. Wire.Ascii("No, no")]),
        ("refusal-without-body", Wire.Head("HTTP/1.1 204 No Content")),
        ("refusal-empty", Wire.Head("HTTP/1.1 302 Found", "Location: /", "Content-Length: 0")),
        ("chunked", [.. Wire.Head("HTTP/1.1 500 Oops", "Transfer-Encoding: chunked"), .. Wire.Ascii("5\r\nhello\r\n00\r\n\r\n")]),
        ("chunk-size", [.. Wire.Head("HTTP/1.1 500 Oops", "Transfer-Encoding: chunked"), .. Wire.Ascii("ffffffff\r\nhello")]),
        ("two-lengths", Wire.Head("HTTP/1.1 500 Oops", "Content-Length: 1", "Content-Length: 1")),
        ("http-1.0", Wire.Head(["HTTP/1.0 101 Switching Protocols", .. Heads.ResponseLines[1..]])),
        ("not-http", Wire.Ascii("SSH-2.0-OpenSSH\r\n")),
    ];
}
