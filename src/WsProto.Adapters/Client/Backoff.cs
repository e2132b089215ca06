using System;
using System.Globalization;

namespace WsProto.Adapters.Client;

/// <summary>
/// How long to wait before the next attempt. "The first reconnect attempt SHOULD be delayed by a random amount of time. ... Should the
/// first reconnect attempt fail, subsequent reconnect attempts SHOULD be delayed by increasingly longer amounts of time, using a method
/// such as truncated binary exponential backoff" (RFC 6455 §7.2.3).
/// </summary>
internal static class Backoff
{
    /// <summary>A server that asks for more than that is not believed.</summary>
    private static readonly TimeSpan _longestRetryAfter = TimeSpan.FromHours(1);

    /// <summary>Draws a delay, not below what the server asked for.</summary>
    /// <param name="options">The bounds.</param>
    /// <param name="attempt">1 for the first.</param>
    /// <param name="failure">What failed.</param>
    internal static TimeSpan DelayFor(WsReconnectOptions options, int attempt, Exception failure)
    {
        // Beyond 2^30 the bound is MaxDelay for any initial delay of a tick or more.
        double bound = Math.Min(options.InitialDelay.Ticks * Math.Pow(2, Math.Min(attempt - 1, 60)), options.MaxDelay.Ticks);
        var delay = TimeSpan.FromTicks((long)(bound * options.Random()));
        TimeSpan asked = failure is WsHandshakeException refused ? RetryAfter(refused.Headers, options.TimeProvider) : TimeSpan.Zero;
        return delay > asked ? delay : asked;
    }

    /// <summary>Retry-After = HTTP-date / delay-seconds (RFC 9110 §10.2.3).</summary>
    private static TimeSpan RetryAfter(HeaderList headers, TimeProvider time)
    {
        string? value = headers["Retry-After"];
        TimeSpan asked =
            int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) ? TimeSpan.FromSeconds(seconds)
            : DateTimeOffset.TryParseExact(value, "r", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTimeOffset date)
                ? date - time.GetUtcNow()
            : TimeSpan.Zero;
        return asked < TimeSpan.Zero ? TimeSpan.Zero : asked > _longestRetryAfter ? _longestRetryAfter : asked;
    }
}
