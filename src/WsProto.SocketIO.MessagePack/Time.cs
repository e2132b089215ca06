using System;
using System.Buffers.Binary;
using System.Globalization;

namespace WsProto.SocketIO.MessagePack;

/// <summary>Reads times in extensions, and writes them as the strings of JSON.</summary>
internal static class Time
{
    /// <summary>The maximum number of characters of a time.</summary>
    internal const int MaxLength = 28;

    private const long NanosecondsPerTick = 100;

    /// <summary>
    /// Reads a date of npm's parser: milliseconds since 1970. Returns null if a <see cref="DateTime"/> cannot represent it.
    /// </summary>
    internal static DateTime? OfMilliseconds(ReadOnlySpan<byte> data)
    {
        long milliseconds = BinaryPrimitives.ReadInt64BigEndian(data);
        return Of(Math.DivRem(milliseconds, 1000, out long rest), rest * TimeSpan.TicksPerMillisecond);
    }

    /// <summary>
    /// Reads a timestamp, as in the specification of MessagePack, of 4, 8 or 12 bytes: seconds and nanoseconds since 1970. Returns null if
    /// a <see cref="DateTime"/> cannot represent it.
    /// </summary>
    internal static DateTime? OfTimestamp(ReadOnlySpan<byte> data)
    {
        if (data.Length == sizeof(uint))
            return Of(BinaryPrimitives.ReadUInt32BigEndian(data), 0);
        ulong both = BinaryPrimitives.ReadUInt64BigEndian(data);
        return data.Length == sizeof(ulong)
            ? Of((long)(both & ((1UL << 34) - 1)), (long)(both >> 34) / NanosecondsPerTick)
            : Of(BinaryPrimitives.ReadInt64BigEndian(data[sizeof(uint)..]), (long)(both >> 32) / NanosecondsPerTick);
    }

    /// <summary>Writes a time as JavaScript does, with more digits if it has fractions of milliseconds.</summary>
    /// <returns>The number of characters.</returns>
    internal static int Format(DateTime time, Span<char> text)
    {
        string format = time.Ticks % TimeSpan.TicksPerMillisecond == 0
            ? "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fff'Z'"
            : "yyyy'-'MM'-'dd'T'HH':'mm':'ss'.'fffffff'Z'";
        _ = time.TryFormat(text, out int length, format, CultureInfo.InvariantCulture);
        return length;
    }

    private static DateTime? Of(long seconds, long ticks)
    {
        // Compared in days first, which cannot overflow.
        long days = seconds / (24 * 60 * 60);
        if (days is < -800_000 or > 3_000_000)
            return null;
        long all = DateTime.UnixEpoch.Ticks + (seconds * TimeSpan.TicksPerSecond) + ticks;
        return all >= 0 && all <= DateTime.MaxValue.Ticks ? new DateTime(all, DateTimeKind.Utc) : null;
    }
}
