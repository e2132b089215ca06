// A chat: what one says, all hear. `dotnet run -- --urls http://127.0.0.1:8080` listens on another port.

using WsProto;
using WsProto.Adapters;
using WsProto.AspNetCore;

const int MaxNameLength = 24;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Configuration["AllowedHosts"] = "localhost;127.0.0.1";
builder.Services.AddSingleton<WsSessionGroup>();
builder.Services.AddWsProto(options =>
{
    options.Extensions.Add(new PerMessageDeflate());
    options.Session = new WsSessionOptions
    {
        Connection = new WsConnectionOptions { MaxMessageSize = 16 * 1024 },
        // A member that does not keep up loses the oldest messages; nobody waits for it.
        SendOverflow = SendOverflow.DropOldest,
    };
});

WebApplication app = builder.Build();
app.UseDefaultFiles();
app.UseStaticFiles();
app.MapWebSocket("/chat", async (WsSession session, string name, WsSessionGroup room, CancellationToken stop) =>
{
    if (name.Length is 0 or > MaxNameLength)
    {
        await session.CloseAsync(CloseCode.PolicyViolation, $"A name has 1 to {MaxNameLength} characters.", stop);
        return;
    }

    room.Add(session);
    await room.SendTextAsync($"{name} is here.", cancellationToken: stop);
    try
    {
        await foreach (Message message in session.ReadAllAsync(stop))
        {
            if (message is TextMessage text)
                await room.SendTextAsync($"{name}: {text.Data}", cancellationToken: stop);
        }
    }
    finally
    {
        room.Remove(session);
        await room.SendTextAsync($"{name} has left.", cancellationToken: CancellationToken.None);
    }
});
await app.RunAsync();
