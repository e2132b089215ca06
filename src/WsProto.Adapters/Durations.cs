using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace WsProto.Adapters;

/// <summary>The checks of options that are times.</summary>
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

    internal static TimeSpan PositiveOrInfinite(TimeSpan value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value == Timeout.InfiniteTimeSpan ? value : Positive(value, name);
}
