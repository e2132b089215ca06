#:sdk Microsoft.NET.Sdk.Web
#:project ../../src/WsProto.AspNetCore
using WsProto.AspNetCore;
WebApplication app = WebApplication.Create(args);
app.MapWebSocket("/", async (ws, stop) => { await foreach (var message in ws.ReadAllAsync(stop)) await ws.SendAsync(message, stop); });
app.Run();
