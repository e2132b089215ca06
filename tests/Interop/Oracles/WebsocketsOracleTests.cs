using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using WsProto.Extensions;
using WsProto.Interop.Tests;
using Wire = WsProto.Testing.Wire;

namespace WsProto.Tests.Oracles;

/// <summary>
/// The opening handshake, here and in websockets: both accept or both refuse, and agree on the same, except for what is listed.
/// </summary>
[Trait("Category", "Interop")]
public sealed class WebsocketsOracleTests
{
    /// <summary>Where websockets differs, with a case that shows it.</summary>
    private static readonly Differences<HandshakeCase> _differences = new(
        Compare,
        new(
            "It leaves Host to others.",
            (c, d) => Takes(d, ProtocolError.InvalidHost) && !c.HasRightHost,
            Server(Heads.Request("Host", null))),
        new("It leaves the target to others.",
            (c, d) => (Takes(d, ProtocolError.InvalidTarget) && !c.HasRightTarget)
                || (Takes(d, ProtocolError.MalformedHead) && Regex.IsMatch(c.Input, "^GET [^ ]*[^!-~ ]|^GET [^ ]*#|^GET  ")),
            Server([.. "GET *"u8, .. Heads.Request()[9..]])),
        new("It takes subprotocols that are named twice (RFC 6455 §4.1).",
            (c, d) => Takes(d, ProtocolError.InvalidSubprotocols) && !c.HasRightSubprotocols,
            Server(Heads.Request(null, null, "Sec-WebSocket-Protocol: chat, chat"))),
        new("It does not read offered extensions if it has none itself.",
            (c, d) => Takes(d, ProtocolError.MalformedExtensions) && c.Role == ConnectionRole.Server && c.Deflate is null,
            Server(Heads.Request(null, null, "Sec-WebSocket-Extensions: foo; a=\""))),
        new("It wants an extension on each line; here the lines are one list (RFC 9110 §5.6.1).",
            (c, d) => Refuses(d, "InvalidHeaderFormat") && Regex.IsMatch(c.Input, "(?i)extensions:[ ,]*\r"),
            Server(Heads.Request(null, null, "Sec-WebSocket-Extensions: foo", "Sec-WebSocket-Extensions: ,"), new DeflateParameters())),
        new("It agrees to compress with a window of 2^8 bytes, which zlib cannot do.",
            (c, d) => (d is { Here.Kind: "accept", There.Kind: "accept" } || Refuses(d, "ValueError"))
                && Regex.IsMatch(c.Input, "server_max_window_bits=8"),
            Server(
                Heads.Request(null, null, "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=8"),
                new DeflateParameters())),
        new("It takes a 101 with a body (RFC 9110 §8.6).",
            (c, d) => Takes(d, ProtocolError.SwitchingProtocolsBody) && c.HasBody,
            Client(Heads.Response(null, null, "Content-Length: 5"))),
        new("It refuses a request that says it has no body.",
            (c, d) => Refuses(d, "ValueError") && Regex.IsMatch(c.Input, "(?im)^content-length: *0\r"),
            Server(Heads.Request(null, null, "Content-Length: 0"))),
        new("It refuses a request with two origins; whom to trust is for the application here.",
            (c, d) => Refuses(d, "InvalidHeader") && Regex.Count(c.Input, "(?im)^origin:") > 1,
            Server(Heads.Request(null, null, "Origin: a", "Origin: b"))),
        new("It refuses a request to upgrade to something else beside websocket.",
            (c, d) => Refuses(d, "InvalidUpgrade") && Regex.Count(c.Input, "(?im)^upgrade:|^upgrade:.*,") > 1,
            Server(Heads.Request(null, null, "Upgrade: h2c"))),
        new("It wants nothing but tokens in Connection and Upgrade; here the one that is needed has to be there.",
            (c, d) => (Refuses(d, "UnicodeEncodeError") || Refuses(d, "InvalidHeaderFormat"))
                && Regex.IsMatch(c.Input, "(?im)^(connection|upgrade):(?! *[!#-'*+.^-z|~0-9A-Z-]+( *, *[!#-'*+.^-z|~0-9A-Z-]+)*\r)"),
            Server(Heads.Request(null, null, "Connection: \u00E9"))),
        new("It takes an Upgrade with empty elements; a client here wants nothing but websocket (RFC 6455 §4.1).",
            (c, d) => Takes(d, ProtocolError.MissingUpgradeWebSocket)
                && c.Role == ConnectionRole.Client
                && Regex.IsMatch(c.Input, "(?im)^upgrade:.*,"),
            Client(Heads.Response("Upgrade", ", websocket"))),
        new("An informational response refuses the handshake.",
            (c, d) => Refuses(d, "InvalidStatus") && c.Input.StartsWith("HTTP/1.1 103", StringComparison.Ordinal),
            Client([.. Wire.Head("HTTP/1.1 103 Early Hints"), .. Heads.Response()])),
        new("It wants a space after the status where there is no reason phrase.",
            (c, d) => Refuses(d, "ValueError") && Regex.IsMatch(c.Input, "^HTTP/1.1 101\r"),
            Client([.. "HTTP/1.1 101"u8, .. Heads.Response()["HTTP/1.1 101 Switching Protocols".Length..]])),
        new("It refuses an empty line before the request, which a server should pass over (RFC 9112 §2.2).",
            (c, d) => Refuses(d, "ValueError") && c.Input.StartsWith("\r\n", StringComparison.Ordinal),
            Server([.. "\r\n"u8, .. Heads.Request()])),
        new("It knows HTTP/1.1 and no later 1.x, which says the same (RFC 9110 §2.5).",
            (c, d) => Refuses(d, "ValueError") && Regex.IsMatch(c.Input, "^(GET [^\r]*)?HTTP/1.[2-9]"),
            Client([.. "HTTP/1.2"u8, .. Heads.Response()[8..]])),
        new("It wants reason phrases in UTF-8.",
            (c, d) => Refuses(d, "UnicodeDecodeError"),
            Client([.. "HTTP/1.1 101 \u00E9"u8[..^1], .. Heads.Response()[12..]])));

