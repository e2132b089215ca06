using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Cli.Connect;

/// <summary>The verb <c>connect</c>: its options, and what they make.</summary>
internal sealed class ConnectCommand
{
    private const string DefaultMaxMessage = "64M";

    private readonly Terminal _terminal;

    private readonly Argument<string> _url = new("url") { Description = "The server, ws:// or wss://." };
    private readonly Option<string[]> _header = Options.Many("--header", "-H", "NAME: VALUE", "A field of the request. Again for more.");
    private readonly Option<string[]> _subprotocol = Options.Many("--subprotocol", null, "NAME", "A subprotocol to offer. Again for more.");
    private readonly Option<string?> _origin = Options.Text("--origin", "ORIGIN", "The Origin of the request.");
    private readonly Option<string?> _auth = Options.Text("--auth", "USER:PASSWORD", "Basic authentication.");
    private readonly Option<bool> _insecure = new("--insecure", "-k") { Description = "Take any certificate of the server." };
    private readonly Option<string?> _ca = Options.Text("--ca", "FILE", "Trust the authorities in this PEM file, and no others.");
    private readonly Option<string?> _cert = Options.Text("--cert", "FILE", "A PEM file with a certificate of ours and its key.");
    private readonly Option<string?> _proxy = Options.Text("--proxy", "URL", "A proxy: http://, https:// or socks5://.");
    private readonly Option<string?> _unix = Options.Text("--unix", "PATH", "Connect to this Unix socket.");
    private readonly Option<bool> _http2 = new("--http2") { Description = "Over HTTP/2 (RFC 8441)." };
    private readonly Option<bool> _deflate = new("--deflate") { Description = "Offer compression (RFC 7692)." };
    private readonly Option<bool> _binary = new("--binary") { Description = "Octets in are binary messages; messages are written so." };
    private readonly Option<bool> _hex = new("--hex") { Description = "A line of hexadecimal digits is a binary message." };
    private readonly Option<bool> _base64 = new("--base64") { Description = "A line of base64 is a binary message." };
    private readonly Option<bool> _json = new("--json") { Description = "Write each event as a line of JSON." };
    private readonly Option<bool> _commands = new("--commands") { Description = "Lines with a slash are commands in a pipe too." };
    private readonly Option<string?> _ping = Options.Text("--ping-interval", "TIME", "Ping when the server was silent for so long.");
    private readonly Option<string?> _every = Options.Text("--every", "TIME=TEXT", "Send a message again and again: 30s=hello.");
    private readonly Option<bool> _reconnect = new("--reconnect") { Description = "Connect again when the connection is lost." };
    private readonly Option<int?> _count = new("--count", "-n") { HelpName = "COUNT", Description = "End after so many messages." };
    private readonly Option<string?> _until = Options.Text("--until", "TEXT", "End with the message that has this text.");
    private readonly Option<string?> _wait = Options.Text("--wait", "TIME", "Go on for so long after the end of input.");
    private readonly Option<string?> _timeout = Options.Text("--timeout", "TIME", "How long it may take in all.");
    private readonly Option<string?> _maxMessage = Options.Text("--max-message", "SIZE", "The largest message to take; 64M unless told.");
    private readonly Option<bool> _stats = new("--stats") { Description = "Show times and counts at the end." };
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Show Pings, Pongs, Closes, headers of a refusal." };
    private readonly Option<bool> _trace = new("--trace") { Description = "Show the heads and each frame with its bits." };

