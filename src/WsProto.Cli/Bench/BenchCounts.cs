using System;
using System.Collections.Generic;
using System.Threading;

namespace WsProto.Cli.Bench;

/// <summary>What all connections together have seen. Safe for all of them at once.</summary>
internal sealed class BenchCounts
{
    private readonly Lock _lock = new();
    private int _openNow;

    public LatencyHistogram Handshakes { get; } = new();

    public LatencyHistogram Latencies { get; } = new();

    /// <summary>Errors by status, close code, or what went wrong.</summary>
    public SortedDictionary<string, long> Errors { get; } = new(StringComparer.Ordinal);

    public int HighestOpen { get; private set; }

    public long Opened { get; private set; }

    public long Sent { get; private set; }

    /// <summary>Messages with at least one reply.</summary>
    public long Answered { get; private set; }

    /// <summary>Replies to messages that were answered already.</summary>
    public long Repeated { get; private set; }

    /// <summary>Messages that are no reply to any.</summary>
    public long Unasked { get; private set; }

    public long ErrorCount { get; private set; }

    public void Open(TimeSpan handshake)
    {
        lock (_lock)
        {
            Handshakes.Add(handshake);
            Opened++;
            HighestOpen = Math.Max(HighestOpen, ++_openNow);
        }
    }

    public void Close()
    {
        lock (_lock)
            _openNow--;
    }

    public void Fail(string what)
    {
        lock (_lock)
        {
            ErrorCount++;
            Errors[what] = Errors.GetValueOrDefault(what) + 1;
        }
    }

    /// <summary>Adds what one connection has seen.</summary>
    public void Add(LatencyHistogram latencies, long sent, long answered, long repeated, long unasked)
    {
        lock (_lock)
        {
            Latencies.Add(latencies);
            Sent += sent;
            Answered += answered;
            Repeated += repeated;
            Unasked += unasked;
        }
    }
}
