using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using WsProto.Adapters;
using WsProto.Extensions;

namespace WsProto.AspNetCore.Tests;

/// <summary>The code of docs/aspnetcore.md. <see cref="SampleTests"/> runs it.</summary>
internal static class Samples
{
    internal interface IPrices
    {
        IAsyncEnumerable<string> WatchAsync(string name, CancellationToken cancellationToken);
    }

    internal static void AddServices(IServiceCollection services)
    {
        #region options
        services.AddWsProto(options =>
        {
            options.Extensions.Add(new PerMessageDeflate());
            options.MaxSessions = 10_000;
            options.Session = new WsSessionOptions { KeepAliveInterval = TimeSpan.FromSeconds(15) };
        });
        services.Configure<WsHostOptions>(options => options.ShutdownSpread = TimeSpan.FromSeconds(5));
        #endregion
    }

    internal static void MapRoutes(WebApplication app)
    {
        #region routes
        // Session and token: no reflection.
        app.MapWebSocket("/echo", async (ws, stop) =>
        {
            await foreach (Message message in ws.ReadAllAsync(stop))
                await ws.SendAsync(message, stop);
        });

        // Any parameters that a route handler takes.
        app.MapWebSocket("/prices/{name}", async (WsSession ws, string name, IPrices prices, CancellationToken stop) =>
        {
            await foreach (string price in prices.WatchAsync(name, stop))
                await ws.SendTextAsync(price, stop);
        });
        #endregion

        #region refusal
        app.MapWebSocket("/private", async (ws, stop) => await ws.SendTextAsync($"Hello {ws.Subprotocol}", stop))
            .WithWebSocketOptions(options => options.OnRequest = (context, request) => new(
                request.Subprotocols.Contains("v2") ? WsResponse.Accept("v2") : WsResponse.Reject(400, "Ask for the subprotocol v2.")));
        #endregion

        #region scopes
        app.MapWebSocket("/orders", (WsSession ws, IServiceScopeFactory scopes, CancellationToken stop) =>
            ws.ForEachInScopeAsync(scopes, async (message, services) =>
            {
                string answer = services.GetRequiredService<Orders>().Handle(message);
                await ws.SendTextAsync(answer, stop);
            }, stop));
        #endregion
    }

    internal sealed class Orders
    {
        private readonly string _verb = "ordered";

        public string Handle(Message message) => message is TextMessage text ? $"{_verb} {text.Data}" : "what?";
    }
}
