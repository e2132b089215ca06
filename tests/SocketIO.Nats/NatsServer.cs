using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace WsProto.SocketIO.Nats.Tests;

/// <summary>A NATS of the test's own on loopback, with its files in a folder that goes with it.</summary>
public sealed class NatsServer : IAsyncDisposable
{
    /// <summary>For tests that do not come to end it.</summary>
    private const string GiveUpAfterSeconds = "120";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wsproto");
    private Process? _process;

    private NatsServer(int port) => Port = port;

    public int Port { get; }

    public string Address => $"nats://127.0.0.1:{Port}";

    /// <summary>Why there is none; null if there is one.</summary>
    public static string? Missing { get; } = Program is null ? "nats-server is not installed" : null;

    public static bool IsRequired => Environment.GetEnvironmentVariable("WSPROTO_REQUIRE_PEERS") == "1";

    /// <summary>Debian has it where not every user looks.</summary>
    private static string? Program => Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, "nats-server"))
        .FirstOrDefault(File.Exists);

    public static async Task<NatsServer> StartAsync()
    {
        for (int attempt = 1; ; attempt++)
        {
            var server = new NatsServer(FindPort());
            if (await server.TryStartAsync())
                return server;
            // Somebody else may have taken a port that was free a moment ago.
            Assert.True(attempt < 3, "nats-server does not start.");
        }
    }

    /// <summary>Kills it, as a process that fails; its files stay.</summary>
    public async Task KillAsync()
    {
        if (_process is null)
            return;
        _process.Kill(entireProcessTree: true); // nothing happens if it has ended
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>Starts it again after it was killed.</summary>
    public async Task RestartAsync() => Assert.True(await TryStartAsync());

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _folder.Delete(recursive: true);
    }

    private static int FindPort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task<bool> TryStartAsync()
    {
        Assert.Null(Missing);
        string port = Port.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(new ProcessStartInfo(
            "timeout", ["--signal=KILL", GiveUpAfterSeconds, Program!, "-js", "-sd", _folder.FullName, "-a", "127.0.0.1", "-p", port])
        {
            RedirectStandardError = true,
        })!;
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            if (!line.Contains("Server is ready", StringComparison.Ordinal))
                continue;
            _ = _process.StandardError.ReadToEndAsync(); // so that it never waits for a reader
            return true;
        }

        await KillAsync();
        return false;
    }
}
