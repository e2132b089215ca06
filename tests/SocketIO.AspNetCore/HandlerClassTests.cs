using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Testing;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

[SuppressMessage("Performance", "CA1822", Justification = "Methods of an instance are what is tested.")]
public sealed class HandlerClassTests
{
    [Fact]
    public async Task Methods_handle_events_with_an_instance_and_a_scope_for_each()
    {
        await using App app = await StartAsync<Calculator>();
        await using SocketIOTestClient client = await app.Server.ConnectSocketIOAsync().Soon();
        Assert.Equal(5, await client.CallAsync<int>("add", 2, 3).Soon());
        Assert.Equal(5, await client.CallAsync<int>("plus", 2, 3).Soon());
        Assert.Equal(12, await client.CallAsync<int>("double", 6).Soon());
        Assert.Equal(0, (await client.CallAsync("nothing", []).Soon()).Count);
        Assert.Equal(client.Id, await client.CallAsync<string>("who").Soon());

        // Each event had its own, which were disposed of when it was handled.
        Journal journal = app.Services.GetRequiredService<Journal>();
        string[] lines = journal.Lines();
        Assert.Equal(5, lines.Count(line => line == "made"));
        Assert.Equal(5, lines.Count(line => line == "disposed"));
        Assert.Equal(5, lines.Count(line => line == "scope ended"));
    }

    [Fact]
    public async Task Methods_of_the_base_class_are_told_of_clients()
    {
        await using App app = await StartAsync<Doorman>();
        SocketIORefusedException refused = await Assert.ThrowsAsync<SocketIORefusedException>(
            () => app.Server.ConnectSocketIOAsync(options: new() { Query = "name=" }).Soon());
        Assert.Equal("A name is wanted.", refused.Message);

        SocketIOTestClient client = await app.Server.ConnectSocketIOAsync(options: new() { Query = "name=Ann" }).Soon();
        Assert.Equal("Ann", (await client.WaitForAsync("welcome").Soon()).Get<string>(0));
        await client.DisposeAsync();
        Journal journal = app.Services.GetRequiredService<Journal>();
        await Waiting.Until(() => journal.Lines().Contains("Ann left"));
    }

    [Fact]
    public async Task What_a_method_throws_is_as_from_any_handler()
    {
        await using App app = await StartAsync<Failing>(space => space.OnError(async (_, e) => $"{e.GetType().Name}: {e.Message}"));
        await using SocketIOTestClient client = await app.Server.ConnectSocketIOAsync().Soon();
        Assert.Equal("TimeoutException: at once", await client.CallAsync<string>("at once").Soon());
        Assert.Equal("TimeoutException: later", await client.CallAsync<string>("later").Soon());
        Assert.Equal("SocketIOBindingException: The event has no argument 0.", await client.CallAsync<string>("wants").Soon());
        Assert.Equal("SocketIOBindingException: Argument 0 of the event is no Int32.", await client.CallAsync<string>("wants", "x").Soon());
        Assert.Equal("InvalidOperationException: in the constructor", await client.CallAsync<string>("wants", 1).Soon());
    }

    [Fact]
    public async Task Classes_that_cannot_handle_are_refused_when_they_are_added()
    {
        await using App app = await App.StartAsync(
            app =>
            {
                var io = new SocketIOServer(app.Services);
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<Empty>());
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<Hidden>());
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<OfTheClass>());
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<Generic>());
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<ByReference>());
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<Reserved>());
                io.Main.AddHandlers<Doorman>().AddHandlers<Calculator>();
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<Calculator>());
            },
            services => services.AddSingleton<Journal>().AddScoped<Scoped>());
    }

    private static Task<App> StartAsync<THandlers>(Action<SocketIONamespace>? configure = null)
        where THandlers : SocketIOHandlers => App.StartAsync(
        app => app.MapSocketIO("/socket.io", io =>
        {
            io.Main.AddHandlers<THandlers>();
            configure?.Invoke(io.Main);
        }),
        services => services.AddSingleton<Journal>().AddScoped<Scoped>());

    public sealed class Journal
    {
        private readonly List<string> _lines = [];

        public void Note(string line)
        {
            lock (_lines)
                _lines.Add(line);
        }

        public string[] Lines()
        {
            lock (_lines)
                return [.. _lines];
        }
    }

    public sealed class Scoped(Journal journal) : IDisposable
    {
        public int Factor { get; } = 2;

        public void Dispose() => journal.Note("scope ended");
    }

    public sealed class Calculator : SocketIOHandlers, IAsyncDisposable
    {
        private readonly Journal _journal;
        private readonly Scoped _scoped;

        public Calculator(Journal journal, Scoped scoped)
        {
            (_journal, _scoped) = (journal, scoped);
            journal.Note("made");
            Assert.Throws<InvalidOperationException>(() => Socket);
        }

        [OnEvent("add")]
        [OnEvent("plus")]
        public int Add(int a, int b) => a + b;

        [OnEvent("double")]
        public async Task<int> DoubleAsync(int number)
        {
            await Task.Yield();
            return number * _scoped.Factor;
        }

        [OnEvent("nothing")]
        public ValueTask NothingAsync() => default;

        [OnEvent("who")]
        public string Who(SocketIOSocket socket, SocketIOEvent e, CancellationToken left)
        {
            Assert.Equal(("who", Socket, socket.Disconnected), (e.Name, socket, left));
            Assert.Same(socket.Namespace, Namespace);
            return socket.Id;
        }

        public ValueTask DisposeAsync()
        {
            _journal.Note("disposed");
            return default;
        }
    }

    public sealed class Doorman(Journal journal) : SocketIOHandlers
    {
        public override Task OnConnectingAsync()
        {
            string name = Socket.Handshake.Query["name"].ToString();
            if (name.Length == 0)
                throw new SocketIORefusedException("A name is wanted.");
            Socket.Data["name"] = name;
            return Task.CompletedTask;
        }

        public override Task OnConnectedAsync()
        {
            Socket.Emit("welcome", Socket.Data["name"]);
            return Task.CompletedTask;
        }

        public override Task OnDisconnectedAsync(SocketIODisconnect disconnect)
        {
            journal.Note($"{Socket.Data["name"]} left");
            return Task.CompletedTask;
        }
    }

    public sealed class Failing : SocketIOHandlers
    {
        private static int _count;

        public Failing()
        {
            if (Interlocked.Increment(ref _count) == 5)
                throw new InvalidOperationException("in the constructor");
        }

        [OnEvent("at once")]
        public int AtOnce() => throw new TimeoutException("at once");

        [OnEvent("later")]
        public async Task LaterAsync()
        {
            await Task.Yield();
            throw new TimeoutException("later");
        }

        [OnEvent("wants")]
        public int Wants(int number) => number;
    }

    public sealed class Empty : SocketIOHandlers;

    public sealed class Hidden : SocketIOHandlers
    {
        [OnEvent("x")]
        internal void X()
        {
        }
    }

    public sealed class OfTheClass : SocketIOHandlers
    {
        [OnEvent("x")]
        public static void X()
        {
        }
    }

    public sealed class Generic : SocketIOHandlers
    {
        [OnEvent("x")]
        public void X<T>(T value)
        {
        }
    }

    public sealed class ByReference : SocketIOHandlers
    {
        [OnEvent("x")]
        public void X(out int value) => value = 1;
    }

    public sealed class Reserved : SocketIOHandlers
    {
        [OnEvent("connect")]
        public void X()
        {
        }
    }
}
