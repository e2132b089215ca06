// An opening handshake, as either end lives it: a request to a server and its answer, or the responses that a client gets.

using System.Text;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Extensions;
using WsProto.Negotiation;

namespace WsProto.Tests.Oracles;

/// <param name="Role">Of the end that is looked at.</param>
/// <param name="Deflate">The settings of its compression, if it has any.</param>
/// <param name="Moves">What happens. A client begins with its request; a server answers at the end.</param>
internal sealed record HandshakeCase(ConnectionRole Role, DeflateParameters? Deflate, params Move[] Moves)
{
    /// <summary>What a client asks for.</summary>
    public static readonly string[] Subprotocols = ["superchat", "chat"];

    private static readonly Gen<string[]> _extensions = Gen.Frequency((2, Gen.Constant(Array.Empty<string>())), (3, Gen.Elements(
        "permessage-deflate", "permessage-deflate; client_max_window_bits", "permessage-deflate; server_no_context_takeover",
        "permessage-deflate; client_no_context_takeover",
        "permessage-deflate; client_max_window_bits=10", "permessage-deflate; server_max_window_bits=12; client_max_window_bits",
        "permessage-deflate; server_max_window_bits=9",
        "foo, permessage-deflate", "foo; a=1", "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; client_max_window_bits=16", "permessage-deflate; foo",
        "permessage-deflate; server_max_window_bits", "permessage-deflate, permessage-deflate; client_max_window_bits")
        .Select(value => new[] { $"Sec-WebSocket-Extensions: {value}" })));

    private static readonly Gen<HandshakeCase> _any =
        from role in Gen.Elements(ConnectionRole.Client, ConnectionRole.Server)
        from deflate in Gen.OneOf(Gen.Constant<DeflateParameters?>(null), FrameCase.Parameters)
        from head in role == ConnectionRole.Server ? HandshakeHeads.Requests : HandshakeHeads.Responses
        from token in Gen.Frequency((9, Gen.Constant(Heads.Accept)), (1, Gen.Constant(Heads.Accept.ToUpperInvariant())))
        from extensions in _extensions
        from frames in Gen.Frequency(
            (5, Gen.Constant(Array.Empty<byte>())),
            (1, Gen.Constant(Wire.FrameFor(role, Opcode.Text, Wire.Utf8("early")))))
        from cutting in Cutting.Any
        from end in Gen.Elements(false, false, true)
        from answer in Gen.Frequency<Move[]>(
            (4, Gen.Constant<Move[]>([Accept(null, deflate)])),
            (2, Gen.Constant<Move[]>([Accept("chat", deflate)])),
            (1, Gen.Constant<Move[]>([Move.Send(new RejectConnection { StatusCode = 403 })])),
            (1, Gen.Constant<Move[]>([Move.Send(new RejectConnection { HasBody = true }), Move.Send(new RejectData("no"u8.ToArray()))])))
        from after in Gen.Frequency(
            (2, Gen.Constant<Move[]>([])),
            (1, Gen.Constant<Move[]>([new Move(Wire.FrameFor(role, Opcode.Ping, []))])))
        let input = Move.Cut([.. With(Replace(head, Heads.Accept, token), extensions), .. frames], cutting)
            .Where(move => move.Received!.Length > 0)
            .Select(move => move with { Reads = true })
        let ended = end ? [.. input, Move.End] : input
        select role == ConnectionRole.Server
            ? new HandshakeCase(role, deflate, [.. ended, .. answer, .. after])
            : new HandshakeCase(role, deflate, [Ask(deflate), .. ended]);

    /// <summary>A client goes on beginning with its request; no bytes are the end of the stream to wsproto.</summary>
    public static Arbitrary<HandshakeCase> Arbitrary => Arb.From(_any, c =>
    {
        int kept = c.Role == ConnectionRole.Client ? 1 : 0;
        return Move.Shrink(c.Moves[kept..])
            .Where(moves => !Array.Exists(moves, move => move.Received is []))
            .Select(moves => c with { Moves = [.. c.Moves[..kept], .. moves] });
    });

    /// <summary>All that is received, as text.</summary>
    public string Input => Encoding.Latin1.GetString([.. Moves.SelectMany(move => move.Received ?? [])]);

    // What is plainly right, by an eye of its own: a difference must not hide that such a head is refused here.

    public bool HasRightKey =>
        Regex.Count(Input, "(?im)^sec-websocket-key:") == 1 && Regex.IsMatch(Input, "(?im)^sec-websocket-key: [A-Za-z0-9+/]{22}==\r");

    public bool HasRightHost => Regex.Count(Input, "(?im)^host:") == 1 && Regex.IsMatch(Input, "(?im)^host: [a-z0-9.-]+\r");

    public bool HasRightTarget => Regex.IsMatch(Input, "^GET /[a-z/]* HTTP/1.1\r");

