using System.Net;
using System.Net.WebSockets;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>What becomes of a session whose handler ends, in whichever way.</summary>
public sealed class ListenerHandlerTests
{
    private static readonly TimeSpan _patience = ListenerClient.Patience;
    private static readonly IPEndPoint _anyPort = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Handler_that_returns_closes_its_session_with_1000()
    {
        Assert.Equal((CloseCode.NormalClosure, false), await EndAsync((_, _) => Task.CompletedTask));
    }

    [Fact]
    public async Task Handler_that_throws_closes_its_session_with_1011_and_is_told_of()
    {
        Assert.Equal((CloseCode.InternalError, true), await EndAsync((_, _) => throw new FormatException()));
        Assert.Equal((CloseCode.InternalError, true), await EndAsync(async (_, _) =>
        {
            await Task.Yield();
            throw new FormatException();
        }));
        // Nobody has stopped the listener, nor closed the session.
        Assert.Equal((CloseCode.InternalError, true), await EndAsync((_, _) => Task.FromCanceled(new CancellationToken(true))));
    }

    [Fact]
    public async Task Handler_may_close_its_session_with_a_code_of_its_own()
    {
        Assert.Equal(
            ((CloseCode)4001, false),
            await EndAsync(async (session, _) => await session.CloseAsync((CloseCode)4001, cancellationToken: CancellationToken.None)));
        Assert.Equal(((CloseCode)4001, true), await EndAsync(async (session, _) =>
        {
            await session.CloseAsync((CloseCode)4001, cancellationToken: CancellationToken.None);
            throw new FormatException();
        }));
    }

