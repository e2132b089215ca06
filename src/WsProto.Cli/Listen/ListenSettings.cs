using System.Collections.Generic;
using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace WsProto.Cli.Listen;

/// <summary>What a command line of <c>listen</c> asks for.</summary>
internal sealed record ListenSettings
{
    public required IPEndPoint Place { get; init; }

    /// <summary>For TLS; null for none.</summary>
    public X509Certificate2? Certificate { get; init; }

    public required IReadOnlyList<string> Subprotocols { get; init; }

    public bool HasDeflate { get; init; }

    /// <summary>Whether a message goes to all clients, and not back to its sender alone.</summary>
    public bool IsBroadcast { get; init; }

    /// <summary>The status with which requests are refused, and the body; null for accepting them.</summary>
    public (int Status, string Body)? Rejection { get; init; }

    /// <summary>What to do wrong; null for nothing.</summary>
    public Misbehaviour? Misbehaviour { get; init; }

    public int MaxMessageSize { get; init; }

    /// <summary>After how many connections it ends; null for never.</summary>
    public int? Connections { get; init; }

    public bool IsVerbose { get; init; }

    /// <summary>The program that is run for each connection; null for none.</summary>
    public string? Exec { get; init; }

    /// <summary>How messages lie in its octets.</summary>
    public ExecFraming Framing { get; init; }
}
