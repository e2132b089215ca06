// The options of verbs that are clients. Each verb takes the groups that make sense for it, and all of them are read here, so that an
// option means the same everywhere.

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace WsProto.Cli.Dialing;

internal sealed class ServerOptions
{
    private readonly Option<string[]> _header = Options.Many("--header", "-H", "NAME: VALUE", "A field of the request. Again for more.");
    private readonly Option<string?> _origin = Options.Text("--origin", "ORIGIN", "The Origin of the request.");
    private readonly Option<string?> _auth = Options.Text("--auth", "USER:PASSWORD", "Basic authentication.");
    private readonly Option<string[]> _subprotocol = Options.Many("--subprotocol", null, "NAME", "A subprotocol to offer. Again for more.");
    private readonly OptionalValueOption _deflate =
        new("--deflate", "PARAMETERS", "Offer compression (RFC 7692), with parameters if told.");

    private readonly Option<bool> _insecure = new("--insecure", "-k") { Description = "Take any certificate of the server." };
    private readonly Option<string?> _ca = Options.Text("--ca", "FILE", "Trust the authorities in this PEM file, and no others.");
    private readonly Option<string?> _cert = Options.Text("--cert", "FILE", "A PEM file with a certificate of ours and its key.");
    private readonly Option<string?> _proxy = Options.Text("--proxy", "URL", "A proxy: http://, https:// or socks5://.");
    private readonly Option<string?> _unix = Options.Text("--unix", "PATH", "Connect to this Unix socket.");
    private readonly Option<bool> _http2 = new("--http2") { Description = "Over HTTP/2 (RFC 8441)." };

    /// <summary>Fields of the request.</summary>
    public IEnumerable<Option> Fields => [_header, _origin, _auth];

    /// <summary>What is offered in the request.</summary>
    public IEnumerable<Option> Offers => [_subprotocol, _deflate];

    /// <summary>The certificates of both sides.</summary>
    public IEnumerable<Option> CertificatesOfBoth => [_insecure, _ca, _cert];

    /// <summary>Ways to the server for whoever has all octets in hand.</summary>
    public IEnumerable<Option> Places => [_unix];

    /// <summary>Ways to the server on which the library opens the connection.</summary>
    public IEnumerable<Option> Carriers => [_proxy, _http2];

    /// <summary>Reads the options that the verb has.</summary>
    /// <exception cref="CliException">They make no sense, or a file cannot be read.</exception>
    public ServerSettings Read(ParseResult parsed, string url)
    {
        Uri uri = Values.ServerUri(url);
        var settings = new ServerSettings
        {
            Uri = uri,
            Headers = [.. Headers(parsed)],
            Subprotocols = parsed.GetValue(_subprotocol) ?? [],
            Deflate = parsed.GetValue(_deflate) is { } parameters ? DeflateParameters.Read(parameters) : null,
            Tls = Tls(parsed, uri),
            Proxy = parsed.GetValue(_proxy) is { } proxy ? ProxyUri(proxy) : null,
            Unix = parsed.GetValue(_unix),
            IsHttp2 = parsed.GetValue(_http2),
        };
        if (!settings.IsDirect && settings.Unix is not null)
            throw new CliException(ExitCode.Usage, "--unix goes with neither --proxy nor --http2.");
        try
        {
            using var client = new WsConnection(ConnectionRole.Client);
            client.Send(settings.ToRequest());
        }
        catch (Exception e) when (e is ArgumentException or LocalProtocolException)
        {
            throw new CliException(ExitCode.Usage, e.Message);
        }

        return settings;
    }

    /// <summary>How TLS to a server is done; null where its address has none.</summary>
    /// <exception cref="CliException">A file cannot be read.</exception>
    public SslClientAuthenticationOptions? Tls(ParseResult parsed, Uri uri)
    {
        // A file that cannot be read is said to be so even where no TLS needs it.
        var options = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = Certificates.Validation(parsed.GetValue(_insecure), parsed.GetValue(_ca)),
        };
        if (parsed.GetValue(_cert) is { } file)
            options.ClientCertificates = [OwnCertificate(file)];
        return uri.Scheme is "wss" or "https" ? options : null;
    }

    private IEnumerable<HeaderField> Headers(ParseResult parsed)
    {
        foreach (KeyValuePair<string, string> field in (parsed.GetValue(_header) ?? []).Select(Values.HeaderField))
            yield return new HeaderField(field.Key, field.Value);
        if (parsed.GetValue(_origin) is { } origin)
            yield return new HeaderField("Origin", origin);
        if (parsed.GetValue(_auth) is { } user)
            yield return new HeaderField("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(user)));
    }

    private static X509Certificate2 OwnCertificate(string file)
    {
        try
        {
            using X509Certificate2 read = X509Certificate2.CreateFromPemFile(file);
            // Not every platform's TLS takes a key that was never stored.
            return X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CliException(ExitCode.File, $"{file} cannot be read: {e.Message}");
        }
    }

    private static Uri ProxyUri(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https" or "socks5"
            ? uri!
            : throw new CliException(ExitCode.Usage, $"{text} is no proxy: http://, https:// or socks5://.");
}
