// A chat whose page speaks Socket.IO, by npm's client.
//
//   npm ci --prefix examples/SocketIOChat
//   dotnet run --project examples/SocketIOChat
//
// Another port: --port 8080; 0 takes a free one.

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using SocketIOChat;

if (!ChatApp.HasClient)
{
    await Console.Error.WriteLineAsync("socket.io-client is not there yet. Run: npm ci --prefix examples/SocketIOChat");
    return 1;
}

await using WebApplication app = ChatApp.Build(args);
await app.StartAsync();
Console.WriteLine($"{app.Urls.Single()}  Open it in two windows; with ?transports=polling it stays without a WebSocket. Ctrl+C stops.");
await app.WaitForShutdownAsync();
return 0;
