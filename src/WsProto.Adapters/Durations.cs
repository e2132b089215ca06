using System;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading;

namespace WsProto.Adapters;

/// <summary>Options that are times: their checks, and how messages name them.</summary>
internal static class Durations
{
    /// <summary>The longest that a timer takes: 49 days.</summary>
    internal static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    internal static TimeSpan Positive(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Longest, name);
        return value;
    }

    /// <summary>A time in a message.</summary>
    internal static string Name(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");

    internal static TimeSpan PositiveOrInfinite(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value == Timeout.InfiniteTimeSpan ? value : Positive(value, name);
}
