// Runs an input whole, byte by byte, at every single split, as sequences of many segments, and through ReceiveBuffer. The events and the
// state must be the same each time.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Testing;

/// <summary>Tests that the result does not depend on how an input is split. A transport may deliver a stream in any pieces.</summary>
/// <remarks>
/// Inputs of up to 600 bytes are split once at each position; longer ones at both ends and at 50 positions between. Then they are split
/// into pieces of 1, 2, 3, 7, 64 and 1,400 bytes, or of 7 and 1,400 bytes if they have more than 70,000. So an input of 100 bytes runs
/// about 110 times.
/// </remarks>
public static class Cuts
{
    private const int LongestForEverySplit = 600;

    private const int LongestForSmallPieces = 70_000;

    /// <summary>Runs an input in all splits, and returns the result that they have in common.</summary>
    /// <typeparam name="T">The type of a result, which is compared with its own equality: for example a record, or a string.</typeparam>
    /// <param name="input">The bytes.</param>
    /// <param name="run">Begins anew, receives the pieces in order, and returns the result.</param>
    /// <returns>The result.</returns>
    /// <exception cref="UnexpectedOutcomeException">A split has another result. The message has the split and both results.</exception>
    public static T Same<T>(byte[] input, Func<IReadOnlyList<byte[]>, T> run)
    {
        T whole = run([input]);
        foreach ((string name, IReadOnlyList<byte[]> pieces) in Ways(input))
            Compare(name, whole, run(pieces));
        return whole;
    }

    /// <summary>Runs an input through a connection in all splits, and returns the outcome that they have in common.</summary>
    /// <param name="create">Creates a connection that is ready for the input. It is disposed of.</param>
    /// <param name="input">The bytes.</param>
    /// <param name="endOfStream">Whether the stream ends after the input.</param>
    /// <param name="act">Called for each event, for example to accept a request; null for nothing.</param>
    /// <returns>The outcome. Parts of a message or a body that a split may divide are joined.</returns>
    /// <remarks>It also passes the input as segments of a sequence, and through <see cref="WsConnection.ReceiveBuffer"/>.</remarks>
    /// <exception cref="UnexpectedOutcomeException">A split has another outcome. The message has the split and both outcomes.</exception>
    public static ConnectionOutcome Run(
        Func<WsConnection> create, byte[] input, bool endOfStream = false, Action<WsConnection, WsEvent>? act = null)
    {
        ConnectionOutcome whole = Same(input, pieces => Feed(create, pieces, endOfStream, act));
        foreach (int size in Sizes(input))
        {
            ConnectionOutcome segments = FeedAtOnce(
                create, connection => connection.Receive(Segment.Sequence(input, size)), endOfStream, act);
            Compare($"as segments of {size}", whole, segments);
        }

        Compare("through ReceiveBuffer", whole, FeedAtOnce(create, connection => Fill(connection, input), endOfStream, act));
        ConnectionOutcome ended = FeedAtOnce(create, connection => FillToTheEnd(connection, input, endOfStream), false, act);
        Compare("with the end of the stream known in advance", whole, ended);
        return whole;
    }

    /// <summary>Runs an input through a connection in all splits, and checks the events and the state.</summary>
    /// <param name="create">Creates a connection that is ready for the input. It is disposed of.</param>
    /// <param name="input">The bytes.</param>
    /// <param name="state">The expected state at the end.</param>
    /// <param name="events">The expected events, in order.</param>
    /// <exception cref="UnexpectedOutcomeException">The outcome is another one, or depends on the split.</exception>
    public static void Expect(Func<WsConnection> create, byte[] input, ConnectionState state, params WsEvent[] events)
    {
        var expected = new ConnectionOutcome(events, state);
        ConnectionOutcome actual = Run(create, input);
        if (!expected.Equals(actual))
            throw new UnexpectedOutcomeException($"Expected {expected}\nbut was  {actual}");
    }

    /// <summary>Receives pieces, and reads all events after each.</summary>
    internal static ConnectionOutcome Feed(
        Func<WsConnection> create, IEnumerable<byte[]> pieces, bool endOfStream = false, Action<WsConnection, WsEvent>? act = null)
    {
        using WsConnection connection = create();
        var events = new List<WsEvent>();
        foreach (byte[] piece in pieces)
        {
            connection.Receive(piece);
            connection.ReadAll(events, act);
        }

        return Finish(connection, events, endOfStream, act);
    }

