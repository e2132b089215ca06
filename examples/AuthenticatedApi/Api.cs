using System.Net;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WsProto;
using WsProto.Adapters;
using WsProto.AspNetCore;

namespace AuthenticatedApi;

/// <summary>The application: users have tokens, and orders are for traders.</summary>
internal static class Api
{
    internal static WebApplication Build()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        builder.Services.AddAuthentication(TokenHandler.Name).AddScheme<AuthenticationSchemeOptions, TokenHandler>(TokenHandler.Name, null);
        builder.Services.AddAuthorizationBuilder().AddPolicy("trade", policy => policy.RequireRole("trader"));
        builder.Services.AddWsProto(options =>
        {
            options.Subprotocols.Add("orders.v1");
            // A session does not outlive the ticket of its user, if the ticket says when it ends.
            options.CloseOnAuthenticationExpiration = true;
        });

        WebApplication app = builder.Build();
        app.UseWebSocketToken(); // for browsers, which can set no header: a subprotocol "bearer.TOKEN" becomes one
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapWebSocket("/orders", TakeOrdersAsync).RequireAuthorization("trade");
        return app;
    }

    private static async Task TakeOrdersAsync(WsSession session, CancellationToken stop)
    {
        int number = 0;
        await foreach (Message message in session.ReadAllAsync(stop))
        {
            if (message is TextMessage order)
                await session.SendTextAsync($"{session.User!.Identity!.Name}'s order {++number}: {order.Data}", stop);
        }
    }
}
