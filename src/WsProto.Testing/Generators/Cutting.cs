// How a transport splits a stream, and how a caller receives it.

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing.Generators;

/// <summary>How bytes are passed to a connection.</summary>
public enum Way
{
    /// <summary><see cref="WsConnection.Receive(ReadOnlySpan{byte})"/>.</summary>
    Span = 0,

    /// <summary>A sequence of up to four segments.</summary>
    Sequence = 1,

    /// <summary><see cref="WsConnection.ReceiveBuffer"/>, with a larger memory than needed.</summary>
    Buffer = 2,
}

/// <summary>A way to split a stream.</summary>
/// <param name="Sizes">The sizes of the pieces in bytes, used in turn. A size may be zero, but not all of them.</param>
/// <param name="Way">How a piece is passed to a connection.</param>
/// <param name="ReadEvery">After how many pieces events are read. They are always read after the last one.</param>
public sealed record Cutting(IReadOnlyList<int> Sizes, Way Way = Way.Span, int ReadEvery = 1)
{
    /// <summary>One piece, without a split.</summary>
    public static Cutting None { get; } = new([int.MaxValue]);

    /// <summary>
    /// Generates ways with one to six sizes, mostly of 0 to 12 bytes and sometimes up to 5,000, with all values of <see cref="Way"/>, and
    /// with events that are read after each to each ninth piece.
    /// </summary>
    public static Gen<Cutting> Any { get; } =
        from count in Gen.Choose(1, 6)
        from sizes in Gen.Frequency(
            (1, Gen.Constant(0)),
            (4, Gen.Constant(1)),
            (6, Gen.Choose(1, 12)),
            (2, Gen.Choose(13, 300)),
            (1, Gen.Choose(300, 5000))).ArrayOf(count)
        from way in Gen.Elements(Way.Span, Way.Sequence, Way.Buffer)
        from every in Gen.Frequency((4, Gen.Constant(1)), (1, Gen.Choose(2, 9)))
        select new Cutting(sizes.Any(size => size > 0) ? sizes : [1], way, every);

    /// <summary>Generates <see cref="Any"/>, shrunk with <see cref="Shrink"/>.</summary>
    public static Arbitrary<Cutting> Arbitrary => Arb.From(Any, Shrink);

    /// <inheritdoc cref="Cutting(IReadOnlyList{int}, Way, int)" path="/param[@name='Sizes']"/>
    public IReadOnlyList<int> Sizes { get; init => field = Checked(value); } = Checked(Sizes);

    /// <inheritdoc cref="Cutting(IReadOnlyList{int}, Way, int)" path="/param[@name='ReadEvery']"/>
    public int ReadEvery { get; init => field = Checked(value); } = Checked(ReadEvery);

    /// <summary>Splits an input.</summary>
    /// <param name="input">The bytes.</param>
    /// <returns>The pieces.</returns>
    public IEnumerable<byte[]> Pieces(byte[] input)
    {
        int at = 0;
        for (int piece = 0; at < input.Length; piece++)
        {
            int count = Math.Min(SizeOf(piece), input.Length - at);
            yield return input[at..(at + count)];
            at += count;
        }
    }

    /// <summary>Passes an input to a connection, and reads its events.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="input">The bytes.</param>
    /// <param name="endOfStream">Whether the stream ends after the input.</param>
    /// <param name="act">Called for each event; null for nothing.</param>
    /// <returns>All events, in order.</returns>
    public IReadOnlyList<WsEvent> Feed(
        WsConnection connection, byte[] input, bool endOfStream = false, Action<WsConnection, WsEvent>? act = null)
    {
        var events = new List<WsEvent>();
        int number = 0;
        foreach (byte[] piece in Pieces(input))
        {
            Give(connection, piece);
            if (number++ % ReadEvery == 0)
                connection.ReadAll(events, act);
        }

        connection.ReadAll(events, act);
        if (endOfStream)
        {
            connection.ReceiveEndOfStream();
            connection.ReadAll(events, act);
        }

        return events;
    }

    /// <summary>Shrinks to fewer sizes, passed as a span.</summary>
    /// <param name="cutting">The value to shrink.</param>
    /// <returns>Smaller values.</returns>
    public static IEnumerable<Cutting> Shrink(Cutting cutting)
    {
        if (cutting.Way != Way.Span)
            yield return cutting with { Way = Way.Span };
        if (cutting.ReadEvery > 1)
            yield return cutting with { ReadEvery = 1 };
        foreach (int[] sizes in Shrinks.List([.. cutting.Sizes]))
        {
            if (sizes.Any(size => size > 0))
                yield return cutting with { Sizes = sizes };
        }
    }

    /// <summary>Describes the split.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"in pieces of [{string.Join(", ", Sizes)}] as {Way}, read after every {ReadEvery}");

    private static IReadOnlyList<int> Checked(IReadOnlyList<int> sizes)
    {
        ArgumentNullException.ThrowIfNull(sizes);
        return sizes.Any(size => size > 0) && sizes.All(size => size >= 0)
            ? sizes
            : throw new ArgumentException("Sizes must not be negative, and at least one must not be zero.", nameof(sizes));
    }

    private static int Checked(int readEvery)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(readEvery);
        return readEvery;
    }

    internal int SizeOf(int piece) => Sizes[piece % Sizes.Count];

    internal void Give(WsConnection connection, byte[] bytes)
    {
        switch (Way)
        {
            case Way.Span:
                connection.Receive(bytes);
                break;
            case Way.Sequence:
                connection.Receive(Segment.Sequence(bytes, Math.Max(1, (bytes.Length + 3) / 4)));
                break;
            default:
                // A larger memory than needed, as a transport requests it that does not know the size.
                bytes.CopyTo(connection.ReceiveBuffer.GetMemory(bytes.Length + 10));
                connection.ReceiveBuffer.Advance(bytes.Length);
                break;
        }
    }
}
