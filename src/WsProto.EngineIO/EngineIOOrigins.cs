using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace WsProto.EngineIO;

/// <summary>The web pages that may connect.</summary>
/// <remarks>
/// Browsers let any page send requests and open WebSockets to any server, with the user's cookies. They name the page in the <c>Origin</c>
/// header (RFC 6454, RFC 6455 §10.2). A request without <c>Origin</c> is not checked, because programs other than browsers send none.
/// </remarks>
public sealed class EngineIOOrigins
{
    private readonly HashSet<string>? _allowed;

    private EngineIOOrigins(HashSet<string>? allowed = null) => _allowed = allowed;

    /// <summary>Pages of the host and port that the request was sent to; see <see cref="EngineIORequest.Host"/>.</summary>
    /// <remarks>
    /// If the request came over TLS, the scheme must be the same too. Otherwise a proxy may have ended TLS, and both schemes are allowed.
    /// </remarks>
    public static EngineIOOrigins SameOrigin { get; } = new();

    /// <summary>Every page. For servers that use no cookies and are not protected by the network that they are in.</summary>
    public static EngineIOOrigins Any { get; } = new();

    /// <summary>Pages of the given origins.</summary>
    /// <param name="origins">
    /// The origins as browsers send them: <c>https://example.com</c>, with the port if it is not the default of the scheme. <c>null</c>
    /// stands for pages without an origin, such as files.
    /// </param>
    /// <returns>The policy.</returns>
    /// <exception cref="ArgumentException">An item is not an origin: it has no scheme, or it has a path.</exception>
    public static EngineIOOrigins Only(params IEnumerable<string> origins)
    {
        ArgumentNullException.ThrowIfNull(origins);
        HashSet<string> allowed = new(StringComparer.Ordinal);
        foreach (string origin in origins)
        {
            string? normal = Normalize(origin);
            allowed.Add(normal ?? throw new ArgumentException(
                $"\"{origin}\" is not an origin such as https://example.com.", nameof(origins)));
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

    /// <summary>Gives each origin one spelling (RFC 6454 §6.1). Returns null if the text is not an origin.</summary>
    private static string? Normalize(string origin) =>
        origin == "null" ? origin
        : TryParse(origin, out Uri? page) ? string.Create(CultureInfo.InvariantCulture, $"{page.Scheme}://{page.IdnHost}:{page.Port}")
        : null;

    /// <summary>Parses an origin: scheme, host and port. A slash at the end is allowed.</summary>
    private static bool TryParse(string text, [NotNullWhen(true)] out Uri? uri) =>
        Uri.TryCreate(text, UriKind.Absolute, out uri)
        && text.Contains("://", StringComparison.Ordinal)
        && uri is { UserInfo: "", AbsolutePath: "/" or "", Query: "", Fragment: "" };
}
