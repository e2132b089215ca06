using WsProto.Adapters.Tests.Support;

namespace WsProto.Interop.Tests;

/// <summary>A reverse proxy on loopback in front of a route.</summary>
internal abstract class Proxy : IAsyncDisposable
{
    /// <summary>Where it listens in the clear.</summary>
    internal abstract int Port { get; }

    /// <summary>Where it listens with TLS.</summary>
    internal abstract int TlsPort { get; }

    internal static Task<Proxy> StartAsync(PeerKind kind, ProxySettings settings, CancellationToken guard) =>
        kind == PeerKind.Yarp ? YarpProxy.StartAsync(settings, guard) : ProxyProcess.StartAsync(kind, settings, guard);

    public abstract ValueTask DisposeAsync();
}

internal sealed record ProxySettings
{
    /// <summary>Of the route, on loopback.</summary>
    internal required int RoutePort { get; init; }

    /// <summary>The major version of HTTP to speak to the route.</summary>
    internal required int RouteVersion { get; init; }

    /// <summary>Of a second route, where the document has one.</summary>
    internal int OtherPort { get; init; }

    /// <summary>Which document has the lines of the configuration.</summary>
    internal string Document { get; init; } = "docs/aspnetcore.md";

    internal required TestCertificate Certificate { get; init; }

    /// <summary>After how many seconds of silence it cuts a connection.</summary>
    internal int IdleSeconds { get; init; } = 60;

    /// <summary>A line of the documented configuration that is left out.</summary>
    internal string? Without { get; init; }
}
