using System;
using System.Collections.Generic;
using System.Threading;
using Microsoft.Extensions.Logging;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>
/// Logs refused requests: at most one line a minute for each error, with the count, because refused clients try again and again.
/// </summary>
internal sealed class RefusalLog(ILogger logger)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<EngineIOError, (TimeSpan Last, int Count)> _refusals = [];

    internal void Note(EngineIOError error, int status, TimeSpan now)
    {
        int count;
        lock (_lock)
        {
            bool isKnown = _refusals.TryGetValue(error, out (TimeSpan Last, int Count) known);
            count = known.Count + 1;
            bool isDue = !isKnown || now - known.Last >= _interval;
            _refusals[error] = isDue ? (now, 0) : (known.Last, count);
            if (!isDue)
                return;
        }

        Log.Refused(logger, count, error, status);
    }
}
