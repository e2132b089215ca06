using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace WsProto.Interop.Tests;

/// <summary>A running peer: starts its script, reads what it prints, and sees to it that it ends.</summary>
internal sealed class Peer : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly CancellationToken _ct;
    private readonly List<string> _lines = [];
    private readonly List<PeerReport> _reports = [];

    private Peer(Process process, CancellationToken ct)
    {
        _process = process;
        _ct = ct;
        _errors = process.StandardError.ReadToEndAsync(CancellationToken.None); // it ends with the process
    }

    /// <summary>What the peer has said so far.</summary>
    public IReadOnlyList<PeerReport> Reports => _reports;

    /// <summary>Starts a peer with these arguments.</summary>
    public static Peer Start(PeerKind kind, IEnumerable<string> arguments, CancellationToken ct)
    {
        PeerInstallation installation = PeerInstallation.Of(kind);
        if (installation.Missing is { } missing)
            throw new InvalidOperationException($"WSPROTO_REQUIRE_PEERS is set, but {missing}.");

        ProcessStartInfo start = new(installation.Program, [installation.Script, .. arguments])
        {
            WorkingDirectory = PeerInstallation.Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return new Peer(Process.Start(start)!, ct);
    }

    public static Peer StartClient(PeerKind kind, int port, IEnumerable<string> scenario, CancellationToken ct) =>
        Start(kind, ["client", port.ToString(CultureInfo.InvariantCulture), .. scenario], ct);

    /// <summary>Starts a server and waits until it listens.</summary>
    public static async Task<(Peer Peer, int Port)> StartServerAsync(PeerKind kind, IEnumerable<string> scenario, CancellationToken ct)
    {
        Peer peer = Start(kind, ["server", .. scenario], ct);
        try
        {
            string line = await peer._process.StandardOutput.ReadLineAsync(ct) ?? "nothing";
            if (line.StartsWith("PORT ", StringComparison.Ordinal))
                return (peer, int.Parse(line["PORT ".Length..], CultureInfo.InvariantCulture));
            throw new InvalidOperationException($"The peer printed {line} for its port.");
        }
        catch (Exception e)
        {
            string said = await peer.EndAndTellAsync();
            peer.Dispose();
            throw new InvalidOperationException($"{e.Message}\n{said}", e);
        }
    }

    /// <summary>Reads up to the next event of that name.</summary>
    public async Task<PeerReport> ReadUntilAsync(string name)
    {
        while (await ReadAsync() is { } report)
        {
            if (report.Event == name)
                return report;
        }

        throw new InvalidOperationException($"The peer ended without '{name}'.");
    }

    /// <summary>Reads all that is left and waits for the end of the process, which must be a good one.</summary>
    public async Task FinishAsync()
    {
        while (await ReadAsync() is not null)
        {
            // All reports are kept.
        }

        await _process.WaitForExitAsync(_ct);
        if (_process.ExitCode != 0)
            throw new InvalidOperationException($"The peer's exit code is {_process.ExitCode}.");
    }

    /// <summary>Reads all that a peer prints which prints no reports, and waits for its end, which must be a good one.</summary>
    public async Task<IReadOnlyList<string>> ReadLinesAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync(_ct) is { } line)
            _lines.Add(line);
        await _process.WaitForExitAsync(_ct);
        return _process.ExitCode == 0 ? _lines : throw new InvalidOperationException(await EndAndTellAsync());
    }

    /// <summary>For the message of a test that failed: ends the peer and says what it said.</summary>
    public async Task<string> EndAndTellAsync()
    {
        _process.Kill(entireProcessTree: true);
        string rest = await _process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        return $"The peer said:\n{string.Join('\n', [.. _lines, rest])}\nand on standard error:\n{await _errors}";
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true); // nothing happens if it has ended
        _process.Dispose();
    }

    private async Task<PeerReport?> ReadAsync()
    {
        if (await _process.StandardOutput.ReadLineAsync(_ct) is not { } line)
            return null;

        _lines.Add(line);
        PeerReport report = JsonSerializer.Deserialize<PeerReport>(line, JsonSerializerOptions.Web)!;
        _reports.Add(report);
        return report;
    }
}
