using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using WsProto.EngineIO;
using WsProto.SocketIO;
using WsProto.SocketIO.AspNetCore;
using WsProto.SocketIO.Client;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>What handlers of Flask-SocketIO do that the chat does not.</summary>
public static class FlaskEvents
{
    public static async Task RunAsync()
    {
        WebApplicationBuilder builder = QuietApp.OnLoopback();
        #region services
        var options = new SocketIOOptions { Engine = new() { Server = new() { AllowedOrigins = EngineIOOrigins.Any } } };
        builder.Services.AddSocketIO(options);
        builder.Services.AddSingleton<News>();
        #endregion
        await using WebApplication app = builder.Build();
        #region events
        app.MapSocketIO("/socket.io", io =>
        {
            io.Main
                // send() of either side is the event "message".
                .On("message", async (SocketIOSocket socket, string text) => socket.Emit("message", $"You said: {text}"))
                // An ack of two arguments: return a, b.
                .On("divide", async (SocketIOSocket socket, int a, int b) => SocketIOAck.Of(a / b, a % b))
                // emit("riddle", text, callback=...): the answer of the client.
                .On("play", async (SocketIOSocket socket) =>
                {
                    int answer = await socket.CallAsync<int>("riddle", "6 times 7?");
                    return answer == await socket.CallAsync<int>("add", 40, 2) ? "Right!" : "Wrong!";
                });

            // namespace="/admin"
            io.Of("/admin")
                .OnConnecting(async socket => throw new SocketIORefusedException("Come back later.") { Details = new { RetryAfter = 60 } });
        });
        #endregion
        await app.StartAsync();
        var uri = new Uri(app.Urls.First());
        #region setup
        await using var io = new SocketIOClient(uri);
        var said = new TaskCompletionSource<string>();
        var news = new TaskCompletionSource<string>();
        #endregion
        #region answers
        // One argument, and one value as the answer.
        io.Main.OnCall<string, int>("riddle", async question => 42);
        // Any number of both.
        io.On("add", async e => e.Answer(e.Get<int>(0) + e.Get<int>(1)));
        #endregion
        #region client
        io.On<string>("message", said.SetResult);
        io.On<string>("news", news.SetResult);
        await io.ConnectAsync();

        await io.EmitAsync("message", "Hello");
        Console.WriteLine(await said.Task);

        SocketIOArguments parts = await io.Main.CallAsync("divide", [17, 5]);
        Console.WriteLine($"{parts.Count} values: {Text(parts, 0)} and {Text(parts, 1)}");
        Console.WriteLine(await io.CallAsync<string>("play"));
        try
        {
            await io.Of("/admin").ConnectAsync();
        }
        catch (SocketIOJoinException e)
        {
            Console.WriteLine($"{e.Message} {Text(e.Details, 0)}");
        }

        string Text(SocketIOArguments arguments, int index) => Encoding.UTF8.GetString(arguments.GetJson(index).Span);
        #endregion
        #region publish
        app.Services.GetRequiredService<News>().Publish("It rains.");
        #endregion
        Console.WriteLine(await news.Task);
        await app.StopAsync();
    }

    #region news
    public sealed class News(SocketIOServer io)
    {
        public void Publish(string headline) => io.Main.Emit("news", headline);
    }
    #endregion
}
