using System;

namespace WsProto.Adapters.Transports;

/// <summary>
/// How one direction of a <see cref="MemoryTransport"/> behaves: how its bytes are cut, how long they take, how many are under way, and
/// when it fails.
/// </summary>
/// <remarks>All sizes are in bytes. The defaults are a good network: everything arrives at once and in one piece.</remarks>
public sealed record MemoryTransportOptions
{
    internal static MemoryTransportOptions Default { get; } = new();

    /// <summary>
    /// How many bytes may be under way, written and not read yet, before a write waits: the backpressure. Default: 64 KiB, about what
    /// sockets keep.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Capacity
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegativeOrZero(value);
            field = value;
        }
    }

    = 64 * 1024;

    /// <summary>
    /// How long bytes take from the write to where they can be read, by <see cref="TimeProvider"/>; so does the end of the stream. Default:
    /// no time at all.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public TimeSpan Delay
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            field = value;
        }
    }

    /// <summary>
    /// How many bytes a read gives, of so many that it could: <c>_ => 1</c> for one at a time, <c>n => random.Next(1, n + 1)</c> with a
    /// seeded <see cref="Random"/> for cuts that a test can repeat. What it returns is brought between 1 and what there is. Called by one
    /// read at a time. Null (the default) gives all.
    /// </summary>
    public Func<int, int>? Chunk { get; init; }

    /// <summary>
    /// Breaks the direction after so many bytes: the write that goes beyond them fails, and so does the read after the last of them. The
    /// other direction goes on. Null (the default) for never.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long? BreakAfter
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// Ends the stream after so many bytes; what is written beyond them is lost without a word, as where TLS is cut off. Null (the default)
    /// for never.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long? EndAfter
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// Stops after so many bytes until <see cref="MemoryTransport.Resume"/>: they arrive, later ones do not. Null (the default) for never.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public long? StallAfter
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value ?? 0, nameof(value));
            field = value;
        }
    }

    /// <summary>
    /// Is shown all bytes that the direction takes, in order and before they can be read, for tests that look at the wire. The memory is
    /// valid during the call. Null (the default) for nobody. It is called with a lock held, so it must not use the transport.
    /// </summary>
    public Action<ReadOnlyMemory<byte>>? Tap { get; init; }

    /// <summary>Where the time of <see cref="Delay"/> comes from. Default: <see cref="TimeProvider.System"/>.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
