using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Tests.Servers;

namespace WsProto.SocketIO.Redis.Tests;

/// <summary>A Redis of the test's own, which keeps nothing.</summary>
public sealed class RedisServer : Broker
{
    internal const string Program = "redis-server";

    private RedisServer()
        : base(Program, "Ready to accept connections")
    {
    }

    public string Address => $"127.0.0.1:{Port}";

    protected override IReadOnlyList<string> Arguments =>
    [
        "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1",
        "--save", "", "--appendonly", "no", "--dir", Path.GetTempPath(),
    ];

    public static async Task<RedisServer> StartAsync()
    {
        var server = new RedisServer();
        await server.StartOnFreePortAsync();
        return server;
    }

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

    private async Task SignalAsync(string signal)
    {
        string children = await File.ReadAllTextAsync($"/proc/{ParentId}/task/{ParentId}/children");
        using var kill = Process.Start("kill", [$"-{signal}", children.Trim()]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }
}
