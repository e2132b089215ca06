using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>Both ends with System.Net.WebSockets.</summary>
public static class UseWebSocketsShout
{
    public static async Task RunAsync()
    {
        await using WebApplication app = QuietApp.OnLoopback().Build();
        #region server
        app.UseWebSockets();
        app.Map("/shout", async (HttpContext context) =>
        {
            if (!context.WebSockets.IsWebSocketRequest)
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }

            using WebSocket ws = await context.WebSockets.AcceptWebSocketAsync("shout.v1");
            byte[] buffer = new byte[4096];
            while (true)
            {
                using var whole = new MemoryStream();
                ValueWebSocketReceiveResult result;
                do
                {
                    result = await ws.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
                    whole.Write(buffer, 0, result.Count);
                }
                while (!result.EndOfMessage);

                if (result.MessageType == WebSocketMessageType.Close)
                {
                    await ws.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, context.RequestAborted);
                    return;
                }

                string text = Encoding.UTF8.GetString(whole.ToArray());
                byte[] answer = Encoding.UTF8.GetBytes(text.ToUpperInvariant());
                await ws.SendAsync(answer, WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
            }
        });
        #endregion
        await app.StartAsync();
        await TalkAsync(new UriBuilder(app.Urls.First()) { Scheme = "ws", Path = "/shout" }.Uri);
        await app.StopAsync();
    }

    private static async Task TalkAsync(Uri uri)
    {
        #region client
        using var client = new ClientWebSocket();
        client.Options.AddSubProtocol("shout.v1");
        await client.ConnectAsync(uri, CancellationToken.None);
        Console.WriteLine(client.SubProtocol);

        await client.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        byte[] buffer = new byte[4096];
        WebSocketReceiveResult result = await client.ReceiveAsync(buffer, CancellationToken.None);
        Console.WriteLine(Encoding.UTF8.GetString(buffer, 0, result.Count));

        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
        Console.WriteLine((int)client.CloseStatus!);
        #endregion
    }
}
