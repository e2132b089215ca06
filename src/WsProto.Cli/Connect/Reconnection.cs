using System;
using WsProto.Adapters;

namespace WsProto.Cli.Connect;

/// <summary>
/// When to connect again, by the rules of <see cref="WsReconnectingClient"/>. That client itself does not show where the messages of a
/// connection end, and events have to be told in their order.
/// </summary>
/// <param name="clock">The time.</param>
internal sealed class Reconnection(TimeProvider clock)
{
    private readonly WsReconnectOptions _options = new() { TimeProvider = clock };
    private long? _openedAt;
    private int _failures;

    /// <summary>Which attempt comes next: 1 is the first.</summary>
    public int Attempt => _failures + 1;

    /// <summary>There is a connection.</summary>
    public void Opened() => _openedAt = clock.GetTimestamp();

    /// <summary>There is none, or it is lost.</summary>
    /// <returns>How long to wait; null where the next would fail too.</returns>
    public TimeSpan? DelayAfter(Exception failure)
    {
        if (_openedAt is { } since && clock.GetElapsedTime(since) >= _options.StableAfter)
            _failures = 0;
        _openedAt = null;
        _failures++;
        return _options.Decide(_failures, failure);
    }
}
