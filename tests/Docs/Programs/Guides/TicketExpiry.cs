using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.AspNetCore;
using WsProto.AspNetCore.Testing;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A cookie, and a session that ends with it; the hour passes on a made-up clock.</summary>
public static class TicketExpiry
{
    public static async Task RunAsync()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 12, 0, 0, TimeSpan.Zero));
        WebApplicationBuilder builder = QuietApp.InMemory();
        builder.Services.Configure<WsHostOptions>(options => options.TimeProvider = clock);
        #region app
        const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;
        builder.Services.AddAuthentication(Scheme).AddCookie(options =>
        {
            options.TimeProvider = clock;
            options.ExpireTimeSpan = TimeSpan.FromHours(1);
            // A WebSocket is refused with a status; it cannot follow a redirect to a page.
            options.Events.OnRedirectToLogin = context =>
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return Task.CompletedTask;
            };
        });
        builder.Services.AddAuthorization();
        WebApplication app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();

        app.MapPost("/sign-in/{name}", (HttpContext context, string name) => context.SignInAsync(
            new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], Scheme))));

        app.MapWebSocket("/feed", async (ws, stop) =>
            {
                await ws.SendTextAsync($"Hello {ws.User!.Identity!.Name}", stop);
                await ws.Completion;
            })
            .RequireAuthorization()
            .WithWebSocketOptions(options => options.CloseOnAuthenticationExpiration = true);
        #endregion
        await app.StartAsync();
        await TalkAsync(app.Services.GetInMemoryServer(), clock);
        await app.StopAsync();
    }

    private static async Task TalkAsync(InMemoryServer server, FakeTimeProvider clock)
    {
        using HttpClient http = server.CreateClient();
        using HttpResponseMessage signedIn = await http.PostAsync(new Uri("/sign-in/Ann", UriKind.Relative), null);
        string cookie = signedIn.Headers.GetValues("Set-Cookie").Single().Split(';')[0];

        #region client
        var options = new WsClientOptions { Headers = [("Cookie", cookie)] };
        await using WsSession feed = await server.ConnectWebSocketAsync("/feed", options);
        Console.WriteLine(((TextMessage)(await feed.ReceiveAsync())!).Data);

        clock.Advance(TimeSpan.FromMinutes(61));
        WsCloseResult end = await feed.Completion;
        Console.WriteLine($"{(int)end.Code} {end.Reason}");

        try
        {
            await using WsSession again = await server.ConnectWebSocketAsync("/feed", options);
        }
        catch (WsHandshakeException e)
        {
            Console.WriteLine(e.StatusCode);
        }
        #endregion
    }
}
