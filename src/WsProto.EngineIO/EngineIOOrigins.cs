using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace WsProto.EngineIO;

/// <summary>
/// Which web pages may connect. Browsers let any page send requests and open WebSockets to any server, with the user's cookies, and say in
/// <c>Origin</c> which page it was (RFC 6454, RFC 6455 §10.2). What has no <c>Origin</c> is no such page and is not judged.
/// </summary>
public sealed class EngineIOOrigins
{
    private readonly HashSet<string>? _allowed;

    private EngineIOOrigins(HashSet<string>? allowed = null) => _allowed = allowed;

    /// <summary>Pages of the host and port that the request was sent to, see <see cref="EngineIORequest.Host"/>.</summary>
    /// <remarks>
    /// The scheme is compared if the request came over TLS. Otherwise a proxy may have ended TLS, and pages of both schemes are the host's.
    /// </remarks>
    public static EngineIOOrigins SameOrigin { get; } = new();

    /// <summary>Every page, for servers that neither know cookies nor trust the network that they are in.</summary>
    public static EngineIOOrigins Any { get; } = new();

    /// <summary>Pages of these origins.</summary>
    /// <param name="origins">
    /// As browsers write them: <c>https://example.com</c>, with a port if it is not the scheme's default; <c>null</c> for pages without an
    /// origin of their own.
    /// </param>
    /// <exception cref="ArgumentException">One is no origin: it lacks the scheme, or has a path.</exception>
    public static EngineIOOrigins Only(params IEnumerable<string> origins)
    {
        ArgumentNullException.ThrowIfNull(origins);
        HashSet<string> allowed = new(StringComparer.Ordinal);
        foreach (string origin in origins)
        {
            string? normal = Normalize(origin);
            allowed.Add(normal ?? throw new ArgumentException($"\"{origin}\" is no origin such as https://example.com.", nameof(origins)));
        }

        return new(allowed);
    }

    internal bool Allows(string origin, EngineIORequest request) =>
        ReferenceEquals(this, Any)
        || (_allowed is null ? IsSame(origin, request) : Normalize(origin) is { } normal && _allowed.Contains(normal));

    private static bool IsSame(string origin, EngineIORequest request) =>
        TryParse(origin, out Uri? page)
        && (page.Scheme == Uri.UriSchemeHttps || (page.Scheme == Uri.UriSchemeHttp && !request.IsSecure))
        && TryParse($"{page.Scheme}://{request.Host}", out Uri? self)
        && string.Equals(page.IdnHost, self.IdnHost, StringComparison.OrdinalIgnoreCase)
        && page.Port == self.Port;

    /// <summary>One spelling for each origin (RFC 6454 §6.1); null for what is none.</summary>
    private static string? Normalize(string origin) =>
        origin == "null" ? origin
        : TryParse(origin, out Uri? page) ? string.Create(CultureInfo.InvariantCulture, $"{page.Scheme}://{page.IdnHost}:{page.Port}")
        : null;

    /// <summary>Scheme, host and port, and nothing else; the slash that a URI has after them is let pass.</summary>
    private static bool TryParse(string text, [NotNullWhen(true)] out Uri? uri) =>
        Uri.TryCreate(text, UriKind.Absolute, out uri)
        && text.Contains("://", StringComparison.Ordinal)
        && uri is { UserInfo: "", AbsolutePath: "/" or "", Query: "", Fragment: "" };
}
