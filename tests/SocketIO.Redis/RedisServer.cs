using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using WsProto.Adapters.Tests.Support;

namespace WsProto.SocketIO.Redis.Tests;

/// <summary>A Redis of the test's own on loopback, which keeps nothing and ends with it.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    /// <summary>For tests that do not come to end it.</summary>
    private const string GiveUpAfterSeconds = "120";

    private Process? _process;

    private RedisServer(int port) => Port = port;

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Why there is none; null if there is one.</summary>
    public static string? Missing { get; } =
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "redis-server")))
            ? null
            : "redis-server is not installed";

    public static bool IsRequired => Environment.GetEnvironmentVariable("WSPROTO_REQUIRE_PEERS") == "1";

    public static async Task<RedisServer> StartAsync()
    {
        for (int attempt = 1; ; attempt++)
        {
            var server = new RedisServer(FindPort());
            if (await server.TryStartAsync())
                return server;
            // Somebody else may have taken a port that was free a moment ago.
            Assert.True(attempt < 3, "redis-server does not start.");
        }
    }

    /// <summary>Kills it, as a machine that is lost.</summary>
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

    /// <summary>It answers nobody, and closes nothing, until it is continued.</summary>
    public Task FreezeAsync() => SignalAsync("STOP");

    public Task ContinueAsync() => SignalAsync("CONT");

    /// <summary>Gives it a command.</summary>
    /// <returns>The first lines of what it answers.</returns>
    public async Task<string> CommandAsync(string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"));
        byte[] answer = new byte[4096];
        int count = await stream.ReadAsync(answer).AsTask().Soon();
        return Encoding.UTF8.GetString(answer, 0, count);
    }

    public async ValueTask DisposeAsync() => await KillAsync();

    private static int FindPort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task<bool> TryStartAsync()
    {
        string port = Port.ToString(CultureInfo.InvariantCulture);
        _process = Process.Start(new ProcessStartInfo(
            "timeout",
            ["--signal=KILL", GiveUpAfterSeconds, "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath()])
        {
            RedirectStandardOutput = true,
        })!;
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.Contains("Ready to accept connections", StringComparison.Ordinal))
                continue;
            _ = _process.StandardOutput.ReadToEndAsync(); // so that it never waits for a reader
            return true;
        }

        await KillAsync();
        return false;
    }

    /// <summary>The process is a child of the one that ends it after a while.</summary>
    private async Task SignalAsync(string signal)
    {
        string children = await File.ReadAllTextAsync($"/proc/{_process!.Id}/task/{_process.Id}/children");
        using var kill = Process.Start("kill", [$"-{signal}", children.Trim()]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }
}
