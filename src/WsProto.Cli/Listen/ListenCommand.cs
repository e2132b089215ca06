using System;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Cli.Listen;

/// <summary>The verb <c>listen</c>: its options, and what they make.</summary>
internal sealed class ListenCommand
{
    private const string DefaultMaxMessage = "64M";

    private readonly Terminal _terminal;

    private readonly Argument<string> _place = new("place")
    {
        HelpName = "[HOST:]PORT",
        Description = "Where to listen; on loopback unless a host is given, at any port that is free for 0.",
        DefaultValueFactory = _ => "0",
    };

    private readonly Option<bool> _broadcast = new("--broadcast") { Description = "A message goes to all clients, its sender among them." };
    private readonly Option<string?> _exec = Options.Text("--exec", "COMMAND", "A program for each connection, run by the shell.");
    private readonly Option<string?> _framing = Options.Text("--framing", "FRAMING", "By line (unless told), chunk or length.");
    private readonly Option<string?> _reject = Options.Text("--reject", "STATUS[=BODY]", "Refuse every request: 401, 429=later.");
    private readonly Option<string?> _misbehave = Options.Text("--misbehave", "NAME", "Do something wrong; see --misbehaviours.");
    private readonly Option<bool> _list = new("--misbehaviours") { Description = "List what can be done wrong, and end." };
    private readonly Option<bool> _tls = new("--tls") { Description = "TLS, with a certificate made on the spot." };
    private readonly Option<string[]> _subprotocol = Options.Many("--subprotocol", null, "NAME", "A subprotocol to take. Again for more.");
    private readonly Option<bool> _deflate = new("--deflate") { Description = "Agree to compression (RFC 7692)." };
    private readonly Option<string?> _maxMessage = Options.Text("--max-message", "SIZE", "The largest message to take; 64M unless told.");
    private readonly Option<int?> _connections = new("--connections", "-n")
    {
        HelpName = "COUNT",
        Description = "End after so many connections.",
    };

    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "Show connections, messages and control frames." };

    private ListenCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal) => new ListenCommand(terminal).Build();

    private VerbCommand Build()
    {
        var verb = new VerbCommand(
            "listen",
            "A WebSocket server that sends every message back, or misbehaves in a way that has a name.",
            "wsproto listen 9001 --deflate -v",
            "wsproto listen 0 --misbehave masked -n 1")
        {
            _place, _broadcast, _exec, _framing, _reject, _misbehave, _list, _tls, _subprotocol, _deflate, _maxMessage, _connections,
            _verbose,
        };
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(_list))
        {
            foreach (Misbehaviour misbehaviour in Misbehaviour.All)
                await _terminal.Out.WriteLineAsync($"{misbehaviour.Name}\t{misbehaviour.Description}");
            return ExitCode.Ok;
        }

        return await new ListenRun(Read(parsed), _terminal).RunAsync(cancellationToken);
    }

    private ListenSettings Read(ParseResult parsed)
    {
        if (parsed.GetValue(_connections) is <= 0)
            throw new CliException(ExitCode.Usage, "--connections has to be positive.");
        if (parsed.GetValue(_broadcast) && parsed.GetValue(_exec) is not null)
            throw new CliException(ExitCode.Usage, "--broadcast and --exec do not go together.");
        return new ListenSettings
        {
            Place = Values.EndPoint(parsed.GetValue(_place)!),
            Certificate = parsed.GetValue(_tls) ? Certificates.Make() : null,
            Subprotocols = parsed.GetValue(_subprotocol) ?? [],
            HasDeflate = parsed.GetValue(_deflate),
            IsBroadcast = parsed.GetValue(_broadcast),
            Exec = parsed.GetValue(_exec),
            Framing = parsed.GetValue(_framing) is { } framing ? FramingOf(framing) : ExecFraming.Line,
            Rejection = parsed.GetValue(_reject) is { } rejection ? Rejection(rejection) : null,
            Misbehaviour = parsed.GetValue(_misbehave) is { } name ? Named(name) : null,
            MaxMessageSize = (int)Math.Min(Values.Size(parsed.GetValue(_maxMessage) ?? DefaultMaxMessage), Array.MaxLength),
            Connections = parsed.GetValue(_connections),
            IsVerbose = parsed.GetValue(_verbose),
        };
    }

    private static Misbehaviour Named(string name) => Misbehaviour.All.FirstOrDefault(one => one.Name == name)
        ?? throw new CliException(ExitCode.Usage, $"There is no misbehaviour {name}; --misbehaviours lists them.");

    private static ExecFraming FramingOf(string name) => name switch
    {
        "line" => ExecFraming.Line,
        "chunk" => ExecFraming.Chunk,
        "length" => ExecFraming.Length,
        _ => throw new CliException(ExitCode.Usage, $"{name} is no framing: line, chunk or length."),
    };

    private static (int Status, string Body) Rejection(string text)
    {
        string[] parts = text.Split('=', 2);
        return int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status is >= 300 and <= 599
            ? (status, parts.Length > 1 ? parts[1] : "")
            : throw new CliException(ExitCode.Usage, $"{text} is no refusal: a status from 300 to 599, and perhaps = and a body.");
    }
}