    public static readonly IReadOnlyList<object?[]> Examples = _differences.Rows;

    private static readonly OracleProcess _websockets = new(PeerKind.PythonWebsockets, "websockets_oracle.py");

    [Theory]
    [PythonWebsockets]
    public void Both_accept_the_same_handshakes(PeerKind peer)
    {
        Assert.Equal(PeerKind.PythonWebsockets, peer);
        Law.HoldsAlike(HandshakeCase.Arbitrary, Law.Many, _differences.Check);
    }

    /// <summary>A difference that is gone has to leave the list.</summary>
    [Theory]
    [PythonWebsockets(nameof(Examples))]
    public void Each_difference_is_there(PeerKind peer, int index)
    {
        Assert.Equal(PeerKind.PythonWebsockets, peer);
        _differences.CheckExample(index);
    }

    private static HandshakeCase Server(byte[] request, DeflateParameters? deflate = null) =>
        new(ConnectionRole.Server, deflate, new Move(request));

    private static HandshakeCase Client(byte[] response, DeflateParameters? deflate = null) =>
        new(ConnectionRole.Client, deflate, HandshakeCase.Ask(deflate), new Move(response));

    private static bool Takes(Divergence d, ProtocolError error) => d is { Here.Kind: "refuse", There.Kind: "accept" } && d.Error == error;

    private static bool Refuses(Divergence d, string exception) =>
        d is { Here.Kind: "accept", There.Kind: "refuse" } && d.There.Data.EndsWith(exception, StringComparison.Ordinal);

    private static Divergence? Compare(HandshakeCase c)
    {
        Verdict here = Judge(c, out ProtocolError? error);
        Verdict there = JudgeThere(c);
        return here == there with { Why = null } ? null : new Divergence(0, here.ToItem(), there.ToItem(), error);
    }

    private static Verdict Judge(HandshakeCase c, out ProtocolError? error)
    {
        using var connection = new WsConnection(c.Role, new WsConnectionOptions { Random = Rand.Fixed(Heads.Nonce) });
        if (c.Role == ConnectionRole.Client)
            connection.Send(c.Moves[0].Event!);
        connection.Receive(Wire.Latin1(c.Input));
        connection.TryReadEvent(out WsEvent? e);
        if (e is Request request)
            connection.Send(new AcceptConnection
            {
                Subprotocol = request.Subprotocols.FirstOrDefault(name => name == "chat"),
                Extensions = HandshakeCase.Template(c.Deflate),
            });
        error = (e as HandshakeFailed)?.Error;
        return e is Request or AcceptConnection
            ? new Verdict(
                "accept",
                connection.Subprotocol,
                connection.Extensions is [DeflateCodec deflate] ? HandshakeCase.Show(deflate.Parameters) : null)
            : new Verdict("refuse");
    }

    private static Verdict JudgeThere(HandshakeCase c) => _websockets.Ask<Verdict>(new JsonObject
    {
        ["role"] = c.Role == ConnectionRole.Client ? "client" : "server",
        ["key"] = Heads.Key,
        ["input"] = Convert.ToHexString(Wire.Latin1(c.Input)),
        ["subprotocols"] = c.Role == ConnectionRole.Client ? new JsonArray([.. HandshakeCase.Subprotocols]) : new JsonArray("chat"),
        ["deflate"] = c.Deflate is not { } deflate ? null : new JsonObject
        {
            ["server_no_context_takeover"] = deflate.ServerNoContextTakeover,
            ["client_no_context_takeover"] = deflate.ClientNoContextTakeover,
            ["server_max_window_bits"] = deflate.ServerMaxWindowBits < 15 ? deflate.ServerMaxWindowBits : null,
            ["client_max_window_bits"] = deflate.ClientMaxWindowBits < 15
                ? deflate.ClientMaxWindowBits
                : c.Role == ConnectionRole.Client ? true
                : null,
        },
    });

    /// <summary>What an end says to a handshake; why it refuses is known of the other one only.</summary>
    private sealed record Verdict(string Kind, string? Subprotocol = null, string? Deflate = null, string? Why = null)
    {
        public Item ToItem() => new(Kind, $"{Subprotocol} {Deflate} {Why}");
    }
}
