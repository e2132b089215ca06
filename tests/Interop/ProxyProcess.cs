using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace WsProto.Interop.Tests;

/// <summary>nginx or HAProxy with the lines that a document recommends, in a process and a folder of its own.</summary>
internal sealed class ProxyProcess : Proxy
{
    /// <summary>For tests that do not come to end it.</summary>
    private const string GiveUpAfterSeconds = "60";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wsproto");
    private readonly Process _process;

    private ProxyProcess(PeerKind kind, PeerInstallation installation, ProxySettings settings)
    {
        (Port, TlsPort) = FindPorts();
        (string certificate, string key) = settings.Certificate.WriteTo(_folder.FullName);
        File.WriteAllText(InFolder("site.pem"), File.ReadAllText(certificate) + "\n" + File.ReadAllText(key) + "\n");
        (string shared, string documented) = DocumentedFor(kind, settings);
        string configuration = File.ReadAllText(Path.Combine(PeerInstallation.Folder, installation.Script))
            .Replace("SHARED", shared, StringComparison.Ordinal)
            .Replace("DOCUMENTED", documented, StringComparison.Ordinal)
            .Replace("TLS_PORT", $"{TlsPort}", StringComparison.Ordinal)
            .Replace("PORT", $"{Port}", StringComparison.Ordinal);
        File.WriteAllText(InFolder(installation.Script), configuration);
        string[] arguments = kind == PeerKind.Nginx
            ? ["-e", "stderr", "-p", _folder.FullName, "-c", InFolder(installation.Script)]
            : ["-W", "-f", InFolder(installation.Script)];
        ProcessStartInfo start = new("timeout", [GiveUpAfterSeconds, installation.Program, .. arguments])
        {
            WorkingDirectory = _folder.FullName,
            RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
    }

    internal override int Port { get; }

    internal override int TlsPort { get; }

    internal static new async Task<Proxy> StartAsync(PeerKind kind, ProxySettings settings, CancellationToken guard)
    {
        PeerInstallation installation = PeerInstallation.Of(kind);
        if (installation.Missing is { } missing)
            throw new InvalidOperationException($"WSPROTO_REQUIRE_PEERS is set, but {missing}.");
        for (int attempt = 1; ; attempt++)
        {
            var proxy = new ProxyProcess(kind, installation, settings);
            List<string> said = [];
            if (await proxy.ListensAsync(kind == PeerKind.Nginx ? "getrlimit" : "Loading success", said, guard))
                return proxy;
            await proxy.DisposeAsync();
            // Somebody else may have taken a port that was free a moment ago.
            if (attempt == 3)
                throw new InvalidOperationException($"{kind} does not start, and says:\n{string.Join('\n', said)}");
        }
    }

    public override async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true); // nothing happens if it has ended
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>Two that are free.</summary>
    private static (int First, int Second) FindPorts()
    {
        using var first = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var second = new Socket(SocketType.Stream, ProtocolType.Tcp);
        first.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        second.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (((IPEndPoint)first.LocalEndPoint!).Port, ((IPEndPoint)second.LocalEndPoint!).Port);
    }

    /// <summary>The last block of the document for this proxy, and what stands before it in others of them.</summary>
    private static (string Shared, string Documented) DocumentedFor(PeerKind kind, ProxySettings settings)
    {
        string document = File.ReadAllText(Path.Combine(PeerInstallation.Folder, "../../..", settings.Document));
        string[] blocks =
        [
            .. document.Split(kind == PeerKind.Nginx ? "```nginx\n" : "```haproxy\n")[1..].Select(rest => Fill(rest.Split("```")[0])),
        ];
        string[] lines = blocks[^1].Split('\n');
        string[] kept = [.. lines.Where(line => settings.Without is null || !line.Contains(settings.Without, StringComparison.Ordinal))];
        Assert.Equal(settings.Without is null ? 0 : 1, lines.Length - kept.Length);
        return (string.Concat(blocks[..^1]), string.Join('\n', kept));

        string Fill(string block)
        {
            string protocol = settings.RouteVersion == 2 ? " proto h2" : "";
            return block
                .Replace("127.0.0.1:5000", $"127.0.0.1:{settings.RoutePort}{protocol}", StringComparison.Ordinal)
                .Replace("127.0.0.1:5001", $"127.0.0.1:{settings.OtherPort}{protocol}", StringComparison.Ordinal)
                .Replace("60s", $"{settings.IdleSeconds}s", StringComparison.Ordinal);
        }
    }

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Waits until it says what it says when it listens; false if it ends before.</summary>
    private async Task<bool> ListensAsync(string ready, List<string> said, CancellationToken guard)
    {
        while (await _process.StandardError.ReadLineAsync(guard) is { } line)
        {
            said.Add(line);
            if (line.Contains(ready, StringComparison.Ordinal))
            {
                _ = _process.StandardError.ReadToEndAsync(CancellationToken.None); // so that it never waits for a reader
                return true;
            }
        }

        return false;
    }
}
