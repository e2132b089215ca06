using WsProto.Interop.Tests;
using Wire = WsProto.Testing.Wire;

namespace WsProto.Tests.Oracles;

/// <summary>
/// The life of an open connection, here and in wsproto: the same events, the same bytes and the same states, except for what is listed.
/// </summary>
[Trait("Category", "Interop")]
public sealed class FrameOracleTests
{
    /// <summary>"Hello", compressed (RFC 7692 §7.2.3.1).</summary>
    private static readonly byte[] _hello = [0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00];

    /// <summary>Where wsproto differs on purpose, with a case that shows it.</summary>
    private static readonly Differences<FrameCase> _differences = new(
        Compare,
        new("B6: after a violation its state stays as it was; here the connection is closing.",
            (c, d) => d is
            {
                Error: not null,
                Here: { Kind: "state", Data: "remoteclosing" or "closed" },
                There: { Kind: "state", Data: "open" or "localclosing" }
            },
            Client(Received(Opcode.Continuation, []))),
        new("B4: the end of the stream is at once its state and its next event, before what was received and not read.",
            (c, d) => c.Moves[d.Move] == Move.End with { Reads = c.Moves[d.Move].Reads }
                && d.Move > 0
                && c.Moves[d.Move - 1] is { Reads: false, Event: null },
            Client(Received(Opcode.Ping, []) with { Reads = false }, Move.End)),
        new("B5: the end of the stream after the peer's Close is 1006 to it.",
            (c, d) => d is { Here: null, There.Kind: "lost" } && c.FramesBy(d.Move).Exists(frame => frame.Opcode == Opcode.Close),
            Client(Received(Opcode.Close, []), Move.End)),
        new("C17: bytes for a connection that is closed throw.",
            (c, d) => d is { Here: null, There: { Kind: "raised", Data: "LocalProtocolError" } },
            Client(Received(Opcode.Close, []), Move.Send(new CloseConnection(CloseCode.NormalClosure)), Received(Opcode.Ping, []))),
        new("B20: it sends close codes that may not be on the wire (RFC 6455 §7.4).",
            (c, d) => d is { Here.Kind: "refused", There.Kind: "wrote" } && c.Moves[d.Move].Event is CloseConnection close
                && (!Closes.MayBeOnTheWire((int)close.Code)
                    || (close.Code == CloseCode.MandatoryExtension && c.Role == ConnectionRole.Server)),
            Client(Move.Send(new CloseConnection((CloseCode)2999)))),
        new("W25, C19: it takes 1014, which is registered, for a violation.",
            (c, d) => d.There is { Kind: "failed", Data: "1002" }
                && c.FramesBy(d.Move).Exists(frame => frame.Opcode == Opcode.Close && frame.Payload is [0x03, 0xF6, ..]),
            Client(Received(Opcode.Close, [0x03, 0xF6]))),
        new("W22: it sends no Pong after its own Close, although Pings may still come (RFC 6455 §5.5.2).",
            (c, d) => d is { Here: { Kind: "wrote" }, There.Kind: "refused" } && c.Moves[d.Move].Event is Pong
                && Array.Exists(c.Moves[..d.Move], move => move.Event is CloseConnection),
            Client(Move.Send(new CloseConnection(CloseCode.NormalClosure)), Move.Send(new Pong()))),
        new("W22: it cannot finish a message after the peer's Close (RFC 6455 §5.5.1).",
            (c, d) => d is { Here: not null, There.Kind: "refused" } && c.Moves[d.Move].Event is Message && !Array.Exists(
                c.Moves[..d.Move],
                move => move.Event is CloseConnection and not { Code: CloseCode.NoStatusReceived, Reason.Length: > 0 })
                && c.FramesBy(d.Move).Exists(frame => frame.Opcode == Opcode.Close),
            Client(
                Move.Send(new TextMessage("a") { MessageFinished = false }), Received(Opcode.Close, []), Move.Send(new TextMessage("b")))),
        new("W1: it has no limit; here a message of more than 1 MiB is refused at its header.",
            (c, d) => d is { Here: { Kind: "failed", Data: "1009" }, Error: ProtocolError.MessageTooBig }
                && c.FramesBy(d.Move).Sum(frame => (decimal)frame.Length) > 1 << 20,
            Client(new Move(Wire.Frame(Opcode.Binary, [], announced: (1 << 20) + 1)))),
        new("W2: nor one for the frames of a message.",
            (c, d) => d is { Here: { Kind: "failed", Data: "1008" }, Error: ProtocolError.TooManyFragments }
                && c.FramesBy(d.Move).Count > 1024,
            Client(new Move([1, 0, .. Wire.Repeat(0, 2 * 1024)]))),
        new("It judges a frame once its payload begins; here the first octets that break a rule are enough.",
            (c, d) => d is { Here: { Kind: "failed", Data: "1002" }, There: null } && c.FramesBy(d.Move)[^1].Payload is null,
            Client(new Move([0x80, 5]))),
        new("It shows a header to the extension before its masking key; here once all of it has come.",
            (c, d) => d is { Here: null, There: { Kind: "failed", Data: "1002" } } && c.FramesBy(d.Move)[^1] is { Rsv: 4, Payload: null },
            new(ConnectionRole.Server, new DeflateParameters(), new Move([0xC9, 0x80]))),
        new("B1: after a control frame inside a message it inflates another before it sees that this cannot begin there.",
            (c, d) => d is
            {
                Here.Kind: "failed",
                There: { Kind: "failed", Data: "1007" },
                Error: ProtocolError.ContinuationExpected or ProtocolError.UnexpectedContinuation
            },
            Deflated([1, 0], [0x89, 0], [0xC1, 1, 0x06])),
        new("B1: a control frame inside a compressed message ends its compression.",
            (c, d) => c.Deflate is not null && HoldsControlInCompressed(c.FramesBy(d.Move)),
            Deflated([0x41, 0], [0x89, 0], [0x80, 7, .. _hello])),
        new("B2: a last block of DEFLATE (RFC 7692 §7.2.3.4) ends its decompression of all later messages.",
            (c, d) => d.There is null or { Kind: "failed", Data: "1007" }
                && c.FramesBy(d.Move).Exists(frame => frame is { Rsv: 4, Payload: [var first, ..] } && (first & 1) == 1),
            Deflated([0xC1, 8, 0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0, 0], [0xC1, 7, .. _hello])),
        new("W20: it takes compressed data that is cut short.",
            (c, d) => d is
            {
                Here: { Kind: "failed", Data: "1007" },
                There: null or { Kind: "text" or "bytes" },
                Error: ProtocolError.ExtensionFailed
            },
            Deflated([0xC1, 6, .. _hello[..^1]])),
        new("W26: it waits for the last byte of a character that cannot be one any more, a surrogate.",
            (c, d) => d is { Here.Kind: "failed", Error: ProtocolError.InvalidUtf8 } && d.There?.Kind != "failed",
            Client(new Move([0x81, 3, 0xED, 0xA0]))));

