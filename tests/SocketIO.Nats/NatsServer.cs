using System.Globalization;
using WsProto.SocketIO.AspNetCore.Tests.Servers;

namespace WsProto.SocketIO.Nats.Tests;

/// <summary>A NATS of the test's own, with its files in a folder that goes with it and stays while it is killed.</summary>
public sealed class NatsServer : Broker
{
    internal const string Program = "nats-server";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wsproto");

    private NatsServer()
        : base(Program, "Server is ready")
    {
    }

    public string Address => $"nats://127.0.0.1:{Port}";

    protected override IReadOnlyList<string> Arguments =>
        ["-js", "-sd", _folder.FullName, "-a", "127.0.0.1", "-p", Port.ToString(CultureInfo.InvariantCulture)];

    public static async Task<NatsServer> StartAsync()
    {
        var server = new NatsServer();
        await server.StartOnFreePortAsync();
        return server;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}
