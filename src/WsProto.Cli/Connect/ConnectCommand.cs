using System;
using System.CommandLine;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Connect;

/// <summary>The verb <c>connect</c>: its options, and what they make.</summary>
internal sealed class ConnectCommand
{
    private const string DefaultMaxMessage = "64M";

    private readonly Terminal _terminal;

    private readonly Argument<string> _url = new("url") { Description = "The server, ws:// or wss://." };
    private readonly ServerOptions _server = new();
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
            _url, _server.Fields, _server.Offers, _server.CertificatesOfBoth, _server.Places, _server.Carriers, _binary, _hex, _base64,
            _json, _commands, _ping, _every, _reconnect, _count, _until, _wait, _timeout, _maxMessage, _stats, _verbose, _trace,
        };
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var run = new ConnectRun(Read(parsed), _terminal);
        return await run.RunAsync(cancellationToken);
    }

    private ConnectSettings Read(ParseResult parsed)
    {
        ServerSettings server = _server.Read(parsed, parsed.GetValue(_url)!);
        if (!server.IsDirect && parsed.GetValue(_trace))
            throw new CliException(ExitCode.Usage, "--trace goes with neither --proxy nor --http2.");
        if (new[] { _binary, _hex, _base64, _json }.Count(parsed.GetValue) > 1)
            throw new CliException(ExitCode.Usage, "Only one of --binary, --hex, --base64 and --json makes sense.");
        if (parsed.GetValue(_count) is <= 0)
            throw new CliException(ExitCode.Usage, "--count has to be positive.");
        long size = Values.Size(parsed.GetValue(_maxMessage) ?? DefaultMaxMessage);
        return new ConnectSettings
        {
            Server = server,
            Format = parsed.GetValue(_binary) ? PayloadFormat.Binary : parsed.GetValue(_hex) ? PayloadFormat.Hex
                : parsed.GetValue(_base64) ? PayloadFormat.Base64 : parsed.GetValue(_json) ? PayloadFormat.Json : PayloadFormat.Text,
            HasCommands = parsed.GetValue(_commands) || (_terminal.IsInputInteractive && !parsed.GetValue(_binary)),
            PingInterval = PingInterval(parsed),
            Every = parsed.GetValue(_every) is { } every ? Repetition(every) : null,
            Count = parsed.GetValue(_count),
            Until = parsed.GetValue(_until),
            Wait = Values.Duration(parsed, _wait),
            Timeout = Values.Duration(parsed, _timeout),
            MaxMessageSize = (int)Math.Min(size, Array.MaxLength),
            IsReconnecting = parsed.GetValue(_reconnect),
            HasStats = parsed.GetValue(_stats),
            IsVerbose = parsed.GetValue(_verbose),
            IsTraced = parsed.GetValue(_trace),
        };
    }

    private static (TimeSpan Interval, string Text) Repetition(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        TimeSpan interval = equals < 0 ? TimeSpan.Zero : Values.Duration(text[..equals]);
        return interval > TimeSpan.Zero
            ? (interval, text[(equals + 1)..])
            : throw new CliException(ExitCode.Usage, $"{text} is no time and text: 30s=hello.");
    }

    private TimeSpan? PingInterval(ParseResult parsed) => Values.Duration(parsed, _ping) is var time && time <= TimeSpan.Zero
        ? throw new CliException(ExitCode.Usage, "--ping-interval has to be positive.")
        : time;
}
