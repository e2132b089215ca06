using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using WsProto.AspNetCore;

namespace WsProto.Cli.Tests;

public sealed class Http2Tests
{
    [Fact]
    [Trait("Demand", "L07")]
    [Trait("Demand", "L19")]
    public async Task Verbs_work_over_HTTP_2()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        await using WebApplication app = builder.Build();
        app.MapWebSocket("/echo", async (ws, _) =>
        {
            await foreach (Message message in ws.ReadAllAsync(CancellationToken.None))
                await ws.SendAsync(message, CancellationToken.None);
        });
        await app.StartAsync();
        string address = app.Urls.Single().Replace("http", "ws", StringComparison.Ordinal) + "/echo";

        Tool conform = await Tool.RunAsync("conform", address, "--http2", "-s", "2");
        Assert.Equal(0, conform.Code);
        Assert.Contains(", HTTP/2: 11 cases", conform.Out, StringComparison.Ordinal);
        Tool connect = await Tool.PipeAsync("x\n", "connect", address, "--http2", "-n", "1");
        Assert.Equal((0, "x\n"), (connect.Code, connect.Payloads));
        Tool bench =
            await Tool.RunAsync("bench", address, "--http2", "--connections", "2", "--rate", "2", "--duration", "1ms", "--max-errors", "0");
        Assert.Equal(0, bench.Code);
        Assert.Contains("messages\tsent 1, answered 1, unanswered 0", bench.Lines);
    }
}
