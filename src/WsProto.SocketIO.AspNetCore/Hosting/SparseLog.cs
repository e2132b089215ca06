using System;
using System.Threading;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>Limits the log of something frequent to one line a minute, with the number of occurrences since the last line.</summary>
internal sealed class SparseLog(TimeProvider time)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private long? _last;
    private int _count;

    /// <summary>Counts an occurrence.</summary>
    /// <param name="count">The number of occurrences since the last line.</param>
    /// <returns>Whether to log a line.</returns>
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
