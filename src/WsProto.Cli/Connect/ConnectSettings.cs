using System;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Connect;

/// <summary>What a command line of <c>connect</c> asks for.</summary>
internal sealed record ConnectSettings
{
    public required ServerSettings Server { get; init; }

    public PayloadFormat Format { get; init; }

    /// <summary>Whether lines of input that begin with a slash are commands.</summary>
    public bool HasCommands { get; init; }

    public TimeSpan? PingInterval { get; init; }

    /// <summary>A message to send again and again.</summary>
    public (TimeSpan Interval, string Text)? Every { get; init; }

    /// <summary>After how many messages it ends; null for no such number.</summary>
    public int? Count { get; init; }

    /// <summary>The text of the message that ends it; null for none.</summary>
    public string? Until { get; init; }

    /// <summary>How long it goes on after the end of input; null for as long as the server wants.</summary>
    public TimeSpan? Wait { get; init; }

    /// <summary>How long it may take in all; null for no limit.</summary>
    public TimeSpan? Timeout { get; init; }

    public int MaxMessageSize { get; init; }

    /// <summary>Whether another connection comes where one is lost or does not come about.</summary>
    public bool IsReconnecting { get; init; }

    public bool HasStats { get; init; }

    public bool IsVerbose { get; init; }

    public bool IsTraced { get; init; }
}
