using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace WsProto.Adapters;

/// <summary>
/// Which web pages may connect. A browser lets any page open a WebSocket to any server with the user's cookies, and names the page in the
/// header <c>Origin</c> (RFC 6455 §10.2). Programs other than browsers send no Origin, and are always allowed.
/// </summary>
public sealed class OriginPolicy
{
    private readonly Func<Request, string, bool, bool> _allows;

    private OriginPolicy(Func<Request, string, bool, bool> allows) => _allows = allows;

    /// <summary>Pages of the host and port that the request was sent to, and requests without an Origin.</summary>
    /// <remarks>
    /// The host is that of the client's <c>Host</c> header. If an attacker can make a name of his own lead to this server ("DNS
    /// rebinding"), for example to one on a developer's machine, list the allowed pages with <see cref="Only"/>.
    /// </remarks>
    public static OriginPolicy SameOrigin { get; } = new(IsSame);

    /// <summary>Every page. For servers that use no cookies and do not trust their network.</summary>
    public static OriginPolicy Any { get; } = new((_, _, _) => true);

    /// <summary>Pages of these origins, and requests without one.</summary>
    /// <param name="origins">
    /// As browsers write them: <c>https://example.com</c>, with a port if it is not the scheme's default; <c>null</c> for pages without an
    /// origin of their own.
    /// </param>
    /// <exception cref="ArgumentException">One is no origin: it lacks the scheme, or has a path.</exception>
    public static OriginPolicy Only(params IEnumerable<string> origins)
    {
        ArgumentNullException.ThrowIfNull(origins);
        HashSet<string> allowed = new(StringComparer.OrdinalIgnoreCase);
        foreach (string origin in origins)
        {
            allowed.Add(Normalize(origin) ?? throw new ArgumentException(
                $"'{origin}' is no origin; one looks like https://example.com.", nameof(origins)));
        }

        return new((_, origin, _) => Normalize(origin) is { } normal && allowed.Contains(normal));
    }

    /// <summary>Judges a request.</summary>
    /// <param name="request">What the client sent.</param>
    /// <param name="isSecure">Whether it surely came over TLS.</param>
    /// <returns>Whether it may connect. A request without an Origin may, as no browser sent it.</returns>
    public bool Allows(Request request, bool isSecure)
    {
        ArgumentNullException.ThrowIfNull(request);
        // More than one is what no browser sends.
        string[] origins = [.. request.ExtraHeaders.GetValues("Origin")];
        return origins.Length == 0 || (origins.Length == 1 && _allows(request, origins[0], isSecure));
    }

    /// <summary>
    /// Without TLS of its own the server does not know the scheme that the client sees, as behind a proxy that ends TLS; then it is not
    /// compared. With TLS it is, because a page without can be written by whoever is on the way.
    /// </summary>
    private static bool IsSame(Request request, string origin, bool isSecure) =>
        TryParse(origin, out Uri? page)
        && (page.Scheme == Uri.UriSchemeHttps || (page.Scheme == Uri.UriSchemeHttp && !isSecure))
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
