using System;
using System.Collections.Generic;
using System.Net;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Bench;

/// <summary>What a command line of <c>bench</c> asks for.</summary>
internal sealed record BenchSettings
{
    public required ServerSettings Server { get; init; }

    public int Connections { get; init; }

    /// <summary>The addresses of this end, which connections take in turn; none for the one that the system takes.</summary>
    public IReadOnlyList<IPAddress> From { get; init; } = [];

    /// <summary>How many connections are opened at the same time.</summary>
    public int Opening { get; init; }

    /// <summary>Messages in a second over all connections; null for one after the other on each.</summary>
    public double? Rate { get; init; }

    /// <summary>The size of a message.</summary>
    public int Size { get; init; }

    public TimeSpan Duration { get; init; }

    /// <summary>How long to wait for replies at the end.</summary>
    public TimeSpan Wait { get; init; }

    public bool IsJson { get; init; }

    /// <summary>The highest 99th percentile that is good; null for any.</summary>
    public TimeSpan? MostP99 { get; init; }

    /// <summary>How many errors are good; null for any number.</summary>
    public long? MostErrors { get; init; }
}
