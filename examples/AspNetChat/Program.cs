// A chat with a page for the browser.
//
//   dotnet run --project examples/AspNetChat
//
// Other ports: --http 8080 --https 8443; 0 takes a free one.

using AspNetChat;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;

await using WebApplication app = ChatApp.Build(args);
await app.StartAsync();
Console.WriteLine($"HTTP/1.1            {app.Urls.First()}");
Console.WriteLine($"HTTP/2 with TLS     {app.Urls.Last()}  (the certificate is made at the start; browsers warn of it)");
Console.WriteLine("Open one of them in two windows. Ctrl+C stops.");
await app.WaitForShutdownAsync();
