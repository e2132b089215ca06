using System;
using System.Collections.Generic;
using System.Net;
using System.Net.Security;
using WsProto.Extensions;

namespace WsProto.Cli.Dialing;

/// <summary>How a server is reached, and what the request has: the same for every verb that is a client.</summary>
internal sealed record ServerSettings
{
    public required Uri Uri { get; init; }

    public HeaderList Headers { get; init; } = [];

    public IReadOnlyList<string> Subprotocols { get; init; } = [];

    /// <summary>The compression to offer; null for none.</summary>
    public PerMessageDeflate? Deflate { get; init; }

    /// <summary>How TLS is done; null where the address has none.</summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>The proxy; null for none.</summary>
    public Uri? Proxy { get; init; }

    /// <summary>A Unix socket to connect to instead of the host of the address; null for none.</summary>
    public string? Unix { get; init; }

    /// <summary>The address of this end; null for the one that the system takes. For what <see cref="IsDirect"/> alone.</summary>
    public IPAddress? From { get; init; }

    public bool IsHttp2 { get; init; }

    /// <summary>Whether a request of HTTP/1.1 on a stream of ours does it, so that each step can be seen.</summary>
    public bool IsDirect => Proxy is null && !IsHttp2;

    /// <summary>What is offered (RFC 6455 §9.1).</summary>
    public IReadOnlyList<WsExtension> Extensions => Deflate is { } deflate ? [deflate] : [];

    /// <summary>The request of HTTP/1.1.</summary>
    /// <exception cref="ArgumentException">A header field or a subprotocol cannot be sent.</exception>
    public Request ToRequest() => Request.FromUri(Uri) with
    {
        ExtraHeaders = Headers,
        Subprotocols = Subprotocols,
        Extensions = Extensions,
    };
}
