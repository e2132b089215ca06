using System.Net.Http.Json;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.BearerToken;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using WsProto.Adapters;
using WsProto.AspNetCore;
using WsProto.AspNetCore.Testing;

namespace WsProto.Docs.Programs.Guides;

/// <summary>Bearer tokens, from programs in a header and from pages among the subprotocols.</summary>
public static class TokenSignIn
{
    public static async Task RunAsync()
    {
        WebApplicationBuilder builder = QuietApp.InMemory();
        #region app
        builder.Services.AddAuthentication().AddBearerToken();
        builder.Services.AddAuthorization();
        WebApplication app = builder.Build();
        app.UseWebSocketToken();
        app.UseAuthentication();
        app.UseAuthorization();

        app.MapPost("/sign-in/{name}", (string name) => TypedResults.SignIn(
            new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], BearerTokenDefaults.AuthenticationScheme)),
            authenticationScheme: BearerTokenDefaults.AuthenticationScheme));

        app.MapWebSocket("/me", async (ws, stop) => await ws.SendTextAsync($"Hello {ws.User!.Identity!.Name}", stop))
            .RequireAuthorization()
            .WithWebSocketOptions(options => options.Subprotocols.Add("chat"));
        #endregion
        await app.StartAsync();
        await TalkAsync(app.Services.GetInMemoryServer());
        await app.StopAsync();
    }

    private static async Task TalkAsync(InMemoryServer server)
    {
        using HttpClient http = server.CreateClient();
        using HttpResponseMessage signedIn = await http.PostAsync(new Uri("/sign-in/Ann", UriKind.Relative), null);
        string token = (await signedIn.Content.ReadFromJsonAsync<AccessTokenResponse>())!.AccessToken;

        #region client
        // A program sends a header.
        var byHeader = new WsClientOptions { Headers = [("Authorization", $"Bearer {token}")] };
        await using WsSession program = await server.ConnectWebSocketAsync("/me", byHeader);
        Console.WriteLine(((TextMessage)(await program.ReceiveAsync())!).Data);

        // A page does what this does: new WebSocket(url, ["chat", "bearer." + token])
        var bySubprotocol = new WsClientOptions { Subprotocols = ["chat", $"bearer.{token}"] };
        await using WsSession page = await server.ConnectWebSocketAsync("/me", bySubprotocol);
        Console.WriteLine($"{((TextMessage)(await page.ReceiveAsync())!).Data}, by {page.Subprotocol}");

        try
        {
            await using WsSession nobody = await server.ConnectWebSocketAsync("/me");
        }
        catch (WsHandshakeException e)
        {
            Console.WriteLine($"{e.StatusCode} {e.Headers["WWW-Authenticate"]}");
        }
        #endregion
    }
}
