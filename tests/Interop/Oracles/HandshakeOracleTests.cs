using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using WsProto.Interop.Tests;
using Wire = WsProto.Testing.Wire;

namespace WsProto.Tests.Oracles;

/// <summary>The opening handshake, here and in wsproto: the same requests, answers and states, except for what is listed.</summary>
[Trait("Category", "Interop")]
public sealed class HandshakeOracleTests
{
    /// <summary>Bytes that only a memory of all of them makes smaller the second time.</summary>
    private static readonly Said _noise = new(false, [.. Enumerable.Range(0, 60).SelectMany(i => SHA256.HashData([(byte)i]))], [], []);

    /// <summary>Where wsproto differs on purpose, with a case that shows it.</summary>
    private static readonly Differences<HandshakeCase> _differences = new(
        Compare,
        new("B6: after a failure its state stays as it was; here a client is closed, and either end once the stream has ended.",
            (c, d) => d is
            {
                Here: { Kind: "state", Data: "closed" },
                There: { Kind: "state", Data: "connecting" or "rejecting" },
                Error: not null
            },
            Client(Heads.Response("Upgrade", null))),
        new("It says that a handshake has failed with everything that comes later, once more.",
            (c, d) => d is { Here: null, There.Kind: "failed" or "raised" } && c.HasFailedBefore(d.Move),
            new(ConnectionRole.Server, null, new Move([0]), new Move([0]))),
        new("The end of the stream is nothing to a server of it that has no whole request, or has not answered it.",
            (c, d) => d is { Here.Kind: "failed", There: null, Error: ProtocolError.HandshakeIncomplete },
            new(ConnectionRole.Server, null, new Move(Heads.Request()), Move.End)),
        new("It judges a head, and the line before a chunk, once all of it has come; here the first line that breaks a rule is enough.",
            (c, d) => d is { Here.Kind: "failed", There: null, Error: ProtocolError.MalformedHead or ProtocolError.MalformedRejectBody },
            Server(Wire.Ascii("GET  / HTTP/1.1\r\nno colon\r\n"))),
        new("Where several rules are broken, it may name another.",
            (c, d) => d is { Here.Kind: "failed", There.Kind: "failed" },
            Server(Wire.Head("GET * HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 8"))),
        new("B16: no bytes are the end of the stream, until the handshake is over.",
            (c, d) => d.There is { Kind: "raised", Data: "RuntimeError" } && Array.Exists(c.Moves[..d.Move], move => move.Received is []),
            new(ConnectionRole.Server, null, new Move([]), new Move(Heads.Request()))),
        new("B3: what came before the answer is lost.",
            (c, d) => d is { Here: not null, There: null or { Kind: "ping" } }
                && Array.Exists(c.Moves[..d.Move], move => move.Event is AcceptConnection),
            new(
                ConnectionRole.Server,
                null,
                new Move([.. Heads.Request(), .. Wire.FrameFor(ConnectionRole.Server, Opcode.Text, [])]),
                Move.Send(new AcceptConnection()),
                new Move(Wire.FrameFor(ConnectionRole.Server, Opcode.Ping, [])))),
        new("B7, B8, C10: bytes that are no ASCII, and parameters that are not what it expects, raise exceptions of Python's.",
            (c, d) => d.There is { Kind: "raised", Data: "UnicodeDecodeError" or "UnicodeError" or "ValueError" or "IndexError" },
            Server(Heads.Request("Host", "\u00FC"))),
        new("B10: of repeated headers the last one wins; lists over several lines are joined here.",
            (c, d) => d is { Here.Kind: "request" or "accept", There.Kind: "failed" or "accept" }
                && Repeats(c.Input, "connection", "upgrade", "sec-websocket-extensions"),
            Server(Heads.Request(null, null, "Connection: keep-alive"))),
        new("B10, W7: of repeated headers the last one wins; here what has to be single is refused.",
            (c, d) => Takes(
                d, ProtocolError.MissingVersion, ProtocolError.InvalidAccept, ProtocolError.MissingUpgradeWebSocket,
                ProtocolError.UnrequestedSubprotocol)
                && Repeats(c.Input, "sec-websocket-version", "sec-websocket-accept", "upgrade", "sec-websocket-protocol"),
            Server(Heads.Request(null, null, "Sec-WebSocket-Version: 13"))),
        new("W6: it takes Upgrade for a single value; a request may name more protocols.",
            (c, d) => d is { Here.Kind: "request", There.Kind: "failed" } && Regex.IsMatch(c.Input, "(?im)^upgrade:.*,"),
            Server(Heads.Request("Upgrade", "websocket, h2c"))),
        new("W34: it takes bare line feeds, folded lines and control bytes in a head.",
            (c, d) => Takes(d, ProtocolError.MalformedHead)
                && Regex.IsMatch(c.Input, "[^\r]\n|\n[ \t]|[\0-\b\v\f\u000E-\u001F\u007F]|\r[^\n]"),
            Server(Heads.Request(null, null, "a: b", " folded"))),
        new("It takes a fragment in a target, which is never sent (RFC 9112 §3.2).",
            (c, d) => Takes(d, ProtocolError.MalformedHead) && Regex.IsMatch(c.Input, "^GET [^ ]*#"),
            Server([.. "GET /#f"u8, .. Heads.Request()[9..]])),
        new("It fails at a status below 100, which a client should read like one of 500 to 599 (RFC 9110 §15).",
            (c, d) => d is { Here.Kind: "reject", There.Kind: "failed" } && Regex.IsMatch(c.Input, "HTTP/... 0"),
            Client(Wire.Head("HTTP/1.1 099 Odd"))),
        new("It refuses an empty line before the request, which a server should pass over (RFC 9112 §2.2).",
            (c, d) => d is { Here: null or { Kind: "request" }, There.Kind: "failed" } && c.Input.StartsWith('\r'),
            Server([.. "\r\n"u8, .. Heads.Request()])),
        new("W4, C12: it takes any version of HTTP.",
            (c, d) => Takes(d, ProtocolError.UnsupportedHttpVersion) && !c.Input.Contains("HTTP/1.1", StringComparison.Ordinal),
            Client([.. "HTTP/1.0"u8, .. Heads.Response()[8..]])),
        new(
            "W5, C13: it takes any key.",
            (c, d) => Takes(d, ProtocolError.InvalidKey) && !c.HasRightKey,
            Server(Heads.Request("Sec-WebSocket-Key", "x"))),
        new(
            "W8: it takes any subprotocols.",
            (c, d) => Takes(d, ProtocolError.InvalidSubprotocols) && !c.HasRightSubprotocols,
            Server(Heads.Request(null, null, "Sec-WebSocket-Protocol: a b"))),
        new(
            "W9: it takes any target.",
            (c, d) => Takes(d, ProtocolError.InvalidTarget) && !c.HasRightTarget,
            Server([.. "GET *"u8, .. Heads.Request()[9..]])),
        new(
            "W9: it takes any host.",
            (c, d) => Takes(d, ProtocolError.InvalidHost) && !c.HasRightHost,
            Server(Heads.Request("Host", "a b"))),
        new("W9: it takes the host from the header, although a target has one of its own (RFC 9112 §3.2.2).",
            (c, d) => d is { Here.Kind: "request", There.Kind: "request" } && c.Input.StartsWith("GET http://", StringComparison.Ordinal),
            Server([.. "GET http://a/"u8, .. Heads.Request()[9..]])),
        new(
            "W10: it takes a body.",
            (c, d) => Takes(d, ProtocolError.RequestBody) && c.HasBody,
            Server(Heads.Request(null, null, "Content-Length: 5"))),
        new(
            "It takes a 101 with a body (RFC 9110 §8.6).",
            (c, d) => Takes(d, ProtocolError.SwitchingProtocolsBody) && c.HasBody,
            Client(Heads.Response(null, null, "Content-Length: 5"))),
        new("It leaves out a second Content-Length that says the same.",
            (c, d) => d is { Here.Kind: "request" or "reject" }
                && Repeats(c.Input, "content-length")
                && AreAlike(d, "content-length", _ => ""),
            Server(Heads.Request(null, null, "Content-Length: 0", "Content-Length: 0"))),
        new("It tells of a Content-Length of 0 in a 101; here it is taken for what it is, and left out.",
            (_, d) => d is { Here.Kind: "accept" } && AreAlike(d, "content-length", _ => ""),
            Client(Heads.Response(null, null, "Content-Length: 0"))),
        new("W15, B19, C21: it splits extensions at commas and knows no grammar.",
            (c, d) => Takes(d, ProtocolError.MalformedExtensions),
            Server(Heads.Request(null, null, "Sec-WebSocket-Extensions: foo; a=\""))),
        new("W3, C23: it has no limit for a head that comes at once.",
            (c, d) => Takes(d, ProtocolError.TooManyHeaders)
                && c.Input.Count(octet => octet == '\n') > WsConnectionOptions.Default.MaxHeaderCount,
            Server(Heads.Request(null, null, [.. Enumerable.Repeat("a: b", 2_000)]))),
        new("It has no limit for the body of a refusal; here it is 64 KiB.",
            (c, d) => Takes(d, ProtocolError.RejectBodyTooLarge) && c.Input.Length > 64 * 1024,
            Client([.. Wire.Head("HTTP/1.1 403 Forbidden"), .. new byte[70_000]])),
        new("B15, C14: an informational response refuses the handshake.",
            (c, d) => d.There is { Kind: "reject", Data: ['1', ..] },
            Client([.. Wire.Head("HTTP/1.1 103 Early Hints"), .. Heads.Response()])),
        new("To it every refusal has a body.",
            (c, d) => d is { Here: { Kind: "reject", Message: false }, There: { Kind: "reject", Message: true } }
                && d.Here with { Message = true } == d.There,
            Client(Wire.Head("HTTP/1.1 204 No Content"))),
        new("It takes bodies whose framing is ambiguous (RFC 9112 §6.3).",
            (c, d) => Takes(d, ProtocolError.MalformedRejectBody),
            Client(Wire.Head("HTTP/1.1 403 Forbidden", "Content-Length: 5", "Transfer-Encoding: chunked"))),
        new("It judges the framing of a body where there can be none (RFC 9112 §6.3).",
            (c, d) => d is { Here: { Kind: "reject", Message: false }, There.Kind: "failed" }
                && Regex.IsMatch(c.Input, "HTTP/1.. (204|304)")
                && c.HasBody,
            Client(Wire.Head("HTTP/1.1 204 No Content", "Content-Length: 5", "Content-Length: x"))),
        new("It writes the coding of a body in small letters.",
            (_, d) => d is { Here.Kind: "reject" } && AreAlike(d, "transfer-encoding", match => match.Value.ToLowerInvariant()),
            Client(Wire.Head("HTTP/1.1 403 Forbidden", "Transfer-Encoding: Chunked"))),
        new("It reads the trailer behind a body in chunks; here its lines are passed over (RFC 9112 §7.1.2).",
            (c, d) => d is { Here: { Kind: "body", Frame: true }, There.Kind: "failed" } && c.Role == ConnectionRole.Client
                && Regex.IsMatch(c.Input, "(?i)transfer-encoding: *chunked") && Regex.IsMatch(c.Input, "\n0+[^\r\n]*\r\n[^\r\n]"),
            Client([.. Wire.Head("HTTP/1.1 403 Forbidden", "Transfer-Encoding: chunked"), .. "0\r\nno colon\r\n\r\n"u8])),
        new("It sees at once that a chunk goes on beyond its size; here its line has to end first.",
            (c, d) => d is { Here: null or { Kind: "body", Frame: false }, There.Kind: "failed" }
                && c.Role == ConnectionRole.Client
                && Regex.IsMatch(c.Input, "(?i)transfer-encoding: *chunked"),
            Client([.. Wire.Head("HTTP/1.1 403 Forbidden", "Transfer-Encoding: chunked"), .. "1\r\nab"u8])),
        new("It calls bytes after the body of a refusal by HTTP/1.0 a fault.",
            (c, d) => d is { Here: null, There.Kind: "failed" }
                && c.Role == ConnectionRole.Client
                && Regex.IsMatch(c.Input, "^HTTP/(0|1.0)"),
            new(
                ConnectionRole.Client,
                null,
                HandshakeCase.Ask(null),
                new Move(Wire.Ascii("HTTP/1.0 403\r\nContent-Length: 1\r\n\r\nabc")))),
        new("W32: its refusals do not say that the connection ends.",
            (c, d) => d is { Here.Kind: "wrote", There.Kind: "wrote" } && c.Moves[d.Move].Event is RejectConnection,
            new(ConnectionRole.Server, null, new Move(Heads.Request()), Move.Send(new RejectConnection()))),
        new("A server of it makes its own window smaller without telling, which the RFC allows (RFC 7692 §7.1.2.1).",
            (c, d) => Answers(d)
                && c.Deflate!.ServerMaxWindowBits < 15
                && !c.Input.Contains("server_max_window_bits", StringComparison.Ordinal),
            Server(
                Heads.Request(null, null, "Sec-WebSocket-Extensions: permessage-deflate"),
                new DeflateParameters { ServerMaxWindowBits = 10 })),
        new("A server of it declines a window of 2^8, which zlib cannot use; here it looks back one byte only (RFC 7692 §7.1.2.1).",
            (c, d) => Answers(d) && c.Input.Contains("server_max_window_bits=8", StringComparison.Ordinal),
            Server(
                Heads.Request(null, null, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8"),
                new DeflateParameters())),
        new("B13: an offer of a larger window overrides its settings.",
            (c, d) => Answers(d) && Regex.Matches(c.Input, "(server|client)_max_window_bits=([0-9]+)").Any(match =>
                int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) > (match.Groups[1].Value == "server"
                    ? c.Deflate!.ServerMaxWindowBits
                    : c.Deflate!.ClientMaxWindowBits)),
            Server(
                Heads.Request(null, null, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=12"),
                new DeflateParameters { ServerMaxWindowBits = 10 })),
        new("B11, C7: of several offers it takes all.",
            (c, d) => Answers(d) && Regex.IsMatch(c.Input, "(?i)permessage-deflate.*,[ ]*permessage-deflate"),
            Server(
                Heads.Request(
                    null, null,
                    "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=9, "
                        + "permessage-deflate; client_no_context_takeover"),
                new DeflateParameters())),
        new("W16, C6: it takes offers with unknown parameters, or without the value that has to be there.",
            (c, d) => Answers(d) && Regex.IsMatch(c.Input, "permessage-deflate; *(foo|server_max_window_bits\r)"),
            Server(Heads.Request(null, null, "Sec-WebSocket-Extensions: permessage-deflate; foo"), new DeflateParameters())),
        new("B12: it inflates with the window of its settings, although that was not agreed on.",
            (c, d) => d is { Here.Kind: "bytes", There: { Kind: "failed", Data: "1007" } } && c.Deflate!.ClientMaxWindowBits < 15,
            new(ConnectionRole.Server, new DeflateParameters { ClientMaxWindowBits = 9 }, [
                .. Server(
                    Heads.Request(null, null, "Sec-WebSocket-Extensions: permessage-deflate"),
                    new DeflateParameters { ClientMaxWindowBits = 9 }).Moves,
                new Move(FrameCase.Compressed(ConnectionRole.Server, new DeflateParameters(), new Talk([_noise, _noise])))])),
        new("B14, C9: a client of it takes any answer to its offer of compression.",
            (c, d) => Takes(d, ProtocolError.InvalidExtensionParameters, ProtocolError.UnofferedExtension),
            Client(Heads.Response(null, null, "Sec-WebSocket-Extensions: permessage-deflate; foo"), new DeflateParameters())));

    public static readonly IReadOnlyList<object?[]> Examples = _differences.Rows;

    private static readonly OracleProcess _wsproto = new(PeerKind.PythonWsproto, "wsproto_oracle.py");

    [Theory]
    [PythonWsproto]
    public void An_opening_handshake_goes_as_in_wsproto(PeerKind peer)
    {
        Assert.Equal(PeerKind.PythonWsproto, peer);
        Law.HoldsAlike(HandshakeCase.Arbitrary, 2_500, _differences.Check);
    }

    /// <summary>A difference that is gone has to leave the list.</summary>
    [Theory]
    [PythonWsproto(nameof(Examples))]
    public void Each_difference_is_there(PeerKind peer, int index)
    {
        Assert.Equal(PeerKind.PythonWsproto, peer);
        _differences.CheckExample(index);
    }

    /// <summary>Whether both tell the same but for a header, once its lines are made alike.</summary>
    private static bool AreAlike(Divergence d, string header, MatchEvaluator alike)
    {
        return d is { Here: { } here, There: { } there } && Plain(here) == Plain(there);

        Item Plain(Item item) => item with { Data = Regex.Replace(Regex.Replace(item.Data, $"{header}: [^|]*", alike), "[| ]", "") };
    }

    private static HandshakeCase Server(byte[] request, DeflateParameters? deflate = null) =>
        new(ConnectionRole.Server, deflate, new Move(request), HandshakeCase.Accept(null, deflate));

    private static HandshakeCase Client(byte[] response, DeflateParameters? deflate = null) =>
        new(ConnectionRole.Client, deflate, HandshakeCase.Ask(deflate), new Move(response));

    /// <summary>Whether the answers of two servers differ, or one is none.</summary>
    private static bool Answers(Divergence d) => d is { Here.Kind: "wrote", There.Kind: "wrote" }
        && (d.Here.Data + d.There.Data).Contains("sec-websocket-extensions", StringComparison.Ordinal);

    /// <summary>Whether wsproto goes on where an error is found here.</summary>
    private static bool Takes(Divergence d, params ProtocolError[] errors) =>
        d is { Here.Kind: "failed", There.Kind: "request" or "accept" or "reject" or "body", Error: { } error } && errors.Contains(error);

    private static bool Repeats(string head, params string[] names) => names.Any(name => Regex.Count(head, $"(?im)^{name}:") > 1);

    private static Divergence? Compare(HandshakeCase c) => Divergence.Find(c.PlayHere(), c.PlayThere(_wsproto), byMessage: false);
}
