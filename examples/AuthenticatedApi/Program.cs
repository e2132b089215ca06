// A route for users that may use it. Who may not is refused with a status of HTTP, before there is a WebSocket.
//
//   dotnet run --project examples/AuthenticatedApi

using AuthenticatedApi;
using Microsoft.AspNetCore.Builder;
using WsProto;
using WsProto.Adapters;

await using WebApplication app = Api.Build();
await app.StartAsync();
var uri = new UriBuilder(app.Urls.Single()) { Scheme = "ws", Path = "/orders" };

await TryAsync("nobody", new WsClientOptions());
await TryAsync("a wrong token", WithHeader("guessed"));
await TryAsync("Bob, who is no trader", WithHeader("token-of-bob"));
await TryAsync("Ann", WithHeader("token-of-ann"));
await TryAsync("Ann in a browser", new WsClientOptions { Subprotocols = ["bearer.token-of-ann", "orders.v1"] });
await app.StopAsync();

static WsClientOptions WithHeader(string token) => new() { Headers = [("Authorization", $"Bearer {token}")], Subprotocols = ["orders.v1"] };

async Task TryAsync(string who, WsClientOptions options)
{
    try
    {
        await using WsSession session = await WsClient.ConnectAsync(uri.Uri, options);
        await session.SendTextAsync("buy 100 EURUSD");
        Console.WriteLine($"{who}: {(await session.ReceiveAsync() as TextMessage)?.Data} (by {session.Subprotocol})");
        await session.CloseAsync();
    }
    catch (WsHandshakeException e) when (e.StatusCode is not null)
    {
        Console.WriteLine($"{who}: refused with {e.StatusCode}");
    }
}
