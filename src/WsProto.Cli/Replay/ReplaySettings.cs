using System;
using System.Net;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Replay;

/// <summary>What a command line of <c>replay</c> asks for.</summary>
internal sealed record ReplaySettings
{
    public required string File { get; init; }

    /// <summary>Which WebSocket of the file, from 1.</summary>
    public int Connection { get; init; } = 1;

    /// <summary>The server to replay the client to; null to be the server.</summary>
    public ServerSettings? Server { get; init; }

    /// <summary>Where to be the server.</summary>
    public IPEndPoint? Place { get; init; }

    /// <summary>How many times faster than recorded; null to send as soon as what came before has come.</summary>
    public double? Speed { get; init; } = 1;

    /// <summary>How long to wait for a message that was recorded.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(5);
}
