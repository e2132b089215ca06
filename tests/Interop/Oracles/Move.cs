// What happens to one end: bytes come, the stream ends, an event is sent. A case is a list of moves, and can be played here and elsewhere.

using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Tests.Oracles;

/// <summary>A move: bytes to receive, or an event to send, or, without either, the end of the stream.</summary>
internal sealed record Move(byte[]? Received, WsEvent? Event = null)
{
    public static readonly Move End = new(null, null);

    private static Gen<bool> _mostly => Gen.Elements(true, true, false);

    /// <summary>Whether events are read after it; not where something is sent.</summary>
    public bool Reads { get; init; } = true;

    public static Move Send(WsEvent e) => new(null, e) { Reads = false };

    /// <summary>Events of every kind, allowed or not.</summary>
    public static readonly Gen<Move> Sends = Gen.Frequency(
        (6, from text in Gen.OneOf(Texts.Brief, Gen.Constant("the same again, and the same again"))
            from finished in _mostly
            select (WsEvent)new TextMessage(text) { MessageFinished = finished }),
        (6, from bytes in Bytes.Any
            from finished in _mostly
            select (WsEvent)new BytesMessage(bytes) { MessageFinished = finished }),
        (4, Bytes.Control.Select(payload => (WsEvent)new Ping(payload))),
        (4, Bytes.Control.Select(payload => (WsEvent)new Pong(payload))),
        (1, Gen.Choose(126, 130).Select(size => (WsEvent)new Ping(new byte[size]))),
        (3, Closes.Sendable.Select(close => (WsEvent)close)),
        (1, from code in Closes.Codes
            from reason in Closes.Reasons
            select (WsEvent)new CloseConnection((CloseCode)code, reason))).Select(Send);

    /// <summary>Cuts a stream, but not into so many pieces that a case takes long.</summary>
    public static IEnumerable<Move> Cut(byte[] bytes, Cutting cutting)
    {
        int at = 0;
        for (int piece = 0; at < bytes.Length && piece < 30; piece++)
        {
            int count = Math.Min(cutting.Sizes[piece % cutting.Sizes.Count], bytes.Length - at);
            yield return new Move(bytes[at..(at + count)]) { Reads = piece % cutting.ReadEvery == 0 };
            at += count;
        }

        yield return new Move(bytes[at..]);
    }

    /// <summary>Fewer moves, less in each, two pieces in one.</summary>
    public static IEnumerable<Move[]> Shrink(Move[] moves)
    {
        foreach (Move[] fewer in Shrinks.List(moves, Shrink))
            yield return fewer;
        for (int i = 0; i + 1 < moves.Length; i++)
        {
            if (moves[i].Received is { } first && moves[i + 1].Received is { } second)
                yield return [.. moves[..i], new Move([.. first, .. second]), .. moves[(i + 2)..]];
        }
    }

    /// <summary>Plays moves here.</summary>
    /// <param name="connection">The end that they happen to.</param>
    /// <param name="moves">The moves.</param>
    /// <param name="toItem">An event in the words of the oracle.</param>
    public static List<Outcome> Play(WsConnection connection, IReadOnlyList<Move> moves, Func<WsEvent, Item> toItem)
    {
        var outcomes = new List<Outcome>();
        foreach (Move move in moves)
        {
            Item? sent = move.Event is null ? null : SendHere(connection, move.Event);
            if (move.Received is not null)
                connection.Receive(move.Received);
            else if (move.Event is null)
                connection.ReceiveEndOfStream();
            List<WsEvent> events = move.Reads ? [.. Read(connection)] : [];
            outcomes.Add(new Outcome([.. events.Select(toItem)], sent, connection.State.ToString().ToLowerInvariant())
            {
                Error = events.Select(e => (e as CloseConnection)?.Error ?? (e as HandshakeFailed)?.Error).LastOrDefault(),
            });
        }

        return outcomes;
    }

