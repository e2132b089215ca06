using System.Net;
using System.Security.Cryptography.X509Certificates;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Proxy;

/// <summary>What a command line of <c>proxy</c> asks for.</summary>
internal sealed record ProxySettings
{
    public required IPEndPoint Place { get; init; }

    /// <summary>How the server is reached.</summary>
    public required ServerSettings Server { get; init; }

    /// <summary>How clients are spoken to; null for no TLS.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The file that gets what passes; null for none.</summary>
    public string? Record { get; init; }

    /// <summary>Where faults can be changed; null for nowhere.</summary>
    public IPEndPoint? Control { get; init; }

    public int Seed { get; init; }

    /// <summary>After how many connections it ends; null for no such number.</summary>
    public int? Connections { get; init; }

    public int Shown { get; init; }

    public bool IsJson { get; init; }

    /// <summary>Whether nothing that passes is shown.</summary>
    public bool IsQuiet { get; init; }
}