    public static readonly IReadOnlyList<object?[]> Examples = _differences.Rows;

    private static readonly OracleProcess _wsproto = new(PeerKind.PythonWsproto, "wsproto_oracle.py");

    [Theory]
    [PythonWsproto]
    public void An_open_connection_lives_as_in_wsproto(PeerKind peer)
    {
        Assert.Equal(PeerKind.PythonWsproto, peer);
        Law.HoldsAlike(FrameCase.Arbitrary, 2_500, _differences.Check);
    }

    /// <summary>A difference that is gone has to leave the list.</summary>
    [Theory]
    [PythonWsproto(nameof(Examples))]
    public void Each_difference_is_there(PeerKind peer, int index)
    {
        Assert.Equal(PeerKind.PythonWsproto, peer);
        _differences.CheckExample(index);
    }

    private static bool HoldsControlInCompressed(List<(Opcode Opcode, bool Fin, int Rsv, long Length, byte[]? Payload)> frames)
    {
        bool isInside = false;
        foreach ((Opcode opcode, bool fin, int rsv, _, _) in frames)
        {
            if (opcode.IsControl && isInside)
                return true;
            if (!opcode.IsControl)
                isInside = !fin && (opcode == Opcode.Continuation ? isInside : rsv == 4);
        }

        return false;
    }

    private static FrameCase Deflated(params byte[][] frames) =>
        new(ConnectionRole.Client, new DeflateParameters(), [.. frames.Select(frame => new Move(frame))]);

    private static FrameCase Client(params Move[] moves) => new(ConnectionRole.Client, null, moves);

    private static Move Received(Opcode opcode, byte[] payload) => new(Wire.Frame(opcode, payload));

    private static Divergence? Compare(FrameCase c) =>
        Divergence.Find(c.PlayHere(), c.PlayThere(_wsproto), byMessage: c.Deflate is not null);
}
