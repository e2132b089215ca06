using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace WsProto.Bench;

/// <summary>A program of others that listens on a port of loopback: a broker, a proxy. It ends with this, or after a while.</summary>
internal sealed class Daemon : IAsyncDisposable
{
    private const string EndsAfterSeconds = "300";
    private readonly Process _timeout;

    private Daemon(Process timeout, int port) => (_timeout, Port) = (timeout, port);

    public int Port { get; }

    public TimeSpan ProcessorTime
    {
        get
        {
            string child = File.ReadAllText($"/proc/{_timeout.Id}/task/{_timeout.Id}/children").Trim();
            using var process = Process.GetProcessById(int.Parse(child, CultureInfo.InvariantCulture));
            return process.TotalProcessorTime;
        }
    }

    /// <summary>Starts a program with the arguments for a port that is free, and waits until it listens there.</summary>
    public static async Task<Daemon> StartAsync(string program, Func<int, string[]> arguments)
    {
        int port = FindPort();
        var start = new ProcessStartInfo("timeout", ["--signal=KILL", EndsAfterSeconds, program, .. arguments(port)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Debian has some where not every user looks.
        start.Environment["PATH"] += ":/usr/sbin";
        var daemon = new Daemon(Process.Start(start)!, port);
        Task<string> said = daemon._timeout.StandardError.ReadToEndAsync();
        _ = daemon._timeout.StandardOutput.ReadToEndAsync(); // so that it never waits for a reader
        while (!await ListensAsync(port))
        {
            if (daemon._timeout.HasExited)
                throw new InvalidOperationException($"{program} has ended: {await said}");
            await Task.Delay(20);
        }

        return daemon;
    }

    public async ValueTask DisposeAsync()
    {
        _timeout.Kill(entireProcessTree: true);
        await _timeout.WaitForExitAsync();
        _timeout.Dispose();
    }

    private static int FindPort()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task<bool> ListensAsync(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
