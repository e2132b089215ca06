using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Conformance;

/// <summary>A message that is sent compressed, as was agreed on for the connection.</summary>
/// <param name="Opcode">Text or binary.</param>
/// <param name="Payload">Before compression.</param>
/// <param name="Fragment">How many octets of the compressed message go into a frame.</param>
internal sealed record CompressedMessage(int Opcode, byte[] Payload, int Fragment);

/// <summary>A part of a case: what is sent, and what has to come before the next part.</summary>
internal sealed record Step
{
    /// <summary>Octets, each piece in a write of its own, for a judge that masks or does not. They are made while they are sent.</summary>
    public Func<bool, IEnumerable<ReadOnlyMemory<byte>>> Pieces { get; init; } = _ => [];

    /// <summary>Is sent after the pieces; null for none.</summary>
    public CompressedMessage? Compressed { get; init; }

    /// <summary>What has to come.</summary>
    public IReadOnlyList<Reply> Replies { get; init; } = [];

    /// <summary>Whether the peer has to fail the connection before the next step, which is for peers that do not.</summary>
    public bool AwaitsClose { get; init; }

    /// <summary>The number of the piece that has the first Close, right or wrong; -1 for none.</summary>
    public int ClosePiece { get; init; } = -1;

    /// <summary>The frames in one piece.</summary>
    public static Step AtOnce(IReadOnlyList<SentFrame> frames, params IReadOnlyList<Reply> replies) =>
        InChops(int.MaxValue, frames, replies);

    /// <summary>A frame in one piece.</summary>
    public static Step Of(SentFrame frame, params IReadOnlyList<Reply> replies) => AtOnce([frame], replies);

    /// <summary>Each frame in a piece of its own.</summary>
    public static Step ByFrames(IReadOnlyList<SentFrame> frames, params IReadOnlyList<Reply> replies) =>
        new()
        {
            Pieces = masks => frames.Select((frame, i) => new ReadOnlyMemory<byte>(frame.Encode(masks, i))),
            Replies = replies,
            ClosePiece = IndexOfClose(frames),
        };

    /// <summary>The frames in pieces of some octets.</summary>
    public static Step InChops(int size, IReadOnlyList<SentFrame> frames, params IReadOnlyList<Reply> replies) =>
        new()
        {
            Pieces = masks => Chop(SentFrame.Join(frames, masks), size),
            Replies = replies,
            ClosePiece = IndexOfClose(frames) < 0 ? -1 : 0,
        };

    /// <summary>Octets in one piece.</summary>
    public static Step Octets(Func<bool, ReadOnlyMemory<byte>> octets) => new() { Pieces = masks => [octets(masks)] };

    /// <summary>The octets of all pieces.</summary>
    public byte[] Join(bool masks) => [.. Pieces(masks).SelectMany(piece => piece.ToArray())];

    private static int IndexOfClose(IReadOnlyList<SentFrame> frames) =>
        frames.Select((frame, i) => frame.Opcode == SentFrame.OpcodeOfClose ? i : -1).FirstOrDefault(i => i >= 0, -1);

    private static IEnumerable<ReadOnlyMemory<byte>> Chop(ReadOnlyMemory<byte> all, int size)
    {
        for (int i = 0; i < all.Length; i += Math.Min(size, all.Length - i))
            yield return all.Slice(i, Math.Min(size, all.Length - i));
    }
}