    /// <summary>Has them played by wsproto; the top of the script explains the line.</summary>
    /// <param name="wsproto">The oracle.</param>
    /// <param name="role">Of the end that they happen to.</param>
    /// <param name="isOpen">Whether it begins after the handshake.</param>
    /// <param name="random">What its random bytes are.</param>
    /// <param name="deflate">The parameters that were agreed on, or the settings to agree with; null for no compression.</param>
    /// <param name="moves">The moves.</param>
    public static List<Outcome> PlayThere(
        OracleProcess wsproto, ConnectionRole role, bool isOpen, byte[] random, DeflateParameters? deflate, IReadOnlyList<Move> moves) =>
        wsproto.Ask<List<Outcome>>(new JsonObject
        {
            ["role"] = role == ConnectionRole.Client ? "client" : "server",
            ["random"] = Convert.ToHexString(random),
            ["open"] = isOpen,
            ["deflate"] = deflate is null ? null : new JsonObject
            {
                ["server_no_context_takeover"] = deflate.ServerNoContextTakeover,
                ["client_no_context_takeover"] = deflate.ClientNoContextTakeover,
                ["server_max_window_bits"] = deflate.ServerMaxWindowBits,
                ["client_max_window_bits"] = deflate.ClientMaxWindowBits,
            },
            ["moves"] = new JsonArray([.. moves.Select(move => move.ToJson())]),
        });

    public JsonNode ToJson() => this switch
    {
        { Event: not null } => new JsonArray("send", ToJson(Event)),
        { Received: not null } => new JsonArray("receive", Convert.ToHexString(Received), Reads),
        _ => new JsonArray("end", null, Reads),
    };

    public override string ToString() => this switch
    {
        { Event: not null } => $"send {ToJson(Event).ToJsonString()}",
        { Received: not null } => $"receive {Bytes.Show(Received)}{(Reads ? "" : ", not read")}",
        _ => $"the end{(Reads ? "" : ", not read")}",
    };

    private static JsonObject ToJson(WsEvent e) => e switch
    {
        TextMessage text => new() { ["kind"] = "text", ["data"] = text.Data, ["finished"] = text.MessageFinished },
        BytesMessage bytes => new() { ["kind"] = "bytes", ["data"] = Hex(bytes.Data), ["finished"] = bytes.MessageFinished },
        Ping ping => new() { ["kind"] = "ping", ["data"] = Hex(ping.Payload) },
        Pong pong => new() { ["kind"] = "pong", ["data"] = Hex(pong.Payload) },
        CloseConnection close => new() { ["kind"] = "close", ["code"] = (int)close.Code, ["reason"] = close.Reason },
        Request request => new()
        {
            ["kind"] = "request",
            ["host"] = request.Host,
            ["target"] = request.Target,
            ["subprotocols"] = new JsonArray([.. request.Subprotocols]),
        },
        AcceptConnection accept => new() { ["kind"] = "accept", ["subprotocol"] = accept.Subprotocol },
        RejectConnection reject => new() { ["kind"] = "reject", ["status_code"] = reject.StatusCode, ["has_body"] = reject.HasBody },
        RejectData data => new() { ["kind"] = "body", ["data"] = Hex(data.Data), ["finished"] = data.BodyFinished },
        _ => throw new ArgumentOutOfRangeException(nameof(e)),
    };

    private static string Hex(ReadOnlyMemory<byte> bytes) => Convert.ToHexString(bytes.Span);

    private static Item SendHere(WsConnection connection, WsEvent e)
    {
        try
        {
            return new Item("wrote", Convert.ToHexStringLower(connection.Send(e)));
        }
        catch (Exception refusal) when (refusal is LocalProtocolException or ArgumentException)
        {
            return new Item("refused");
        }
    }

    private static IEnumerable<WsEvent> Read(WsConnection connection)
    {
        while (connection.TryReadEvent(out WsEvent? e))
            yield return e;
    }

    private static IEnumerable<Move> Shrink(Move move)
    {
        if (move is { Reads: false, Event: null })
            yield return move with { Reads = true };
        if (move.Received is not null)
        {
            foreach (byte[] bytes in Shrinks.Bytes(move.Received))
                yield return move with { Received = bytes };
        }
    }
}
