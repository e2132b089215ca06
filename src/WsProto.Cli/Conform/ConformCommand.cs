using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Conformance;

namespace WsProto.Cli.Conform;

/// <summary>The verb <c>conform</c>: its options, and what they make.</summary>
internal sealed class ConformCommand
{
    private readonly Terminal _terminal;

    private readonly Argument<string?> _url = new("url")
    {
        Description = "The server to judge, ws:// or wss://. It has to send every message back.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _listen = Options.Text("--listen", "[HOST:]PORT", "Judge clients; on loopback unless told.");
    private readonly Option<bool> _once = new("--once") { Description = "With --listen: end with the first client that is done." };
    private readonly Option<bool> _tls = new("--tls") { Description = "With --listen: TLS, with a certificate made on the spot." };
    private readonly Option<string[]> _select =
        Options.Many("--select", "-s", "PATTERN", "Run these cases: 6.4.1, 6.4, 6.*. Again for more.");
    private readonly Option<string[]> _exclude = Options.Many("--exclude", "-x", "PATTERN", "Leave these cases out.");
    private readonly Option<bool> _quick = new("--quick") { Description = "Leave out large messages and most of the compressed ones." };
    private readonly Option<bool> _established = new("--established") { Description = "Run the 517 cases of the established suite only." };
    private readonly Option<bool> _list = new("--list") { Description = "List the cases that would run, and end." };
    private readonly Option<int> _parallel = Options.Number("--parallel", "N", 8, "How many cases run at a time.");
    private readonly Option<string?> _maxMessage = Options.Text("--max-message", "SIZE", "The largest message the peer takes: 64k, 1M.");
    private readonly Option<int> _timeout = Options.Number("--timeout", "SECONDS", 60, "How long a case may take.");
    private readonly Option<int> _silence = Options.Number("--silence", "SECONDS", 5, "How long nothing may come where something has to.");
    private readonly Option<string[]> _header = Options.Many("--header", "-H", "NAME: VALUE", "A field of the request. Again for more.");
    private readonly Option<bool> _http2 = new("--http2") { Description = "Judge the server over HTTP/2 (RFC 8441)." };
    private readonly Option<bool> _insecure = new("--insecure", "-k") { Description = "Take any certificate of the server." };
    private readonly Option<string?> _ca = Options.Text("--ca", "FILE", "Trust the authorities in this PEM file, and no others.");
    private readonly Option<string?> _name = Options.Text("--name", "NAME", "What reports call the implementation.");
    private readonly Option<bool> _strict = new("--strict") { Description = "Lenient is a failure too." };
    private readonly Option<bool> _verbose = new("--verbose", "-v") { Description = "On a terminal: show cases that are fine too." };
    private readonly Option<string?> _json = Options.Text("--json", "FILE", "Write a report as JSON.");
    private readonly Option<string?> _junit = Options.Text("--junit", "FILE", "Write a report as JUnit XML.");
    private readonly Option<string?> _html = Options.Text("--html", "FILE", "Write a report as one self-contained page.");
    private readonly Option<string?> _baseline = Options.Text("--baseline", "FILE", "Only what differs from this file is a failure.");
    private readonly Option<string?> _writeBaseline = Options.Text("--write-baseline", "FILE", "Write the failures as a --baseline.");

    private ConformCommand(Terminal terminal) => _terminal = terminal;

    public static Command Create(Terminal terminal) => new ConformCommand(terminal).Build();

    private VerbCommand Build()
    {
        var verb = new VerbCommand(
            "conform",
            "Judges a WebSocket server or client by the conformance cases: RFC 6455 and RFC 7692.",
            "wsproto conform ws://127.0.0.1:9001/ --html report.html",
            "wsproto conform --listen 9001 --once --baseline known.txt --junit results.xml")
        {
            _url, _listen, _once, _tls, _select, _exclude, _quick, _established, _list, _parallel, _maxMessage, _timeout, _silence,
            _header, _http2, _insecure, _ca, _name, _strict, _verbose, _json, _junit, _html, _baseline, _writeBaseline,
        };
        verb.SetAction(RunAsync);
        return verb;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        IReadOnlyList<ConformanceCase> cases = Cases(parsed);
        if (parsed.GetValue(_list))
        {
            foreach (ConformanceCase one in cases)
                await _terminal.Out.WriteLineAsync($"{one.Id}\t{one.Rule}\t{one.Title}");
            return ExitCode.Ok;
        }

        ConformSettings settings = Read(parsed, cases);
        Baseline? baseline = settings.Baseline is { } file ? Baseline.Read(file) : null;
        return settings.Server is not null
            ? await new ServerConform(settings, baseline, _terminal).RunAsync(cancellationToken)
            : await new ClientConform(settings, baseline, _terminal).RunAsync(cancellationToken);
    }

    private IReadOnlyList<ConformanceCase> Cases(ParseResult parsed)
    {
        IReadOnlyList<ConformanceCase> cases = parsed.GetValue(_quick) ? ConformanceCases.Quick : ConformanceCases.All;
        if (parsed.GetValue(_established))
            cases = [.. cases.Where(one => one.IsEstablished)];
        if (parsed.GetValue(_listen) is not null)
            cases = [.. cases.Where(one => one.IsForClients)];
        else if (parsed.GetValue(_url) is not null)
            cases = [.. cases.Where(one => one.IsForServers)];
        try
        {
            return ConformanceCases.Select(cases, parsed.GetValue(_select) ?? [], parsed.GetValue(_exclude) ?? []);
        }
        catch (ArgumentException e)
        {
            throw new CliException(ExitCode.Usage, e.Message);
        }
    }

    private ConformSettings Read(ParseResult parsed, IReadOnlyList<ConformanceCase> cases)
    {
        string? url = parsed.GetValue(_url);
        string? listen = parsed.GetValue(_listen);
        if (url is null == listen is null)
            throw new CliException(ExitCode.Usage, "Give the address of a server, or --listen.");
        if (listen is null && (parsed.GetValue(_once) || parsed.GetValue(_tls)))
            throw new CliException(ExitCode.Usage, "--once and --tls need --listen.");
        bool concernsServers = parsed.GetValue(_http2) || parsed.GetValue(_insecure) || parsed.GetValue(_ca) is not null
            || parsed.GetValue(_header) is { Length: > 0 };
        if (listen is not null && concernsServers)
            throw new CliException(ExitCode.Usage, "--http2, --insecure, --ca and --header are for servers, and not for --listen.");
        return new ConformSettings
        {
            Server = url is null ? null : Values.ServerUri(url),
            Listen = listen is null ? null : Values.EndPoint(listen),
            Certificate = parsed.GetValue(_tls) ? Certificates.Make() : null,
            IsOnce = parsed.GetValue(_once),
            Name = parsed.GetValue(_name),
            Cases = cases,
            Options = new ConformanceOptions
            {
                Parallelism = Positive(parsed, _parallel),
                CaseLimit = Seconds(parsed, _timeout),
                Silence = Seconds(parsed, _silence),
                MaxMessageSize = parsed.GetValue(_maxMessage) is { } size ? Values.Size(size) : null,
                Carrier = parsed.GetValue(_http2) ? ConformanceCarrier.Http2 : ConformanceCarrier.Http1,
                Headers = [.. (parsed.GetValue(_header) ?? []).Select(Values.HeaderField)],
                CertificateValidation = Certificates.Validation(parsed.GetValue(_insecure), parsed.GetValue(_ca)),
            },
            IsStrict = parsed.GetValue(_strict),
            IsVerbose = parsed.GetValue(_verbose),
            Json = parsed.GetValue(_json),
            JUnit = parsed.GetValue(_junit),
            Html = parsed.GetValue(_html),
            Baseline = parsed.GetValue(_baseline),
            WriteBaseline = parsed.GetValue(_writeBaseline),
        };
    }

    private static TimeSpan Seconds(ParseResult parsed, Option<int> option) =>
        TimeSpan.FromSeconds(Math.Min(Positive(parsed, option), Values.MostSeconds));

    private static int Positive(ParseResult parsed, Option<int> option)
    {
        int value = parsed.GetValue(option);
        if (value > 0)
            return value;
        string message = string.Create(CultureInfo.InvariantCulture, $"{option.Name} has to be positive, and is {value}.");
        throw new CliException(ExitCode.Usage, message);
    }
}