    /// <summary>
    /// Joins what a split may divide: parts of one frame with <see cref="MessageDelivery.Chunks"/>, and of the body of a refusal.
    /// </summary>
    internal static List<WsEvent> Merge(IEnumerable<WsEvent> events)
    {
        var merged = new List<WsEvent>();
        var pieces = new List<WsEvent>();
        foreach (WsEvent e in events)
        {
            if (pieces.Count > 0 && !GoesOn(pieces[^1], e))
                MovePieces();
            pieces.Add(e);
        }

        MovePieces();
        return merged;

        void MovePieces()
        {
            if (pieces.Count > 0)
                merged.Add(Join(pieces));
            pieces.Clear();
        }
    }

    private static bool GoesOn(WsEvent piece, WsEvent next) => (piece, next) is
        (TextMessage { FrameFinished: false }, TextMessage)
        or (BytesMessage { FrameFinished: false }, BytesMessage)
        or (RejectData { BodyFinished: false }, RejectData);

    /// <summary>Joins all pieces in one step, because there may be thousands.</summary>
    private static WsEvent Join(List<WsEvent> pieces) => pieces[^1] switch
    {
        TextMessage text => text with { Data = string.Concat(pieces.Select(piece => ((TextMessage)piece).Data)) },
        BytesMessage bytes => bytes with { Data = Join(pieces.Select(piece => ((BytesMessage)piece).Data)) },
        RejectData body => body with { Data = Join(pieces.Select(piece => ((RejectData)piece).Data)) },
        var other => other,
    };

    private static void Compare<T>(string cut, T whole, T other)
    {
        if (!EqualityComparer<T>.Default.Equals(whole, other))
            throw new UnexpectedOutcomeException($"Cut {cut}:\n  whole {whole}\n  cut   {other}");
    }

    private static IEnumerable<(string Name, IReadOnlyList<byte[]> Pieces)> Ways(byte[] input)
    {
        foreach (int split in Splits(input.Length))
            yield return ($"at {split}", [input[..split], input[split..]]);
        foreach (int size in Sizes(input))
            yield return ($"in pieces of {size}", [.. input.Chunk(size)]);
    }

    private static int[] Sizes(byte[] input) => input.Length <= LongestForSmallPieces ? [1, 2, 3, 7, 64, 1400] : [7, 1400];

    private static IEnumerable<int> Splits(int length)
    {
        if (length <= LongestForEverySplit)
            return Enumerable.Range(0, length + 1);
        IEnumerable<int> spread = Enumerable.Range(0, 50).Select(i => (int)((long)length * i / 50));
        return Enumerable.Range(0, 40).Concat(spread).Concat(Enumerable.Range(length - 20, 21)).Distinct();
    }

    private static ConnectionOutcome FeedAtOnce(
        Func<WsConnection> create, Action<WsConnection> fill, bool endOfStream, Action<WsConnection, WsEvent>? act)
    {
        using WsConnection connection = create();
        fill(connection);
        var events = new List<WsEvent>();
        connection.ReadAll(events, act);
        return Finish(connection, events, endOfStream, act);
    }

    private static void Fill(WsConnection connection, byte[] input)
    {
        foreach (byte[] piece in input.Chunk(1000))
        {
            piece.CopyTo(connection.ReceiveBuffer.GetMemory(piece.Length));
            connection.ReceiveBuffer.Advance(piece.Length);
        }
    }

    private static void FillToTheEnd(WsConnection connection, byte[] input, bool endOfStream)
    {
        connection.Receive(input);
        if (endOfStream)
            connection.ReceiveEndOfStream();
    }

    private static ConnectionOutcome Finish(
        WsConnection connection, List<WsEvent> events, bool endOfStream, Action<WsConnection, WsEvent>? act)
    {
        if (endOfStream)
        {
            connection.ReceiveEndOfStream();
            connection.ReadAll(events, act);
        }

        return new ConnectionOutcome(Merge(events), connection.State);
    }

    private static byte[] Join(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        var joined = new ArrayBufferWriter<byte>();
        foreach (ReadOnlyMemory<byte> piece in pieces)
            joined.Write(piece.Span);
        return joined.WrittenSpan.ToArray();
    }
}

/// <summary>Makes sequences of many segments.</summary>
internal sealed class Segment : ReadOnlySequenceSegment<byte>
{
    public static ReadOnlySequence<byte> Sequence(byte[] data, int size)
    {
        if (data.Length == 0)
            return ReadOnlySequence<byte>.Empty;
        Segment? first = null;
        Segment? last = null;
        foreach (byte[] piece in data.Chunk(size))
        {
            var segment = new Segment { Memory = piece, RunningIndex = last is null ? 0 : last.RunningIndex + last.Memory.Length };
            if (last is not null)
                last.Next = segment;
            first ??= segment;
            last = segment;
        }

        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }
}
