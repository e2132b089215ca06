// From a URI to the Host header and the request target (RFC 6455 §3, §4.1), and between the two spellings of a host: the ASCII of
// the wire and Unicode. International names are converted label by label, and without the port.

using System;
using System.Globalization;

namespace WsProto.Negotiation;

internal static class HostName
{
    internal static (string Host, string Target) Split(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (!uri.IsAbsoluteUri || uri.Scheme is not ("ws" or "wss" or "http" or "https"))
            throw new ArgumentException("A WebSocket URI is absolute and its scheme is ws or wss (RFC 6455 §3).", nameof(uri));
        // "Fragment identifiers are meaningless in the context of WebSocket URIs and MUST NOT be used on these URIs" (§3).
        if (uri.Fragment.Length > 0)
            throw new ArgumentException("A WebSocket URI has no fragment (RFC 6455 §3).", nameof(uri));
        if (uri.UserInfo.Length > 0)
            throw new ArgumentException(
                "A WebSocket URI has no user information (RFC 6455 §3); send an Authorization header.", nameof(uri));
        string host = uri.HostNameType == UriHostNameType.IPv6 ? $"[{WithoutZone(uri.IdnHost)}]" : uri.IdnHost;
        string authority = uri.IsDefaultPort ? host : $"{host}:{uri.Port.ToString(CultureInfo.InvariantCulture)}";
        return (authority, uri.Query.Length > 1 ? uri.PathAndQuery : uri.AbsolutePath);
    }

    /// <exception cref="ArgumentException">It is no host, or a label has no ASCII form.</exception>
    internal static string ToAscii(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        (string name, string port) = Divide(host);
        string ascii = System.Text.Ascii.IsValid(name) ? host : new IdnMapping().GetAscii(name) + port;
        if (!HttpGrammar.IsHost(ascii))
            throw new ArgumentException("It has to be a host, and a port if it is not the default (RFC 9110 §7.2).", nameof(host));
        return ascii;
    }

    internal static string ToUnicode(string host)
    {
        (string name, string port) = Divide(host);
        try
        {
            return new IdnMapping().GetUnicode(name) + port;
        }
        catch (ArgumentException)
        {
            return host;
        }
    }

    private static (string Name, string Port) Divide(string host)
    {
        int colon = host.LastIndexOf(':');
        return colon < 0 || host.EndsWith(']') ? (host, "") : (host[..colon], host[colon..]);
    }

    /// <summary>A zone means something on one machine only and is not sent (RFC 6874 §1).</summary>
    private static string WithoutZone(string address)
    {
        int percent = address.IndexOf('%', StringComparison.Ordinal);
        return percent < 0 ? address : address[..percent];
    }
}
