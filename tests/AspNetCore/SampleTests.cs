using System.Net;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore.Tests.Support;

namespace WsProto.AspNetCore.Tests;

/// <summary>What the documents show does what they say.</summary>
public class SampleTests
{
    [Theory]
    [InlineData(Carrier.Http1)]
    [InlineData(Carrier.Http2)]
    public async Task Samples_of_the_documents_work(Carrier carrier)
    {
        await using App app = await App.StartAsync(
            app => Samples.MapRoutes(app),
            services =>
            {
                Samples.AddServices(services);
                services.AddSingleton<Samples.IPrices, Prices>();
                services.AddScoped<Samples.Orders>();
            });
        using ClientWebSocket echo = await app.ConnectAsync(carrier, "/echo");
        await echo.SendTextAsync("Hello");
        Assert.Equal("Hello", await echo.ReceiveAsync());
        using ClientWebSocket prices = await app.ConnectAsync(carrier, "/prices/tea");
        Assert.Equal("tea 1", await prices.ReceiveAsync());
        using ClientWebSocket refused = await app.ConnectAsync(carrier, "/private");
        Assert.Equal(HttpStatusCode.BadRequest, refused.HttpStatusCode);
        using ClientWebSocket accepted = await app.ConnectAsync(carrier, "/private", options => options.AddSubProtocol("v2"));
        Assert.Equal("Hello v2", await accepted.ReceiveAsync());
        using ClientWebSocket orders = await app.ConnectAsync(carrier, "/orders");
        await orders.SendTextAsync("tea");
        Assert.Equal("ordered tea", await orders.ReceiveAsync());
    }

    private sealed class Prices : Samples.IPrices
    {
        public async IAsyncEnumerable<string> WatchAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.Yield();
            yield return $"{name} 1";
        }
    }
}
