using System;
using System.CommandLine;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Dialing;

namespace WsProto.Cli.Proxy;

/// <summary>The verb <c>proxy</c>: its options, and what they make.</summary>
internal sealed class ProxyCommand
{
    private const long MostShown = 64 << 10;

    private readonly Terminal _terminal;

    private readonly Argument<string> _place = new("place")
    {
        HelpName = "[HOST:]PORT",
        Description = "Where to listen; on loopback unless a host is given, at any port that is free for 0.",
    };

    private readonly Argument<string> _upstream = new("upstream")
    {
        HelpName = "URL",
        Description = "The server, ws:// or wss://; its path is not used.",
    };

    private readonly Option<string[]> _fault = Options.Many("--fault", null, "FAULT", "What is done wrong: drop@server:3. Again for more.");
    private readonly Option<int> _seed = Options.Number("--seed", "N", 0, "The same seed draws the same messages of a share.");
    private readonly Option<string?> _control = Options.Text("--control", "[HOST:]PORT", "Where faults can be changed over HTTP.");
    private readonly Option<string?> _record = Options.Text("--record", "FILE", "Write what passes as a capture (pcap).");
    private readonly Option<bool> _tls = new("--tls") { Description = "TLS for clients, with a certificate made on the spot." };
    private readonly ServerOptions _server = new();
    private readonly Option<string?> _show = Options.Text("--show", "SIZE", "How much of each payload is shown; 64 unless told.");
    private readonly Option<bool> _json = new("--json") { Description = "Write each row as a line of JSON." };
    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Show nothing of what passes." };
    private readonly Option<int?> _connections = new("--connections", "-n")
    {
        HelpName = "COUNT",
        Description = "End after so many connections.",
    };

    private ProxyCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal) => new ProxyCommand(terminal).Build();

    private VerbCommand Build()
    {
        var verb = new VerbCommand(
            "proxy",
            "Stands between clients and a server, shows and records what passes, and does something wrong with it if told.",
            "wsproto proxy 9002 ws://127.0.0.1:9001/ --record session.pcap",
            "wsproto proxy 9002 ws://127.0.0.1:9001/ --fault drop@server:3 --fault delay=500ms@client --control 9003")
        {
            _place, _upstream, _fault, _seed, _control, _record, _tls, _server.CertificatesOfBoth, _show, _json, _quiet, _connections,
        };
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var faults = new FaultTable();
        faults.Replace([.. (parsed.GetValue(_fault) ?? []).Select(Fault.Parse)]);
        using var run = new ProxyRun(Read(parsed), faults, _terminal);
        return await run.RunAsync(cancellationToken);
    }

    private ProxySettings Read(ParseResult parsed)
    {
        if (parsed.GetValue(_connections) is <= 0)
            throw new CliException(ExitCode.Usage, "--connections has to be positive.");
        long shown = parsed.GetValue(_show) is { } size ? Values.Size(size) : 64;
        if (shown > MostShown)
            throw new CliException(ExitCode.Usage, "--show goes as far as 64k.");
        Uri upstream = Values.ServerUri(parsed.GetValue(_upstream)!);
        return new ProxySettings
        {
            Place = Values.EndPoint(parsed.GetValue(_place)!),
            Certificate = parsed.GetValue(_tls) ? Certificates.Make() : null,
            Server = new ServerSettings { Uri = upstream, Tls = _server.Tls(parsed, upstream) },
            Record = parsed.GetValue(_record),
            Control = parsed.GetValue(_control) is { } control ? Values.EndPoint(control) : null,
            Seed = parsed.GetValue(_seed),
            Connections = parsed.GetValue(_connections),
            Shown = (int)shown,
            IsJson = parsed.GetValue(_json),
            IsQuiet = parsed.GetValue(_quiet),
        };
    }
}