    private ConnectCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal) => new ConnectCommand(terminal).Build();

    private VerbCommand Build()
    {
        var verb = new VerbCommand(
            "connect",
            "Connects to a WebSocket server: a line in is a message, a message is a line out.",
            "wsproto connect wss://example.org/chat --subprotocol chat.v1",
            "echo hello | wsproto connect ws://127.0.0.1:9001/ -n 1 --timeout 5s")
        {
            _url, _header, _subprotocol, _origin, _auth, _insecure, _ca, _cert, _proxy, _unix, _http2, _deflate, _binary, _hex, _base64,
            _json, _commands, _ping, _every, _reconnect, _count, _until, _wait, _timeout, _maxMessage, _stats, _verbose, _trace,
        };
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        ConnectSettings settings;
        try
        {
            settings = Read(parsed);
        }
        catch (ArgumentException e)
        {
            // A header field or a subprotocol that cannot be sent.
            throw new CliException(ExitCode.Usage, e.Message);
        }

        using var run = new ConnectRun(settings, _terminal);
        return await run.RunAsync(cancellationToken);
    }

    private ConnectSettings Read(ParseResult parsed)
    {
        bool isIndirect = parsed.GetValue(_proxy) is not null || parsed.GetValue(_http2);
        if (isIndirect && (parsed.GetValue(_trace) || parsed.GetValue(_unix) is not null))
            throw new CliException(ExitCode.Usage, "--trace and --unix go with neither --proxy nor --http2.");
        if (new[] { _binary, _hex, _base64, _json }.Count(parsed.GetValue) > 1)
            throw new CliException(ExitCode.Usage, "Only one of --binary, --hex, --base64 and --json makes sense.");
        if (parsed.GetValue(_count) is <= 0)
            throw new CliException(ExitCode.Usage, "--count has to be positive.");
        long size = Values.Size(parsed.GetValue(_maxMessage) ?? DefaultMaxMessage);
        Uri uri = Values.ServerUri(parsed.GetValue(_url)!);
        return new ConnectSettings
        {
            Uri = uri,
            Headers = [.. Headers(parsed)],
            Subprotocols = parsed.GetValue(_subprotocol) ?? [],
            Deflate = parsed.GetValue(_deflate) ? new PerMessageDeflate() : null,
            Tls = uri.Scheme is "wss" or "https" ? Tls(parsed) : null,
            Proxy = parsed.GetValue(_proxy) is { } proxy ? ProxyUri(proxy) : null,
            Unix = parsed.GetValue(_unix),
            IsHttp2 = parsed.GetValue(_http2),
            Format = parsed.GetValue(_binary) ? PayloadFormat.Binary : parsed.GetValue(_hex) ? PayloadFormat.Hex
                : parsed.GetValue(_base64) ? PayloadFormat.Base64 : parsed.GetValue(_json) ? PayloadFormat.Json : PayloadFormat.Text,
            HasCommands = parsed.GetValue(_commands) || (_terminal.IsInputInteractive && !parsed.GetValue(_binary)),
            PingInterval = Time(parsed, _ping),
            Every = parsed.GetValue(_every) is { } every ? Repetition(every) : null,
            Count = parsed.GetValue(_count),
            Until = parsed.GetValue(_until),
            Wait = Time(parsed, _wait),
            Timeout = Time(parsed, _timeout),
            MaxMessageSize = (int)Math.Min(size, Array.MaxLength),
            IsReconnecting = parsed.GetValue(_reconnect),
            HasStats = parsed.GetValue(_stats),
            IsVerbose = parsed.GetValue(_verbose),
            IsTraced = parsed.GetValue(_trace),
        };
    }

    private IEnumerable<HeaderField> Headers(ParseResult parsed)
    {
        foreach (string field in parsed.GetValue(_header) ?? [])
        {
            KeyValuePair<string, string> pair = Values.HeaderField(field);
            yield return new HeaderField(pair.Key, pair.Value);
        }

        if (parsed.GetValue(_origin) is { } origin)
            yield return new HeaderField("Origin", origin);
        if (parsed.GetValue(_auth) is { } user)
            yield return new HeaderField("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(user)));
    }

    private SslClientAuthenticationOptions Tls(ParseResult parsed)
    {
        var options = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = Certificates.Validation(parsed.GetValue(_insecure), parsed.GetValue(_ca)),
        };
        if (parsed.GetValue(_cert) is not { } file)
            return options;
        try
        {
            using X509Certificate2 read = X509Certificate2.CreateFromPemFile(file);
            // Not every platform's TLS takes a key that was never stored.
            options.ClientCertificates = [X509CertificateLoader.LoadPkcs12(read.Export(X509ContentType.Pkcs12), null)];
            return options;
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

    private static (TimeSpan Interval, string Text) Repetition(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        TimeSpan interval = equals < 0 ? TimeSpan.Zero : Values.Duration(text[..equals]);
        return interval > TimeSpan.Zero
            ? (interval, text[(equals + 1)..])
            : throw new CliException(ExitCode.Usage, $"{text} is no time and text: 30s=hello.");
    }

    private static TimeSpan? Time(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } text ? Values.Duration(text) : null;
}
