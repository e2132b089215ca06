// «However the bytes are cut»: one helper that runs an input whole, byte by byte, at every single split, as sequences of many
// segments and through ReceiveBuffer, and wants the same events and the same state each time.

using System.Buffers;
using WsProto.Events;

namespace WsProto.Tests;

/// <summary>What came of an input: the events in order and the state after the last.</summary>
public sealed record Outcome(IReadOnlyList<WsEvent> Events, ConnectionState State)
{
    public bool Equals(Outcome? other) => other is not null && State == other.State && Events.SequenceEqual(other.Events);

    public override int GetHashCode() => Events.Count;

    public override string ToString() => $"{State}: {string.Join(" | ", Events)}";
}

internal static class Cuts
{
    /// <summary>Longer inputs are split at the ends, at a spread of places between, and in pieces of some sizes.</summary>
    private const int LongestForEverySplit = 600;

    /// <summary>Runs the input under all cuts, and gives the outcome that all have in common.</summary>
    /// <param name="create">Makes a new connection, ready for the input.</param>
    /// <param name="input">The bytes.</param>
    /// <param name="endOfStream">Whether the stream ends after them.</param>
    /// <param name="act">What the caller does with each event, if anything; such as accepting a request.</param>
    public static Outcome Run(Func<WsConnection> create, byte[] input, bool endOfStream = false, Action<WsConnection, WsEvent>? act = null)
    {
        Outcome whole = Feed(create, [input], endOfStream, act);
        foreach ((string name, Func<Outcome> run) in Ways(create, input, endOfStream, act))
        {
            Outcome cut = run();
            if (!whole.Equals(cut))
                Assert.Fail($"Cut {name}:\n  whole {whole}\n  cut   {cut}");
        }

        return whole;
    }

    /// <summary>Runs the input under all cuts and wants these events and this state.</summary>
    public static void Expect(Func<WsConnection> create, byte[] input, ConnectionState state, params WsEvent[] events) =>
        Assert.Equal(new Outcome(events, state), Run(create, input));

    /// <summary>Feeds pieces, reading all events after each.</summary>
    public static Outcome Feed(Func<WsConnection> create, IEnumerable<byte[]> pieces, bool endOfStream = false, Action<WsConnection, WsEvent>? act = null)
    {
        using WsConnection connection = create();
        var events = new List<WsEvent>();
        foreach (byte[] piece in pieces)
        {
            connection.Receive(piece);
            Drain(connection, events, act);
        }

        if (endOfStream)
        {
            connection.ReceiveEndOfStream();
            Drain(connection, events, act);
        }

        return new Outcome(Merge(events), connection.State);
    }

    private static IEnumerable<(string Name, Func<Outcome> Run)> Ways(Func<WsConnection> create, byte[] input, bool endOfStream, Action<WsConnection, WsEvent>? act)
    {
        foreach (int split in Splits(input.Length))
            yield return ($"at {split}", () => Feed(create, [input[..split], input[split..]], endOfStream, act));
        int[] sizes = input.Length <= 70_000 ? [1, 2, 3, 7, 64, 1400] : [7, 1400];
        foreach (int size in sizes)
        {
            yield return ($"in pieces of {size}", () => Feed(create, input.Chunk(size), endOfStream, act));
            yield return ($"as segments of {size}", () => FeedSequence(create, input, size, endOfStream, act));
        }

        yield return ("through ReceiveBuffer", () => FeedBuffer(create, input, endOfStream, act));
        yield return ("with the end of the stream known in advance", () => FeedAtOnce(create, input, endOfStream, act));
    }

    private static IEnumerable<int> Splits(int length)
    {
        if (length <= LongestForEverySplit)
            return Enumerable.Range(0, length + 1);
        IEnumerable<int> spread = Enumerable.Range(0, 50).Select(i => (int)((long)length * i / 50));
        return Enumerable.Range(0, 40).Concat(spread).Concat(Enumerable.Range(length - 20, 21)).Distinct();
    }

    private static Outcome FeedSequence(Func<WsConnection> create, byte[] input, int size, bool endOfStream, Action<WsConnection, WsEvent>? act)
    {
        using WsConnection connection = create();
        connection.Receive(Segment.Sequence(input, size));
        return Finish(connection, endOfStream, act);
    }

    private static Outcome FeedBuffer(Func<WsConnection> create, byte[] input, bool endOfStream, Action<WsConnection, WsEvent>? act)
    {
        using WsConnection connection = create();
        foreach (byte[] piece in input.Chunk(1000))
        {
            piece.CopyTo(connection.ReceiveBuffer.GetMemory(piece.Length));
            connection.ReceiveBuffer.Advance(piece.Length);
        }

        return Finish(connection, endOfStream, act);
    }

    private static Outcome FeedAtOnce(Func<WsConnection> create, byte[] input, bool endOfStream, Action<WsConnection, WsEvent>? act)
    {
        using WsConnection connection = create();
        connection.Receive(input);
        if (endOfStream)
            connection.ReceiveEndOfStream();
        return Finish(connection, endOfStream, act);
    }

    private static Outcome Finish(WsConnection connection, bool endOfStream, Action<WsConnection, WsEvent>? act)
    {
        var events = new List<WsEvent>();
        Drain(connection, events, act);
        if (endOfStream)
        {
            connection.ReceiveEndOfStream();
            Drain(connection, events, act);
        }

        return new Outcome(Merge(events), connection.State);
    }

    private static void Drain(WsConnection connection, List<WsEvent> events, Action<WsConnection, WsEvent>? act)
    {
        foreach (WsEvent e in connection.Events())
        {
            events.Add(e);
            act?.Invoke(connection, e);
        }
    }

    /// <summary>Joins what a cut may divide: pieces of one frame under <see cref="MessageDelivery.Chunks"/>, and of the body of a refusal.</summary>
    internal static List<WsEvent> Merge(List<WsEvent> events)
    {
        var merged = new List<WsEvent>();
        foreach (WsEvent e in events)
        {
            WsEvent? joined = (merged.LastOrDefault(), e) switch
            {
                (TextMessage { FrameFinished: false } a, TextMessage b) => b with { Data = a.Data + b.Data },
                (BytesMessage { FrameFinished: false } a, BytesMessage b) => b with { Data = Join(a.Data, b.Data) },
                (RejectData { BodyFinished: false } a, RejectData b) => b with { Data = Join(a.Data, b.Data) },
                _ => null,
            };
            if (joined is not null)
                merged.RemoveAt(merged.Count - 1);
            merged.Add(joined ?? e);
        }

        return merged;
    }

    private static byte[] Join(ReadOnlyMemory<byte> a, ReadOnlyMemory<byte> b) => [.. a.Span, .. b.Span];
}

/// <summary>A sequence of many segments.</summary>
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
