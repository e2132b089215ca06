using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net.Security;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Cli.Fuzz;

/// <summary>The verb <c>fuzz</c>: its options, and what they make.</summary>
internal sealed class FuzzCommand
{
    private const int LargestFile = 64 << 20;

    private readonly Terminal _terminal;

    private readonly Argument<string> _url = new("url") { Description = "The server, ws:// or wss://." };
    private readonly Option<int> _seed = Options.Number("--seed", "N", 1, "The same seed makes the same cases.");
    private readonly Option<int> _cases = Options.Number("--cases", "N", 1000, "How many cases.");
    private readonly Option<string?> _time = Options.Text("--time", "TIME", "For how long cases are begun; 1m unless told.");
    private readonly Option<string?> _timeout = Options.Text("--timeout", "TIME", "How long the server may take; 5s unless told.");
    private readonly Option<bool> _echo = new("--echo") { Description = "The server sends each message back: look at that too." };
    private readonly Option<bool> _keepGoing = new("--keep-going") { Description = "Look for other findings after the first." };
    private readonly Option<string?> _replay = Options.Text("--replay", "SEED:CASE|FILE", "One case, or the input of a file.");
    private readonly Option<string?> _save = Options.Text("--save", "FILE", "Write the input of the last finding, for --replay.");
    private readonly Option<string[]> _header = Options.Many("--header", "-H", "NAME: VALUE", "A field of the request. Again for more.");
    private readonly Option<string[]> _subprotocol = Options.Many("--subprotocol", null, "NAME", "A subprotocol to offer. Again for more.");
    private readonly Option<bool> _deflate = new("--deflate") { Description = "Offer compression (RFC 7692)." };
    private readonly Option<bool> _insecure = new("--insecure", "-k") { Description = "Take any certificate of the server." };
    private readonly Option<string?> _ca = Options.Text("--ca", "FILE", "Trust the authorities in this PEM file, and no others.");
    private readonly Option<bool> _json = new("--json") { Description = "Write each line as JSON." };

    private FuzzCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal) => new FuzzCommand(terminal).Build();

    private VerbCommand Build()
    {
        var verb = new VerbCommand(
            "fuzz",
            "Sends hostile frames to a server, and looks for what it must not do; says which input does it.",
            "wsproto fuzz ws://127.0.0.1:9001/ --echo --seed 7",
            "wsproto fuzz ws://127.0.0.1:9001/ --replay 7:123 --save found.txt")
        {
            _url, _seed, _cases, _time, _timeout, _echo, _keepGoing, _replay, _save, _header, _subprotocol, _deflate, _insecure, _ca, _json,
        };
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        FuzzSettings settings;
        try
        {
            settings = Read(parsed);
        }
        catch (ArgumentException e)
        {
            // A header field or a subprotocol that cannot be sent.
            throw new CliException(ExitCode.Usage, e.Message);
        }

        return await new FuzzRun(settings, _terminal).RunAsync(cancellationToken);
    }

    private FuzzSettings Read(ParseResult parsed)
    {
        if (parsed.GetValue(_cases) <= 0)
            throw new CliException(ExitCode.Usage, "--cases has to be positive.");
        Uri uri = Values.ServerUri(parsed.GetValue(_url)!);
        var settings = new FuzzSettings
        {
            Uri = uri,
            Request = Request.FromUri(uri) with
            {
                ExtraHeaders =
                [
                    .. (parsed.GetValue(_header) ?? []).Select(Values.HeaderField).Select(one => new HeaderField(one.Key, one.Value)),
                ],
                Subprotocols = parsed.GetValue(_subprotocol) ?? [],
                Extensions = parsed.GetValue(_deflate) ? [new PerMessageDeflate()] : [],
            },
            Tls = uri.Scheme is "wss" or "https" ? Tls(parsed, uri) : null,
            Seed = parsed.GetValue(_seed),
            Cases = parsed.GetValue(_cases),
            Time = Time(parsed, _time) ?? TimeSpan.FromMinutes(1),
            Timeout = Time(parsed, _timeout) ?? TimeSpan.FromSeconds(5),
            IsEcho = parsed.GetValue(_echo),
            KeepsGoing = parsed.GetValue(_keepGoing),
            Save = parsed.GetValue(_save),
            IsJson = parsed.GetValue(_json),
        };
        return parsed.GetValue(_replay) is { } replay ? Replay(settings, replay) : settings;
    }

    /// <summary>A case by its name, else a file.</summary>
    private static FuzzSettings Replay(FuzzSettings settings, string text)
    {
        string[] parts = text.Split(':');
        bool isCase = parts.Length == 2
            & int.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int seed)
            & int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int number);
        return isCase
            ? settings with { Seed = seed, First = number, Cases = 1, Time = TimeSpan.MaxValue }
            : settings with { Segments = ReadFile(text) };
    }

    /// <summary>A segment in each line, in hexadecimal.</summary>
    private static byte[][] ReadFile(string file)
    {
        try
        {
            if (new FileInfo(file).Length > LargestFile)
                throw new CliException(ExitCode.File, $"{file} is no input: it is larger than 64M.");
            return
            [
                .. File.ReadLines(file).Where(line => line.Length > 0 && line[0] != '#').Select(line => Convert.FromHexString(line.Trim())),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCode.File, $"{file} cannot be read, and is no case such as 1:17: {e.Message}");
        }
        catch (FormatException)
        {
            throw new CliException(ExitCode.File, $"{file} is no input: a line of hexadecimal digits for each segment.");
        }
    }

    private SslClientAuthenticationOptions Tls(ParseResult parsed, Uri uri) => new()
    {
        TargetHost = uri.DnsSafeHost,
        ApplicationProtocols = [SslApplicationProtocol.Http11],
        RemoteCertificateValidationCallback = Certificates.Validation(parsed.GetValue(_insecure), parsed.GetValue(_ca)),
    };

    private static TimeSpan? Time(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) is { } text ? Values.Duration(text) : null;
}
