using System;
using System.Collections.Generic;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Fuzz;

/// <summary>What a command line of <c>fuzz</c> asks for.</summary>
internal sealed record FuzzSettings
{
    /// <summary>How the server is reached, and what opens each connection.</summary>
    public required ServerSettings Server { get; init; }

    public int Seed { get; init; }

    /// <summary>The first case.</summary>
    public int First { get; init; }

    public int Cases { get; init; }

    /// <summary>How long cases are begun.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>How long the server may take to answer, and to end the connection.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Whether the server sends each message back.</summary>
    public bool IsEcho { get; init; }

    /// <summary>Whether other findings are looked for after the first.</summary>
    public bool KeepsGoing { get; init; }

    /// <summary>The segments of a file to be sent instead of cases; null for none.</summary>
    public IReadOnlyList<byte[]>? Segments { get; init; }

    /// <summary>The file that gets the input of the last finding; null for none.</summary>
    public string? Save { get; init; }

    public bool IsJson { get; init; }
}
