using System;
using System.Threading;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>
/// What may happen very often has a line in the log each minute at most, with how often it has happened since the last one.
/// </summary>
internal sealed class SparseLog(TimeProvider time)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long? _last;
    private int _count;

    /// <summary>It has happened once more.</summary>
    /// <param name="count">How often since the last line.</param>
    /// <returns>Whether there is to be a line.</returns>
    internal bool IsDue(out int count)
    {
        lock (_lock)
        {
            count = ++_count;
            if (_last is { } last && time.GetElapsedTime(last) < _interval)
                return false;
            _last = time.GetTimestamp();
            _count = 0;
            return true;
        }
    }
}
