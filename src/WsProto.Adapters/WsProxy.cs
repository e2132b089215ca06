using System;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Security;
using WsProto.Adapters.Client;

namespace WsProto.Adapters;

/// <summary>
/// The proxy that a client goes through: by CONNECT (<see href="https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6">RFC 9110
/// §9.3.6</see>) or by SOCKS 5 (<see href="https://www.rfc-editor.org/rfc/rfc1928">RFC 1928</see>), for <c>ws</c> and <c>wss</c> alike.
/// </summary>
public sealed record WsProxy
{
    private static readonly string[] _schemes = ["http", "https", "socks5", "socks5h"];

    private readonly Uri? _uri;
    private readonly IWebProxy? _choice;

    /// <summary>Uses one proxy.</summary>
    /// <param name="uri">
    /// <c>http://host:port</c>; <c>https://host:port</c> for TLS to the proxy; <c>socks5://host:port</c>, where the name of the server is
    /// looked up here, or <c>socks5h://host:port</c>, where the proxy does it. Without a port it is the scheme's: 80, 443, 1080. It may
    /// have a user and a password, which go to the proxy alone: as Basic (RFC 7617), at once, or by RFC 1929.
    /// </param>
    /// <exception cref="ArgumentException">The URI is relative, or its scheme is another one.</exception>
    public WsProxy(Uri uri)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (!IsSupported(uri))
        {
            throw new ArgumentException(
                $"The URI of a proxy is absolute and its scheme is one of {string.Join(", ", _schemes)}.", nameof(uri));
        }

        _uri = uri;
    }

    /// <summary>Asks an <see cref="IWebProxy"/> which proxy to use for each server, if any.</summary>
    /// <param name="choice">
    /// It is asked with the server's URI, whose scheme is http for ws and https for wss. What it returns has to be a URI as above; its
    /// <see cref="IWebProxy.Credentials"/> count where neither that URI nor <see cref="Credentials"/> has any.
    /// </param>
    public WsProxy(IWebProxy choice)
    {
        ArgumentNullException.ThrowIfNull(choice);
        _choice = choice;
    }

    /// <summary>
    /// The settings of the system: the environment variables <c>http_proxy</c>, <c>https_proxy</c>, <c>all_proxy</c> and <c>no_proxy</c>,
    /// or the settings of Windows and macOS, as <see cref="HttpClient.DefaultProxy"/> reads them.
    /// </summary>
    public static WsProxy System => new(HttpClient.DefaultProxy);

    /// <summary>
    /// For a proxy by HTTP that answers 407: tried with Negotiate, NTLM, then Basic, whichever it offers and these have
    /// (<see cref="CredentialCache.DefaultCredentials"/> for the user who is logged in, with the first two). For SOCKS: user and password.
    /// Default: null, for those in the URI.
    /// </summary>
    public ICredentials? Credentials { get; init; }

    /// <summary>
    /// More headers for CONNECT, such as <c>User-Agent</c> or a <c>Proxy-Authorization</c> of your own. Not for SOCKS, which has none.
    /// Default: none.
    /// </summary>
    /// <exception cref="ArgumentException">A header cannot be sent, or there is a Host, which is the server's.</exception>
    public HeaderList Headers
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            // The core checks what it is to send.
            ClientNegotiation.ForUpgrade(new Request("h", "/") { ExtraHeaders = value });
            field = value;
        }
    }
    = [];

    /// <summary>
    /// TLS to an https proxy; it is copied, never changed. What it leaves open is as in <see cref="WsClientOptions.Tls"/>. Default: null.
    /// </summary>
    public SslClientAuthenticationOptions? Tls { get; init; }

    /// <summary>Makes the negotiation that answers a 407; tests have one of their own.</summary>
    internal Func<string, NetworkCredential, string, IProxyNegotiation> Negotiate { get; init; } =
        static (scheme, credential, target) => new ProxyNegotiation(scheme, credential, target);

    /// <summary>Returns the name of the type only, because a proxy may hold secrets.</summary>
    public override string ToString() => nameof(WsProxy);

    /// <summary>The proxy for a server; null for none.</summary>
    /// <exception cref="NotSupportedException">The choice is none that a client can go through.</exception>
    internal ProxyTarget? For(Uri server)
    {
        Uri? uri = _uri;
        if (_choice is not null)
        {
            var asked = new UriBuilder(server) { Scheme = server.Scheme is "wss" or "https" ? "https" : "http", Port = server.Port };
            uri = _choice.IsBypassed(asked.Uri) ? null : _choice.GetProxy(asked.Uri);
            if (uri is null || uri == asked.Uri)
                return null;
            if (!IsSupported(uri))
                throw new NotSupportedException($"A proxy of the scheme '{uri.Scheme}' is not supported.");
        }

        return new ProxyTarget(uri!, this, Credentials ?? (uri!.UserInfo.Length > 0 ? null : _choice?.Credentials));
    }

    private static bool IsSupported(Uri uri) => uri.IsAbsoluteUri && _schemes.Contains(uri.Scheme);
}
