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
        Assert.Equal("SocketIOBindingException: The event 'wants' has no argument 0.", await client.CallAsync<string>("wants").Soon());
        Assert.Equal(
            "SocketIOBindingException: Argument 0 of 'wants' is not of type Int32: it is a string.",
            await client.CallAsync<string>("wants", "x").Soon());
        Assert.Equal("InvalidOperationException: in the constructor", await client.CallAsync<string>("wants", 1).Soon());
    }

    [Fact]
    public async Task Handler_of_a_class_stands_before_that_of_its_base_class()
    {
        await using App app = await StartAsync<Derived>();
        await using SocketIOTestClient client = await app.Server.ConnectSocketIOAsync().Soon();
        foreach ((string name, string answer) in (IEnumerable<(string, string)>)
            [("who", "derived"), ("again", "derived"), ("replaced", "derived"), ("inherited", "basic")])
        {
            Assert.Equal((name, answer), (name, await client.CallAsync<string>(name).Soon()));
        }
    }

    [Fact]
    public async Task Sequences_are_arguments_unless_they_are_services_and_defaults_and_keys_count()
    {
        await using App app = await App.StartAsync(
            app => app.MapSocketIO("/socket.io", io => io.Main.AddHandlers<Binding>()),
            services => services.AddSingleton<Journal>().AddScoped<Scoped>().AddKeyedSingleton("a", "of a").AddKeyedSingleton("b", "of b"));
        await using SocketIOTestClient client = await app.Server.ConnectSocketIOAsync().Soon();
        Assert.Equal(3, await client.CallAsync<int>("count", new[] { 1, 2, 3 }).Soon());
        Assert.Equal(1, await client.CallAsync<int>("services").Soon());
        Assert.Equal("of b", await client.CallAsync<string>("keyed").Soon());
        Assert.Equal("Green", await client.CallAsync<string>("color").Soon());
        Assert.Equal("Red", await client.CallAsync<string>("color", Color.Red).Soon());
    }

    [Fact]
    public async Task What_is_computed_late_is_while_the_services_are_there_and_its_failure_is_the_handlers()
    {
        await using App app = await App.StartAsync(
            app => app.MapSocketIO("/socket.io", io => io.Main
                .AddHandlers<Binding>()
                .OnError(async (_, e) => e.GetType().Name)),
            services => services.AddSingleton<Journal>().AddScoped<Scoped>());
        await using SocketIOTestClient client = await app.Server.ConnectSocketIOAsync().Soon();
        int[]? lazy = await client.CallAsync<int[]>("lazy").Soon();
        Assert.Equal([0, 2, 4], lazy!);
        Assert.Equal("DivideByZeroException", await client.CallAsync<string>("fails late").Soon());
    }

    [Fact]
    public async Task Disposal_that_throws_changes_nothing_of_what_the_handler_did()
    {
        await using App app = await StartAsync<BadEnd>(space => space.OnError(async (_, e) => e.Message));
        await using SocketIOTestClient client = await app.Server.ConnectSocketIOAsync().Soon();
        Assert.Equal("good", await client.CallAsync<string>("good").Soon());
        Assert.Equal("the true reason", await client.CallAsync<string>("bad").Soon());
        Assert.Equal(3, app.Logs.GetSnapshot().Count(record => record.Exception?.Message == "dispose failed"));
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
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<AsyncVoid>());
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<Hiding>());
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<DerivesFromPrivate>());
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<Abstract>());
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<NoConstructor>());
                Assert.Throws<ArgumentException>(() => io.Main.AddHandlers<ReturnsSpan>());
                // The one that failed at its second event has added nothing.
                io.Main.On("good", async _ => { });
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
        private bool _isDisposed;

        public int Factor => _isDisposed ? throw new ObjectDisposedException(nameof(Scoped)) : 2;

        public void Dispose()
        {
            _isDisposed = true;
            journal.Note("scope ended");
        }
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
        [OnEvent("good")]
        public void Good()
        {
        }

        [OnEvent("connect")]
        public void X()
        {
        }
    }

    public sealed class AsyncVoid : SocketIOHandlers
    {
        [OnEvent("x")]
        public async void X() => await Task.Yield();
    }

    public sealed class Hiding : SocketIOHandlers
    {
        [OnEvent("x")]
        public void X()
        {
        }

        public new Task OnConnectedAsync() => Task.CompletedTask;
    }

    public class PrivateBase : SocketIOHandlers
    {
        [OnEvent("x")]
        private void X()
        {
        }
    }

    public sealed class DerivesFromPrivate : PrivateBase
    {
        [OnEvent("y")]
        public void Y()
        {
        }
    }

    public abstract class Abstract : SocketIOHandlers
    {
        [OnEvent("x")]
        public void X()
        {
        }
    }

    public sealed class NoConstructor : SocketIOHandlers
    {
        private NoConstructor()
        {
        }

        [OnEvent("x")]
        public void X()
        {
        }
    }

    public sealed class ReturnsSpan : SocketIOHandlers
    {
        [OnEvent("x")]
        public ReadOnlySpan<byte> X() => default;
    }

    public class Basic : SocketIOHandlers
    {
        [OnEvent("who")]
        public virtual string Who() => "basic";

        [OnEvent("again")]
        public virtual string Again() => "basic";

        [OnEvent("replaced")]
        public string Replaced() => "basic";

        [OnEvent("inherited")]
        public string Inherited() => "basic";
    }

    public sealed class Derived : Basic
    {
        public override string Who() => "derived";

        [OnEvent("again")]
        public override string Again() => "derived";

        [OnEvent("replaced")]
        public string Other() => "derived";

        /// <summary>Another method than that of the base class, though of its name.</summary>
        public Task OnConnectedAsync(string greeting) => Task.FromException(new NotSupportedException(greeting));
    }

    public enum Color
    {
        Red,
        Green,
    }

    public sealed class Binding(Scoped scoped) : SocketIOHandlers
    {
        [OnEvent("count")]
        public int Count(IEnumerable<int> numbers) => numbers.Count();

        [OnEvent("services")]
        public int Services(IEnumerable<Journal> journals) => journals.Count();

        [OnEvent("keyed")]
        public string Keyed([FromKeyedServices("b")] string key) => key;

        [OnEvent("color")]
        public string Paint(Color? color = Color.Green) => $"{color}";

        [OnEvent("lazy")]
        public IEnumerable<int> Lazy() => Enumerable.Range(0, 3).Select(number => number * scoped.Factor);

        [OnEvent("fails late")]
        public IEnumerable<int> FailsLate() => Enumerable.Range(0, 3).Select(number => 1 / number);
    }

    public sealed class BadEnd : SocketIOHandlers, IDisposable
    {
        public override Task OnConnectingAsync() => Task.CompletedTask;

        [OnEvent("good")]
        public string Good() => "good";

        [OnEvent("bad")]
        public string Bad() => throw new TimeoutException("the true reason");

        [SuppressMessage("Design", "CA1065", Justification = "That is what is tested.")]
        public void Dispose() => throw new InvalidOperationException("dispose failed");
    }
}
