using System;
using System.CommandLine;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Fuzz;

/// <summary>The verb <c>fuzz</c>: its options, and what they make.</summary>
internal sealed class FuzzCommand
{
    private const int LargestFile = 64 << 20;

    private readonly Terminal _terminal;

    private readonly Argument<string> _url = new("url") { Description = "The server, ws:// or wss://." };
    private readonly Option<int> _seed = Options.Number("--seed", "N", 1, "The same seed makes the same cases, in later versions too.");
    private readonly Option<int> _cases = Options.Number("--cases", "N", 1000, "How many cases.");
    private readonly Option<string?> _time = Options.Text("--time", "TIME", "For how long cases are begun; 1m unless told.");
    private readonly Option<string?> _timeout = Options.Text("--timeout", "TIME", "How long the server may take; 5s unless told.");
    private readonly Option<bool> _echo = new("--echo") { Description = "The server sends each message back: look at that too." };
    private readonly Option<bool> _keepGoing = new("--keep-going") { Description = "Look for other findings after the first." };
    private readonly Option<string?> _replay = Options.Text("--replay", "SEED:CASE|FILE", "One case, or the input of a file.");
    private readonly Option<string?> _save = Options.Text("--save", "FILE", "Write the input of the last finding, for --replay.");
    private readonly ServerOptions _server = new();
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
            _url, _seed, _cases, _time, _timeout, _echo, _keepGoing, _replay, _save, _server.Fields, _server.Offers,
            _server.CertificatesOfBoth, _server.Places, _json,
        };
        verb.SetAction(RunAsync);
        return verb;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        new FuzzRun(Read(parsed), _terminal).RunAsync(cancellationToken);

    private FuzzSettings Read(ParseResult parsed)
    {
        if (parsed.GetValue(_cases) <= 0)
            throw new CliException(ExitCode.Usage, "--cases has to be positive.");
        var settings = new FuzzSettings
        {
            Server = _server.Read(parsed, parsed.GetValue(_url)!),
            Seed = parsed.GetValue(_seed),
            Cases = parsed.GetValue(_cases),
            Time = Values.Duration(parsed, _time) ?? TimeSpan.FromMinutes(1),
            Timeout = Values.Duration(parsed, _timeout) ?? TimeSpan.FromSeconds(5),
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
}
