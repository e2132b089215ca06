using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace WsProto.SocketIO.AspNetCore.Tests.Servers;

/// <summary>A broker of the test's own on loopback, which ends with it.</summary>
public abstract class Broker(string program, string readyLine) : IAsyncDisposable
{
    /// <summary>For tests that do not come to end it.</summary>
    private const string GiveUpAfterSeconds = "120";

    private Process? _process;

    public int Port { get; private set; }

    /// <summary>Whether a test fails where the broker is not installed, instead of being skipped.</summary>
    internal static bool IsRequired => Environment.GetEnvironmentVariable("WSPROTO_REQUIRE_PEERS") == "1";

    /// <summary>The process that ends the broker after a while, whose child it is.</summary>
    protected int ParentId => _process!.Id;

    /// <summary>What the program is started with, on the port.</summary>
    protected abstract IReadOnlyList<string> Arguments { get; }

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

    public virtual async ValueTask DisposeAsync()
    {
        await KillAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Why there is none; null if there is one.</summary>
    internal static string? MissingOf(string program) => Find(program) is null ? $"{program} is not installed" : null;

    /// <summary>Starts it on a port that is free.</summary>
    protected async Task StartOnFreePortAsync()
    {
        for (int attempt = 1; ; attempt++)
        {
            Port = FindPort();
            if (await TryStartAsync())
                return;
            // Somebody else may have taken a port that was free a moment ago.
            Assert.True(attempt < 3, $"{program} does not start.");
        }
    }

    /// <summary>Debian has some where not every user looks.</summary>
    private static string? Find(string program) => Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/usr/sbin")
        .Select(folder => Path.Combine(folder, program))
        .FirstOrDefault(File.Exists);

    private static int FindPort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private async Task<bool> TryStartAsync()
    {
        Assert.Null(MissingOf(program));
        // What it says comes as one stream, wherever it says it.
        _process = Process.Start(new ProcessStartInfo(
            "timeout",
            ["--signal=KILL", GiveUpAfterSeconds, "sh", "-c", "exec \"$@\" 2>&1", "sh", Find(program)!, .. Arguments])
        {
            RedirectStandardOutput = true,
        })!;
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (!line.Contains(readyLine, StringComparison.Ordinal))
                continue;
            _ = _process.StandardOutput.ReadToEndAsync(); // so that it never waits for a reader
            return true;
        }

        await KillAsync();
        return false;
    }
}
