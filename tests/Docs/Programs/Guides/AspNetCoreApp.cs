using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using WsProto.Adapters;
using WsProto.AspNetCore;
using WsProto.AspNetCore.Testing;
using WsProto.Extensions;

namespace WsProto.Docs.Programs.Guides;

public static class AspNetCoreApp
{
    public static async Task RunAsync()
    {
        WebApplicationBuilder builder = QuietApp.InMemory();
        #region app
        builder.Services.AddSingleton<Prices>();
        builder.Services.AddWsProto(options =>
        {
            options.Extensions.Add(new PerMessageDeflate());
            options.MaxSessions = 10_000;
        });
        WebApplication app = builder.Build();

        RouteGroupBuilder shop = app.MapGroup("/shop").WithWebSocketOptions(options => options.Subprotocols.Add("shop.v1"));
        shop.MapWebSocket("/prices/{item}", async (WsSession ws, string item, Prices prices, CancellationToken stop) =>
        {
            await foreach (int price in prices.WatchAsync(item, stop))
                await ws.SendTextAsync($"{item} {price}", stop);
        }).WithWebSocketOptions(options => options.OnRequest = (context, _) => new(
            context.GetRouteValue("item") is "tea" ? WsResponse.Accept() : WsResponse.Reject(404, "There is no such item.")));
        shop.MapWebSocket("/orders", async (ws, stop) =>
            {
                await foreach (Message message in ws.ReadAllAsync(stop))
                    await ws.SendTextAsync(message is TextMessage order ? $"ordered {order.Data}" : "text, please", stop);
            })
            .WithWebSocketOptions(options => options.Session = options.Session with { KeepAliveInterval = TimeSpan.FromSeconds(5) });
        #endregion
        await app.StartAsync();
        InMemoryServer server = app.Services.GetInMemoryServer();
        await TalkAsync((path, options) => server.ConnectWebSocketAsync(path, options));
        await app.StopAsync();
    }

    private static async Task TalkAsync(Func<string, WsClientOptions?, ValueTask<WsSession>> connectAsync)
    {
        #region client
        var options = new WsClientOptions { Subprotocols = ["shop.v1"], Extensions = [new PerMessageDeflate()] };
        await using WsSession tea = await connectAsync("/shop/prices/tea", options);
        Console.WriteLine($"{tea.Subprotocol}, {tea.Extensions[0].Agreed.Name}");
        await foreach (Message message in tea.ReadAllAsync())
            Console.WriteLine(((TextMessage)message).Data);
        Console.WriteLine($"closed with {(int)tea.CloseResult!.Code} by {tea.CloseResult.Cause}");

        await using WsSession orders = await connectAsync("/shop/orders", options);
        await orders.SendTextAsync("tea");
        Console.WriteLine(((TextMessage)(await orders.ReceiveAsync())!).Data);

        try
        {
            await using WsSession rum = await connectAsync("/shop/prices/rum", options);
        }
        catch (WsHandshakeException e)
        {
            Console.WriteLine($"{e.StatusCode}: {Encoding.UTF8.GetString(e.Body.Span)}");
        }
        #endregion
    }

    private sealed class Prices
    {
        private readonly int[] _prices = [310, 320];

        public async IAsyncEnumerable<int> WatchAsync(
            string item, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
        {
            foreach (int price in _prices)
            {
                stop.ThrowIfCancellationRequested();
                await Task.Yield();
                yield return price + item.Length;
            }
        }
    }
}