    public bool HasRightSubprotocols
    {
        get
        {
            string[] names =
            [
                .. Regex.Matches(Input, "(?im)^sec-websocket-protocol:(.*)\r")
                    .SelectMany(line => line.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries)),
            ];
            return Array.TrueForAll(names, name => Regex.IsMatch(name, "^[a-z]+$")) && names.Distinct().Count() == names.Length;
        }
    }

    /// <summary>Whether the head speaks of a body that is not empty.</summary>
    public bool HasBody => Regex.IsMatch(Input, "(?im)^(transfer-encoding:|content-length:(?! *0 *\r))");

    /// <summary>Whether the handshake failed before a move.</summary>
    public bool HasFailedBefore(int move) => PlayHere()[..move].Exists(outcome => outcome.Error is not null);

    public List<Outcome> PlayHere()
    {
        using var connection =
            new WsConnection(Role, new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks, Random = Rand.Fixed(Heads.Nonce) });
        return [.. Move.Play(connection, Moves, e => ToItem(e, connection)).Select(Readable)];
    }

    public List<Outcome> PlayThere(OracleProcess wsproto) =>
        [.. Move.PlayThere(wsproto, Role, isOpen: false, Heads.Nonce, Deflate, Moves).Select(Readable)];

    public override string ToString() => $"{Role} {Deflate}\n{Input}\n{string.Join("\n", Moves.AsEnumerable())}";

    public static Move Ask(DeflateParameters? deflate) =>
        Move.Send(new Request("example.com", "/chat") { Subprotocols = Subprotocols, Extensions = Template(deflate) });

    public static Move Accept(string? subprotocol, DeflateParameters? deflate) =>
        Move.Send(new AcceptConnection { Subprotocol = subprotocol, Extensions = Template(deflate) });

    public static PerMessageDeflate[] Template(DeflateParameters? deflate) => deflate is null ? [] :
    [
        new PerMessageDeflate
        {
            ServerNoContextTakeover = deflate.ServerNoContextTakeover,
            ClientNoContextTakeover = deflate.ClientNoContextTakeover,
            ServerMaxWindowBits = deflate.ServerMaxWindowBits,
            ClientMaxWindowBits = deflate.ClientMaxWindowBits,
        },
    ];

    private static byte[] Replace(byte[] head, string text, string other) =>
        Wire.Latin1(Encoding.Latin1.GetString(head).Replace(text, other, StringComparison.Ordinal));

    /// <summary>The head with more lines after its first.</summary>
    private static byte[] With(byte[] head, string[] lines)
    {
        int end = head.AsSpan().IndexOf("\r\n"u8);
        return end < 0 ? head : [.. head[..end], .. lines.SelectMany(line => Wire.Ascii($"\r\n{line}")), .. head[end..]];
    }

    private static Item ToItem(WsEvent e, WsConnection connection) => e switch
    {
        Request request => new Item(
            "request",
            $"{request.Host} {request.Target} [{string.Join(", ", request.Subprotocols)}] "
                + $"{Fields(request.ExtraHeaders.Without("Sec-WebSocket-Extensions"))}"),
        AcceptConnection accept => new Item(
            "accept",
            $"{accept.Subprotocol ?? "None"} "
                + $"[{string.Join(", ", connection.Extensions.Cast<DeflateCodec>().Select(deflate => Show(deflate.Parameters)))}] "
                + $"{Fields(accept.ExtraHeaders.Without("Sec-WebSocket-Extensions"))}"),
        RejectConnection reject => new Item("reject", $"{reject.StatusCode} {Fields(reject.Headers)}", Message: reject.HasBody),
        RejectData data => new Item("body", Convert.ToHexStringLower(data.Data.Span), data.BodyFinished, data.BodyFinished),
        HandshakeFailed failed => new Item("failed", $"{failed.Response?.StatusCode}"),
        _ => FrameCase.ToItem(e),
    };

    private static string Fields(HeaderList headers) =>
        string.Join(" | ", headers.Select(field => $"{field.Name.ToLowerInvariant()}: {field.Value}"));

    /// <summary>
    /// Heads are compared by what they say: order, case, reason phrase, and how a parameter that means nothing is left out, are free.
    /// </summary>
    private static Outcome Readable(Outcome outcome)
    {
        if (outcome.Sent is not { Kind: "wrote" } wrote
            || Encoding.Latin1.GetString(Convert.FromHexString(wrote.Data)) is not { } text
            || !text.Contains("HTTP/1.1", StringComparison.Ordinal))
            return outcome;
        string[] parts = text.Split("\r\n\r\n", 2);
        string[] lines = parts[0].Split("\r\n");
        string start = lines[0].StartsWith("HTTP", StringComparison.Ordinal) ? lines[0][..12] : lines[0];
        IEnumerable<string> fields = lines[1..].Select(line => line.Split(": ", 2))
            .Select(pair => (Name: pair[0].ToLowerInvariant(), Value: pair[1]))
            .Select(field => field.Name switch
            {
                "upgrade" => $"upgrade: {field.Value.ToLowerInvariant()}",
                "sec-websocket-extensions" => $"sec-websocket-extensions: {Meaning(field.Value)}",
                _ => $"{field.Name}: {field.Value}",
            });
        return outcome with
        {
            Sent = wrote with { Data = $"{start} | {string.Join(" | ", fields.Order(StringComparer.Ordinal))} | {parts[1]}" },
        };
    }

    private static string Meaning(string extensions)
    {
        DeflateOffer offer = DeflateOffer.Read(Assert.Single(ExtensionHeader.Parse([extensions])!))!;
        return Show(new DeflateParameters
        {
            ServerNoContextTakeover = offer.ServerNoContextTakeover,
            ClientNoContextTakeover = offer.ClientNoContextTakeover,
            ServerMaxWindowBits = offer.ServerMaxWindowBits ?? 15,
            ClientMaxWindowBits = offer.ClientMaxWindowBits ?? 15,
        });
    }

    public static string Show(DeflateParameters agreed) =>
        $"{agreed.ServerNoContextTakeover} {agreed.ClientNoContextTakeover} {agreed.ServerMaxWindowBits} {agreed.ClientMaxWindowBits}";
}
