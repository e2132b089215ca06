using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.AspNetCore;

namespace WsProto.Cli.Tests;

public sealed class Http2Tests
{
    [Fact]
    [Trait("Demand", "L07")]
    [Trait("Demand", "L19")]
    public async Task Verbs_work_over_HTTP_2()
    {
        await using WebApplication app = await StartAsync(app => app.MapWebSocket("/echo", EchoAsync));
        string address = AddressOf(app) + "echo";
        Tool conform = await Tool.RunAsync("conform", address, "--http2", "-s", "2");
        Assert.Equal(0, conform.Code);
        Assert.Contains(", HTTP/2: 11 cases", conform.Out, StringComparison.Ordinal);
        Tool connect = await Tool.PipeAsync("x\n", "connect", address, "--http2", "-n", "1");
        Assert.Equal((0, "x\n"), (connect.Code, connect.Payloads));
        await using Listening proxy =
            await Listening.StartVerbAsync("proxy", "0", address, "-q", "--fault", "drop@client", "--fault", "drop@server");
        connect = await Tool.PipeAsync("x\n", "connect", proxy.Address + "echo", "--http2", "-n", "1");
        Assert.Equal((0, "x\n"), (connect.Code, connect.Payloads));
        Tool bench =
            await Tool.RunAsync("bench", address, "--http2", "--connections", "2", "--rate", "2", "--duration", "1ms", "--max-errors", "0");
        Assert.Equal(0, bench.Code);
        Assert.Contains("messages\tsent 1, answered 1, unanswered 0", bench.Lines);
    }

    /// <summary>What the client of HTTP/2 in .NET cannot do is no verdict about the server, and is said to be so.</summary>
    [Fact]
    public async Task Cases_that_HTTP_2_cannot_have_say_why()
    {
        await using WebApplication app = await StartAsync(app => app.MapWebSocket("/echo", EchoAsync));
        Tool conform = await Tool.RunAsync("conform", AddressOf(app) + "echo", "--http2", "-s", "20.1", "-s", "25.1", "-s", "26.1");
        Assert.Equal(0, conform.Code);
        Assert.Equal(
            [
                ("20.1", "the case is about HTTP/1.1: an extended CONNECT is answered before there are frames"),
                ("25.1", "the case is about HTTP/1.1: an extended CONNECT is answered before there are frames"),
                ("26.1", "the judge cannot end one direction of a stream of HTTP/2"),
            ],
            conform.Cases.Select(fields => (fields[1], fields[4])));
        Assert.Equal("# 3 unimplemented", conform.Lines[^2]);
    }

    private static async Task EchoAsync(WsSession ws, CancellationToken stop)
    {
        await foreach (Message message in ws.ReadAllAsync(CancellationToken.None))
            await ws.SendAsync(message, CancellationToken.None);
    }

    private static async Task<WebApplication> StartAsync(Action<WebApplication> map)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication app = builder.Build();
        map(app);
        await app.StartAsync();
        return app;
    }

    private static string AddressOf(WebApplication app) => app.Urls.Single().Replace("http", "ws", StringComparison.Ordinal) + "/";
}
