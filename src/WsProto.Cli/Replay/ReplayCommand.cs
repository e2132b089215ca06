using System;
using System.CommandLine;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Replay;

/// <summary>The verb <c>replay</c>: its options, and what they make.</summary>
internal sealed class ReplayCommand
{
    private readonly Terminal _terminal;

    private readonly Argument<string> _file = new("file") { HelpName = "FILE", Description = "A capture, as wsproto proxy records." };
    private readonly Argument<string?> _url = new("url")
    {
        HelpName = "URL",
        Description = "The server to replay the client to.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _listen = Options.Text("--listen", "[HOST:]PORT", "Replay the server to the first client.");
    private readonly Option<int> _connection = Options.Number("--connection", "N", 1, "Which WebSocket of the file.");
    private readonly Option<string?> _speed = Options.Text("--speed", "FACTOR", "So many times faster than recorded.");
    private readonly Option<bool> _step = new("--step") { Description = "Send when all that came before has come, in no time." };
    private readonly Option<string?> _wait = Options.Text("--wait", "TIME", "How long to wait for a message; 5s unless told.");
    private readonly ServerOptions _server = new();

    private ReplayCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal) => new ReplayCommand(terminal).Build();

    private VerbCommand Build()
    {
        var verb = new VerbCommand(
            "replay",
            "Plays the client or the server of a recording, and lists what the other side does otherwise than then.",
            "wsproto replay session.pcap ws://127.0.0.1:9001/ --step",
            "wsproto replay session.pcap --listen 9001 --speed 10")
        {
            _file, _url, _listen, _connection, _speed, _step, _wait, _server.Fields, _server.CertificatesOfBoth,
            _server.Places, _server.Carriers,
        };
        verb.SetAction(RunAsync);
        return verb;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        new ReplayRun(Read(parsed), _terminal).RunAsync(cancellationToken);

    private ReplaySettings Read(ParseResult parsed)
    {
        string? url = parsed.GetValue(_url);
        string? listen = parsed.GetValue(_listen);
        if (url is null == listen is null)
            throw new CliException(ExitCode.Usage, "Give the address of a server, or --listen.");
        if (parsed.GetValue(_connection) <= 0)
            throw new CliException(ExitCode.Usage, "--connection has to be positive.");
        if (parsed.GetValue(_step) && parsed.GetValue(_speed) is not null)
            throw new CliException(ExitCode.Usage, "--step and --speed do not go together.");
        return new ReplaySettings
        {
            File = parsed.GetValue(_file)!,
            Connection = parsed.GetValue(_connection),
            Server = url is null ? null : _server.Read(parsed, url),
            Place = listen is null ? null : Values.EndPoint(listen),
            Speed = parsed.GetValue(_step) ? null : parsed.GetValue(_speed) is { } speed ? Factor(speed) : 1,
            Wait = Values.Duration(parsed, _wait) ?? TimeSpan.FromSeconds(5),
        };
    }

    private static double Factor(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double factor)
            && factor is >= 0.001 and <= 1e6
            ? factor
            : throw new CliException(ExitCode.Usage, $"{text} is no factor from 0.001 to 1000000.");
}
