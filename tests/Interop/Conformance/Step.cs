namespace WsProto.Conformance;

/// <summary>A message that is sent compressed, as was agreed on for the connection.</summary>
/// <param name="Opcode">Text or binary.</param>
/// <param name="Payload">Before compression.</param>
/// <param name="Fragment">How many octets of the compressed message go into a frame.</param>
internal sealed record CompressedMessage(int Opcode, byte[] Payload, int Fragment);

/// <summary>A part of a case: what is sent, and what has to come before the next part.</summary>
internal sealed record Step
{
    /// <summary>Octets, each piece in a write of its own. They are made while they are sent.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces { get; init; } = [];

    /// <summary>Is sent after the pieces; null for none.</summary>
    public CompressedMessage? Compressed { get; init; }

    /// <summary>What has to come.</summary>
    public IReadOnlyList<Reply> Replies { get; init; } = [];

    /// <summary>Whether the server has to fail the connection before the next step, which is for servers that do not.</summary>
    public bool AwaitsClose { get; init; }

    /// <summary>Whether a Close, right or wrong, is among what is sent.</summary>
    public bool HasClose { get; init; }

    /// <summary>The frames in one piece.</summary>
    public static Step AtOnce(IReadOnlyList<SentFrame> frames, params IReadOnlyList<Reply> replies) =>
        InChops(int.MaxValue, frames, replies);

    /// <summary>A frame in one piece.</summary>
    public static Step Of(SentFrame frame, params IReadOnlyList<Reply> replies) => AtOnce([frame], replies);

    /// <summary>Each frame in a piece of its own.</summary>
    public static Step ByFrames(IReadOnlyList<SentFrame> frames, params IReadOnlyList<Reply> replies) =>
        Make(frames, frames.Select((frame, i) => new ReadOnlyMemory<byte>(frame.Encode(i))), replies);

    /// <summary>The frames in pieces of some octets.</summary>
    public static Step InChops(int size, IReadOnlyList<SentFrame> frames, params IReadOnlyList<Reply> replies) =>
        Make(frames, Chop(frames, size), replies);

    /// <summary>Octets in one piece.</summary>
    public static Step Octets(ReadOnlyMemory<byte> octets) => new() { Pieces = [octets] };

    private static Step Make(IReadOnlyList<SentFrame> frames, IEnumerable<ReadOnlyMemory<byte>> pieces, IReadOnlyList<Reply> replies) =>
        new() { Pieces = pieces, Replies = replies, HasClose = frames.Any(frame => frame.Opcode == SentFrame.OpcodeOfClose) };

    private static IEnumerable<ReadOnlyMemory<byte>> Chop(IReadOnlyList<SentFrame> frames, int size)
    {
        ReadOnlyMemory<byte> all = SentFrame.Join(frames);
        for (int i = 0; i < all.Length; i += Math.Min(size, all.Length - i))
            yield return all.Slice(i, Math.Min(size, all.Length - i));
    }
}
