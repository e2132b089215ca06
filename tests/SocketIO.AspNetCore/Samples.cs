using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using WsProto.EngineIO;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>The code of docs/socketio.md and docs/socketio-scaling.md. <see cref="SampleTests"/> runs it.</summary>
internal static class Samples
{
    internal static void MapChat(WebApplication app)
    {
        #region chat
        app.MapSocketIO("/socket.io", io => io.Main
            .On("join", async (SocketIOSocket socket, string room, string name) =>
            {
                socket.Data["name"] = name;
                socket.Join(room);
                socket.To(room).Emit("joined", name);
                return $"Welcome to {room}, {name}!";
            })
            .On("say", async (SocketIOSocket socket, string room, string text) =>
                io.Main.To(room).Emit("said", socket.Data["name"], text)));
        #endregion
    }

    internal static void AddHandlers(SocketIOServer io)
    {
        #region handlers
        io.Of("/admin")
            .OnConnecting(async socket =>
            {
                if (socket.ReadAuth<Credentials>()?.Token != "secret")
                    throw new SocketIORefusedException("Your token is not valid.") { Details = new { RetryAfter = 60 } };
            })
            .OnConnected(async socket => socket.Emit("motd", "Be kind."))
            .OnDisconnected(async (socket, why) => socket.To("staff").Emit("left", socket.Id, why.Reason))
            // Typed: without reflection. The value is the ack.
            .On("add", async (SocketIOSocket socket, int a, int b) => a + b)
            // Free: with services, bytes, defaults.
            .On("upload", (Store store, string name, byte[] content, string? comment = null) => store.Save(name, content))
            .OnError(async (e, exception) => new { Error = exception.Message });
        #endregion
    }

    #region credentials
    public sealed record Credentials(string? Token);
    #endregion

    internal static void MapLimited(WebApplication app)
    {
        #region limited
        PartitionedRateLimiter<HttpContext> handshakes = PartitionedRateLimiter.Create<HttpContext, string>(context =>
            RateLimitPartition.GetFixedWindowLimiter(
                context.Connection.RemoteIpAddress?.ToString() ?? "unknown",
                _ => new() { PermitLimit = 20, Window = TimeSpan.FromMinutes(1) }));

        app.MapSocketIO("/socket.io", _ => { }, new SocketIOOptions
        {
            Engine = new()
            {
                AllowRequest = async context =>
                {
                    using RateLimitLease lease = handshakes.AttemptAcquire(context);
                    return lease.IsAcquired ? RequestDecision.Allow() : RequestDecision.Refuse("Too many connections. Try again later.");
                },
            },
        });
        #endregion
    }

    internal static void AddClass(SocketIOServer io)
    {
        #region add-class
        io.Of("/files").AddHandlers<FileHandlers>();
        #endregion
    }

    #region class
    public sealed class FileHandlers(Store store) : SocketIOHandlers
    {
        public override async Task OnConnectingAsync()
        {
            if (!await store.IsValidAsync(Socket.ReadAuth<Credentials>()?.Token))
                throw new SocketIORefusedException("Your token is not valid.");
        }

        [OnEvent("upload")]
        public int Upload(string name, byte[] content, string? comment = null)
        {
            Socket.Broadcast.Emit("uploaded", name, comment);
            return store.Save(name, content);
        }
    }
    #endregion

    internal static async Task UseRoomsAsync(SocketIOServer io, SocketIOSocket socket)
    {
        #region rooms
        socket.Join("red");
        socket.To("red").Emit("hello", "everybody else in red");
        io.Main.To("red", "blue").Except("muted").Emit("hello", "each once");
        io.Main.Volatile.Emit("position", 1, 2);

        int answer = await socket.CallAsync<int>("question", "6 times 7?");
        IReadOnlyList<SocketIOAnswer> answers = await io.Main.To("red").CallAsync("ready?", [], TimeSpan.FromSeconds(5));
        int silent = answers.Count(item => item.Arguments is null);
        #endregion
        socket.Emit("result", answer, answers.Count, silent);
    }

    internal static void AddService(IServiceCollection services)
    {
        #region anywhere
        services.AddSocketIO();
        services.AddSingleton<News>();
        #endregion
    }

    internal static void AddTwo(IServiceCollection one, IServiceCollection other)
    {
        #region hub
        var hub = new SocketIOInMemoryHub();
        one.AddSocketIO(new SocketIOOptions { Backplane = hub.Connect() });
        other.AddSocketIO(new SocketIOOptions { Backplane = hub.Connect() });
        #endregion
    }

    #region news
    internal sealed class News(SocketIOServer io)
    {
        internal void Publish(string headline) => io.Main.Emit("news", headline);
    }
    #endregion

    public sealed class Store
    {
        private readonly Dictionary<string, byte[]> _files = [];
        private readonly string _token = "secret";

        public async Task<bool> IsValidAsync(string? token) => token == _token;

        public int Save(string name, byte[] content)
        {
            _files[name] = content;
            return content.Length;
        }
    }
}
