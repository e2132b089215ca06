using System;
using System.Collections.Generic;
using System.Net.Security;

namespace WsProto.Cli.Connect;

/// <summary>What a command line of <c>connect</c> asks for.</summary>
internal sealed record ConnectSettings
{
    public required Uri Uri { get; init; }

    public required HeaderList Headers { get; init; }

    public required IReadOnlyList<string> Subprotocols { get; init; }

    /// <summary>The compression to offer; null for none.</summary>
    public PerMessageDeflate? Deflate { get; init; }

    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>The proxy; null for none.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>A Unix socket to connect to instead of the host of the address; null for none.</summary>
    public string? Unix { get; init; }

    public bool IsHttp2 { get; init; }

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