    [Fact]
    public async Task Handler_whose_work_is_cancelled_because_its_client_has_left_is_no_failure()
    {
        int failures = 0;
        await using var listener = new WsListener(_anyPort, new WsListenerOptions { OnHandlerFailed = (_, _) => failures++ });
        var ended = new TaskCompletionSource();
        Task running = listener.RunAsync(async (session, _) =>
        {
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, session.Ending);
            }
            finally
            {
                ended.TrySetResult();
            }
        });
        using (ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint))
            client.Reset();
        await ended.Task.WaitAsync(_patience);
        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
        Assert.Equal(0, failures);
    }

    /// <summary>Its own session is open, so it is another one's end that it did not expect.</summary>
    [Fact]
    public async Task Handler_that_fails_because_another_session_is_closed_is_a_failure()
    {
        Assert.Equal((CloseCode.InternalError, true), await EndAsync((_, _) => throw new WsClosedException("another one's")));
        Assert.Equal((CloseCode.InternalError, true), await EndAsync((_, _) => throw new WebSocketException("another one's")));
    }

    [Theory]
    [Trait("Register", "S41")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handler_that_sends_to_a_client_that_has_left_is_no_failure(bool asWebSocket)
    {
        int failures = 0;
        await using var listener = new WsListener(_anyPort, new WsListenerOptions { OnHandlerFailed = (_, _) => failures++ });
        var ended = new TaskCompletionSource<Exception>();
        Task running = listener.RunAsync(async (session, _) =>
        {
            try
            {
                await session.Completion;
                if (asWebSocket)
                    await session.AsWebSocket().SendAsync(new byte[1], WebSocketMessageType.Binary, true, CancellationToken.None);
                else
                    await session.SendAsync("too late", CancellationToken.None);
            }
            catch (Exception e)
            {
                ended.TrySetResult(e);
                throw;
            }
        });
        using (ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint))
            client.Reset();
        Assert.IsType(asWebSocket ? typeof(WebSocketException) : typeof(WsClosedException), await ended.Task.WaitAsync(_patience));
        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
        Assert.Equal(0, failures);
    }

    [Fact]
    [Trait("Register", "S41")]
    public async Task Handler_that_only_sends_to_a_client_that_has_left_is_no_failure()
    {
        int failures = 0;
        var time = new ManualTime();
        await using var listener = new WsListener(_anyPort, new WsListenerOptions
        {
            OnHandlerFailed = (_, _) => failures++,
            Accept = new() { Session = new() { MaxReceiveBacklog = 1, TimeProvider = time } },
        });
        var ended = new TaskCompletionSource<Exception>();
        Task running = listener.RunAsync(async (session, _) =>
        {
            try
            {
                // Nothing is read any more, so a write is the first to find out.
                await Waiting.Until(() => session.IsPaused);
                while (true)
                    await session.SendAsync("go", CancellationToken.None);
            }
            catch (Exception e)
            {
                ended.TrySetResult(e);
                throw;
            }
        });
        using (ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint))
        {
            await client.SendAsync(ListenerClient.Text("hi"));
            await client.ReadAsync(4);
            client.Reset();
        }

        Assert.IsType<WsClosedException>(await ended.Task.WaitAsync(_patience));
        // The rest of what the client sent stays unread, so that its end is not seen.
        Task stopping = listener.StopAsync();
        await time.UntilAsync(t => t.Pending > 0);
        time.Advance(TimeSpan.FromSeconds(10));
        await stopping.WaitAsync(_patience);
        await running.WaitAsync(_patience);
        Assert.Equal(0, failures);
    }

    [Fact]
    [Trait("Register", "S41")]
    public async Task Who_is_told_of_a_handler_and_fails_at_that_harms_nobody()
    {
        await using var listener =
            new WsListener(_anyPort, new WsListenerOptions { OnHandlerFailed = (_, _) => throw new InvalidOperationException() });
        bool fails = true;
        Task running = listener.RunAsync((session, stop) =>
        {
            if (!fails)
                return ListenerTests.EchoAsync(session, stop);
            fails = false;
            throw new FormatException();
        });
        using ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint);
        Assert.Equal([0x88, 2, 0x03, 0xF3], await client.ReadAsync(4));
        client.Dispose();
        await ListenerTests.AssertEchoesAsync(listener.LocalEndPoint);
        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
    }

    [Fact]
    public async Task Handler_that_blocks_its_thread_holds_nobody_up()
    {
        using var blocking = new ManualResetEventSlim();
        await using var listener = new WsListener(_anyPort);
        Task running = listener.RunAsync((session, stop) =>
        {
            if (session.Request!.Target == "/chat")
                blocking.Wait(_patience, CancellationToken.None);
            return ListenerTests.EchoAsync(session, stop);
        });
        using ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint);
        await ListenerTests.AssertEchoesAsync(listener.LocalEndPoint);
        blocking.Set();
        client.Reset();
        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
    }

    [Fact]
    [Trait("Register", "S40")]
    public async Task Peer_that_ignores_the_close_is_gone_after_the_time_for_it_and_its_place_is_free()
    {
        var time = new ManualTime();
        await using var listener = new WsListener(
            _anyPort,
            new WsListenerOptions { MaxConnections = 1, Accept = new() { Session = new() { TimeProvider = time } } });
        var sessions = new List<WsSession>();
        Task running = listener.RunAsync((session, _) =>
        {
            sessions.Add(session);
            return Task.CompletedTask;
        });
        for (int i = 0; i < 3; i++)
        {
            using ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint);
            Assert.Equal([0x88, 2, 0x03, 0xE8], await client.ReadAsync(4));
            Assert.Equal(1, time.Pending);
            time.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal("", await client.ReadToEndAsync());
        }

        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
        Assert.Equal(3, sessions.Count);
        Assert.All(sessions, session => Assert.True(session.Completion.IsCompleted));
        Assert.All(
            sessions,
            session => Assert.Equal((CloseCode.AbnormalClosure, WsCloseCause.Local), (session.Closed!.Code, session.CloseCause)));
        Assert.Equal(0, time.Pending);
    }

    [Fact]
    [Trait("Register", "S40")]
    public async Task Session_that_has_ended_is_not_held_by_the_listener()
    {
        await using var listener = new WsListener(_anyPort);
        var sessions = new List<WeakReference>();
        var handled = new SemaphoreSlim(0);
        Task running = listener.RunAsync((session, _) =>
        {
            sessions.Add(new WeakReference(session));
            session.Completion.ContinueWith(_ => handled.Release(), TaskScheduler.Default);
            return Task.CompletedTask;
        });
        for (int i = 0; i < 10; i++)
        {
            await ConnectAndLeaveAsync(listener.LocalEndPoint);
            Assert.True(await handled.WaitAsync(_patience));
        }

        // The last of them may still be on the stack of a thread that is about to end it.
        await ListenerWaiting.UntilAsync(() =>
        {
            GC.Collect();
            return !sessions.Any(session => session.IsAlive);
        });
        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
    }

    private static async Task ConnectAndLeaveAsync(EndPoint endPoint)
    {
        using ListenerClient client = await ListenerClient.OpenAsync(endPoint);
        Assert.Equal([0x88, 2, 0x03, 0xE8], await client.ReadAsync(4));
        await client.SendAsync((byte[])[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE8]);
        await client.ReadToEndAsync();
    }

    /// <summary>The code that the client of a handler sees, and whether anybody was told.</summary>
    private static async Task<(CloseCode Code, bool Told)> EndAsync(Func<WsSession, CancellationToken, Task> handler)
    {
        int told = 0;
        await using var listener = new WsListener(_anyPort, new WsListenerOptions { OnHandlerFailed = (_, _) => told++ });
        Task running = listener.RunAsync(handler);
        var socket = await ListenerClient.ConnectSocketAsync(listener.LocalEndPoint);
        await using WsSession client = await socket.ConnectWebSocketAsync(new Request("localhost", "/")).AsTask().WaitAsync(_patience);
        Assert.Null(await client.ReceiveAsync().AsTask().WaitAsync(_patience));
        await client.Completion.WaitAsync(_patience);
        Assert.True(client.ClosedCleanly);
        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
        return (client.Closed!.Code, told == 1);
    }
}
