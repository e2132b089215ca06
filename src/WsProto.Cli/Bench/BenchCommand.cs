using System;
using System.CommandLine;
using System.Linq;
using System.Net;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Bench;

/// <summary>The verb <c>bench</c>: its options, and what they make.</summary>
internal sealed class BenchCommand
{
    /// <summary>The largest message to send.</summary>
    internal const int LargestMessage = 16 << 20;

    private readonly Terminal _terminal;

    private readonly Argument<string> _url = new("url") { Description = "The server, ws:// or wss://; it has to send messages back." };
    private readonly Option<int> _connections = Options.Number("--connections", "N", 10, "How many connections.");
    private readonly Option<int> _opening = Options.Number("--opening", "N", 32, "How many are opened at the same time.");
    private readonly Option<string[]> _from =
        Options.Many("--from", null, "ADDRESS", "An address of this machine to connect from. Again for more, which take turns.");
    private readonly Option<double?> _rate = new("--rate")
    {
        HelpName = "N",
        Description = "Messages in a second over all connections; without it, each connection sends when it has its answer.",
    };

    private readonly Option<string?> _size = Options.Text("--size", "SIZE", "The size of a message; 64 unless told.");
    private readonly Option<string?> _duration = Options.Text("--duration", "TIME", "How long to send; 10s unless told.");
    private readonly Option<string?> _wait = Options.Text("--wait", "TIME", "How long to wait for answers at the end; 5s unless told.");
    private readonly Option<string?> _mostP99 = Options.Text("--max-p99", "TIME", "Fail when more than one in a hundred takes longer.");
    private readonly Option<long?> _mostErrors = new("--max-errors") { HelpName = "N", Description = "Fail when there are more errors." };
    private readonly ServerOptions _server = new();
    private readonly Option<bool> _json = new("--json") { Description = "Write the result as JSON." };

    private BenchCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal) => new BenchCommand(terminal).Build();

    private VerbCommand Build()
    {
        var verb = new VerbCommand(
            "bench",
            "Measures a server that sends messages back: connections, answers, latencies.",
            "wsproto bench ws://127.0.0.1:9001/ --connections 100 --rate 1000",
            "wsproto bench ws://127.0.0.1:9001/ --rate 500 --duration 30s --max-p99 50ms --max-errors 0 --json")
        {
            _url, _connections, _opening, _from, _rate, _size, _duration, _wait, _mostP99, _mostErrors, _server.Fields, _server.Offers,
            _server.CertificatesOfBoth, _server.Places, _server.Carriers, _json,
        };
        verb.SetAction(RunAsync);
        return verb;
    }

    private Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken) =>
        new BenchRun(Read(parsed), _terminal).RunAsync(cancellationToken);

    private BenchSettings Read(ParseResult parsed)
    {
        if (parsed.GetValue(_connections) <= 0 || parsed.GetValue(_opening) <= 0)
            throw new CliException(ExitCode.Usage, "--connections and --opening have to be positive.");
        if (parsed.GetValue(_rate) is { } rate && rate is not (>= 0.001 and <= 1e7))
            throw new CliException(ExitCode.Usage, "--rate goes from 0.001 to 10000000.");
        long size = parsed.GetValue(_size) is { } text ? Values.Size(text) : 64;
        if (size > LargestMessage)
            throw new CliException(ExitCode.Usage, "--size goes as far as 16M.");
        if (parsed.GetValue(_mostErrors) < 0)
            throw new CliException(ExitCode.Usage, "--max-errors cannot be negative.");
        ServerSettings server = _server.Read(parsed, parsed.GetValue(_url)!);
        IPAddress[] from = [.. (parsed.GetValue(_from) ?? []).Select(Values.Address)];
        if (from.Length > 0 && (!server.IsDirect || server.Unix is not null))
            throw new CliException(ExitCode.Usage, "--from goes with none of --unix, --proxy and --http2.");
        return new BenchSettings
        {
            Server = server,
            From = from,
            Connections = parsed.GetValue(_connections),
            Opening = parsed.GetValue(_opening),
            Rate = parsed.GetValue(_rate),
            Size = (int)size,
            Duration = Values.Duration(parsed, _duration) ?? TimeSpan.FromSeconds(10),
            Wait = Values.Duration(parsed, _wait) ?? TimeSpan.FromSeconds(5),
            IsJson = parsed.GetValue(_json),
            MostP99 = Values.Duration(parsed, _mostP99),
            MostErrors = parsed.GetValue(_mostErrors),
        };
    }
}
