// The address of the server, and the headers and cookies of all requests of both transports.

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using System.Net;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Client.Hosting;

internal sealed class Endpoint : IDisposable
{
    private const string Cookie = "Cookie";

    private const string DefaultPath = "/socket.io/";

    private static readonly string[] _schemes = ["http", "https", "ws", "wss"];

    private readonly SocketIOClientOptions _options;
    private readonly Uri _uri;
    private readonly CookieContainer _cookies;
    private readonly HttpMessageInvoker? _own;

    [SuppressMessage("Reliability", "CA2000", Justification = "The invoker disposes of its handler.")]
    internal Endpoint(Uri uri, SocketIOClientOptions options)
    {
        if (!uri.IsAbsoluteUri || !_schemes.Contains(uri.Scheme) || uri.UserInfo.Length > 0)
            throw new ArgumentException("The address must be an http, https, ws or wss URI without user information.", nameof(uri));
        if (options.HttpInvoker is not null && (options.Tls is not null || options.Proxy is not null))
            throw new ArgumentException("Tls and Proxy cannot be used with an HttpInvoker, which has its own.", nameof(options));
        bool isSecure = uri.Scheme is "https" or "wss";
        var builder = new UriBuilder(uri) { Scheme = isSecure ? "https" : "http", Port = uri.Port, Fragment = "" };
        if (uri.AbsolutePath == "/")
            builder.Path = DefaultPath;
        _uri = builder.Uri;
        _options = options;
        _cookies = options.Cookies ?? new CookieContainer();
        if (options.HttpInvoker is null)
            _own = new HttpMessageInvoker(CreateHandler(options));
        // An invoker has its own TLS and proxy. Without one, WebSockets have their own connections, with the same options.
        WebSockets = new WsClientOptions
        {
            HttpInvoker = options.HttpInvoker,
            Tls = options.Tls,
            Proxy = options.Proxy is { } proxy ? new WsProxy(proxy) : null,
        };
    }

    /// <summary>The server's host and port, as they are told in errors.</summary>
    internal string Authority => $"{_uri.Host}:{_uri.Port}";

    internal HttpMessageInvoker Invoker => _own ?? _options.HttpInvoker!;

    /// <summary>The options of WebSockets.</summary>
    internal WsClientOptions WebSockets { get; }

    public void Dispose() => _own?.Dispose();

    internal Uri UriOf(EngineIOClientRequest request)
    {
        string given = _uri.Query.TrimStart('?');
        return new UriBuilder(_uri) { Query = given.Length == 0 ? request.Query : request.Query + "&" + given }.Uri;
    }

    /// <summary>Gets the headers for all requests of one session.</summary>
    internal async ValueTask<IReadOnlyList<KeyValuePair<string, string>>> HeadersAsync(CancellationToken cancellationToken)
    {
        if (_options.HeadersProvider is not { } provider)
            return _options.Headers;
        return [.. _options.Headers, .. await provider(cancellationToken).ConfigureAwait(false)];
    }

    /// <summary>Adds the cookies for a request to its headers. All cookies are in one header (RFC 6265 §5.4).</summary>
    /// <param name="uri">The URI of the request.</param>
    /// <param name="headers">The headers of the session.</param>
    internal List<KeyValuePair<string, string>> WithCookies(Uri uri, IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        List<KeyValuePair<string, string>> all = [.. headers];
        string kept;
        lock (_cookies)
            kept = _cookies.GetCookieHeader(uri);
        if (kept.Length == 0)
            return all;
        int own = all.FindIndex(header => header.Key.Equals(Cookie, StringComparison.OrdinalIgnoreCase));
        if (own < 0)
            all.Add(new(Cookie, kept));
        else
            all[own] = new(all[own].Key, $"{all[own].Value}; {kept}");
        return all;
    }

    /// <summary>
    /// Stores the cookies of a response. One that is malformed is ignored. So is one that is not ASCII, because cookies are ASCII (RFC 6265
    /// §4.1.1), and HttpClient sends nothing else.
    /// </summary>
    internal void TakeCookies(Uri uri, IEnumerable<string> setCookies)
    {
        lock (_cookies)
        {
            foreach (string cookie in setCookies)
            {
                if (cookie.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                    continue;
                try
                {
                    _cookies.SetCookies(uri, cookie);
                }
                catch (CookieException)
                {
                }
            }
        }
    }

    internal static IReadOnlyList<KeyValuePair<string, string>> HeadersOf(HttpResponseMessage response)
    {
        var all = new List<KeyValuePair<string, string>>();
        HttpHeadersNonValidated[] sets = [response.Headers.NonValidated, response.Content.Headers.NonValidated];
        foreach (HttpHeadersNonValidated headers in sets)
        {
            foreach ((string name, HeaderStringValues values) in headers)
                all.AddRange(values.Select(value => KeyValuePair.Create(name, value)));
        }

        return all;
    }

    private static SocketsHttpHandler CreateHandler(SocketIOClientOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            UseProxy = options.Proxy is not null,
            Proxy = options.Proxy,
            // Following a redirect would send headers, and with them secrets, to a host that the caller did not choose.
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = options.Connection.Engine.OpenTimeout,
        };
        if (options.Tls is { } tls)
            handler.SslOptions = tls;
        return handler;
    }
}
