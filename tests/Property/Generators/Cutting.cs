// How the transport cuts a stream, and how a caller takes it.

using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Events;

namespace WsProto.Tests.Generators;

/// <summary>By which way bytes get into a connection.</summary>
internal enum Way
{
    Span,
    Sequence,
    Buffer,
}

/// <summary>A way to cut any stream: the sizes of its pieces, over and over, zero among them; and after how many pieces events are read.</summary>
internal sealed record Cutting(int[] Sizes, Way Way, int ReadEvery)
{
    public static readonly Cutting None = new([int.MaxValue], Way.Span, 1);

    public static readonly Gen<Cutting> Any =
        from count in Gen.Choose(1, 6)
        from sizes in Gen.Frequency((1, Gen.Constant(0)), (4, Gen.Constant(1)), (6, Gen.Choose(1, 12)), (2, Gen.Choose(13, 300)), (1, Gen.Choose(300, 5000))).ArrayOf(count)
        from way in Gen.Elements(Way.Span, Way.Sequence, Way.Buffer)
        from every in Gen.Frequency((4, Gen.Constant(1)), (1, Gen.Choose(2, 9)))
        select new Cutting(sizes.Any(size => size > 0) ? sizes : [1], way, every);

    /// <summary>Feeds a connection, and gives all events in their order.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="input">The bytes.</param>
    /// <param name="endOfStream">Whether the stream ends after them.</param>
    /// <param name="act">What the caller does with each event.</param>
    public List<WsEvent> Feed(WsConnection connection, byte[] input, bool endOfStream = false, Action<WsConnection, WsEvent>? act = null)
    {
        var events = new List<WsEvent>();
        int piece = 0;
        for (int at = 0; at < input.Length; piece++)
        {
            int count = Math.Min(Sizes[piece % Sizes.Length], input.Length - at);
            Give(connection, input[at..(at + count)]);
            at += count;
            if (piece % ReadEvery == 0)
                Read(connection, events, act);
        }

        Read(connection, events, act);
        if (endOfStream)
        {
            connection.ReceiveEndOfStream();
            Read(connection, events, act);
        }

        return events;
    }

    /// <summary>Fewer and larger pieces, in the plainest way.</summary>
    public static IEnumerable<Cutting> Shrink(Cutting cutting)
    {
        if (cutting.Way != Way.Span)
            yield return cutting with { Way = Way.Span };
        if (cutting.ReadEvery > 1)
            yield return cutting with { ReadEvery = 1 };
        foreach (int[] sizes in Shrinks.List(cutting.Sizes))
        {
            if (sizes.Any(size => size > 0))
                yield return cutting with { Sizes = sizes };
        }
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"in pieces of [{string.Join(", ", Sizes)}] as {Way}, read after every {ReadEvery}");

    private void Give(WsConnection connection, byte[] bytes)
    {
        switch (Way)
        {
            case Way.Span:
                connection.Receive(bytes);
                break;
            case Way.Sequence:
                connection.Receive(Segment.Sequence(bytes, Math.Max(1, bytes.Length / 3)));
                break;
            default:
                // More is asked for than is there, as a transport does that knows no size.
                bytes.CopyTo(connection.ReceiveBuffer.GetMemory(bytes.Length + 10));
                connection.ReceiveBuffer.Advance(bytes.Length);
                break;
        }
    }

    private static void Read(WsConnection connection, List<WsEvent> events, Action<WsConnection, WsEvent>? act)
    {
        foreach (WsEvent e in connection.Events())
        {
            events.Add(e);
            act?.Invoke(connection, e);
        }
    }
}
