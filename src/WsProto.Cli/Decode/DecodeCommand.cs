using System.CommandLine;
using System.Threading.Tasks;

namespace WsProto.Cli.Decode;

/// <summary>The verb <c>decode</c>: its options, and what they make.</summary>
internal sealed class DecodeCommand
{
    private const long MostShown = 64 << 10;

    private readonly Terminal _terminal;

    private readonly Argument<string> _file = new("file") { HelpName = "FILE", Description = "The file; - for standard input." };
    private readonly Option<string?> _format = Options.Text("--format", "FORMAT", "raw, hex or capture; else as the file begins.");
    private readonly Option<string?> _from = Options.Text("--from", "SIDE", "client or server, who has sent raw octets.");
    private readonly Option<bool> _deflate = new("--deflate") { Description = "Compression was agreed on, where no handshake tells." };
    private readonly Option<string?> _show = Options.Text("--show", "SIZE", "How much of each payload is shown; 64 unless told.");
    private readonly Option<bool> _json = new("--json") { Description = "Write each row as a line of JSON." };

    private DecodeCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal) => new DecodeCommand(terminal).Build();

    private VerbCommand Build()
    {
        var verb = new VerbCommand(
            "decode",
            "Shows the frames in a file: a capture (pcap, pcapng), a hex dump, or octets as they were sent.",
            "wsproto decode capture.pcapng",
            "echo 81 05 48 65 6c 6c 6f | wsproto decode -")
        {
            _file, _format, _from, _deflate, _show, _json,
        };
        verb.SetAction((parsed, _) => Task.FromResult(new DecodeRun(Read(parsed), _terminal).Run()));
        return verb;
    }

    private DecodeSettings Read(ParseResult parsed)
    {
        long shown = parsed.GetValue(_show) is { } size ? Values.Size(size) : 64;
        if (shown > MostShown)
            throw new CliException(ExitCode.Usage, "--show goes as far as 64k.");
        return new DecodeSettings
        {
            File = parsed.GetValue(_file)!,
            Format = parsed.GetValue(_format) is { } format ? FormatOf(format) : FileFormat.Any,
            Sender = parsed.GetValue(_from) is { } side ? SideOf(side) : null,
            HasDeflate = parsed.GetValue(_deflate),
            Shown = (int)shown,
            IsJson = parsed.GetValue(_json),
        };
    }

    private static FileFormat FormatOf(string name) => name switch
    {
        "raw" => FileFormat.Raw,
        "hex" => FileFormat.Hex,
        "capture" => FileFormat.Capture,
        _ => throw new CliException(ExitCode.Usage, $"{name} is no format: raw, hex or capture."),
    };

    private static Side SideOf(string name) => name switch
    {
        "client" => Side.Client,
        "server" => Side.Server,
        _ => throw new CliException(ExitCode.Usage, $"{name} is no side: client or server."),
    };
}
