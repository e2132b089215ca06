using System.Net;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>A listener that stops: with a good-bye, and in the end without.</summary>
[Trait("RFC", "6455 §7.4.1")]
public sealed class ListenerShutdownTests
{
    private static readonly TimeSpan _patience = ListenerClient.Patience;
    private static readonly IPEndPoint _anyPort = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Every_session_is_closed_with_1001_and_its_handler_ends()
    {
        int ended = 0;
        await using var listener = new WsListener(_anyPort);
        using var stop = new CancellationTokenSource();
        Task running = listener.RunAsync(
            async (session, _) =>
            {
                await ListenerTests.EchoAsync(session, CancellationToken.None);
                Interlocked.Increment(ref ended);
            },
            stop.Token);
        WsSession[] clients = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            var socket = await ListenerClient.ConnectSocketAsync(listener.LocalEndPoint);
            return await socket.ConnectWebSocketAsync(new Request("localhost", "/")).AsTask().WaitAsync(_patience);
        }));

        // Each is with its handler.
        foreach (WsSession client in clients)
        {
            await client.SendAsync("hello");
            Assert.NotNull(await client.ReceiveAsync().AsTask().WaitAsync(_patience));
        }

        await stop.CancelAsync();
        await running.WaitAsync(_patience);
        Assert.Equal(10, ended);
        foreach (WsSession client in clients)
        {
            Assert.Null(await client.ReceiveAsync().AsTask().WaitAsync(_patience));
            await client.Completion.WaitAsync(_patience);
            Assert.Equal((CloseCode.GoingAway, WsCloseCause.Peer, true), (client.Closed!.Code, client.CloseCause, client.ClosedCleanly));
        }

        await Assert.ThrowsAnyAsync<System.Net.Sockets.SocketException>(() => ListenerClient.ConnectAsync(listener.LocalEndPoint));
    }

    [Fact]
    public async Task Sessions_that_the_application_has_or_has_not_accepted_are_closed_too()
    {
        await using WsListener listener = ListenerTests.Start();
        using ListenerClient first = await ListenerClient.OpenAsync(listener.LocalEndPoint);
        WsSession session = await listener.AcceptAsync().AsTask().WaitAsync(_patience);
        using ListenerClient second = await ListenerClient.OpenAsync(listener.LocalEndPoint);
        Task stopping = listener.StopAsync();
        foreach (ListenerClient client in (ListenerClient[])[first, second])
        {
            Assert.Equal([0x88, 2, 0x03, 0xE9], await client.ReadAsync(4));
            await client.SendAsync((byte[])[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xE9]);
            Assert.Equal("", await client.ReadToEndAsync());
            client.Dispose();
        }

        await stopping.WaitAsync(_patience);
        Assert.True(session.ClosedCleanly);
    }

    [Fact]
    [Trait("Register", "S40")]
    public async Task Peers_that_do_not_answer_are_left_behind_after_the_timeout()
    {
        var time = new ManualTime();
        var options =
            new WsListenerOptions { ShutdownTimeout = TimeSpan.FromSeconds(3), Accept = new() { Session = new() { TimeProvider = time } } };
        await using WsListener listener = ListenerTests.Start(options);
        using ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint);
        WsSession session = await listener.AcceptAsync().AsTask().WaitAsync(_patience);
        Task stopping = listener.StopAsync();
        Assert.Equal([0x88, 2, 0x03, 0xE9], await client.ReadAsync(4));
        await time.UntilAsync(t => t.Next == TimeSpan.FromSeconds(3));
        time.Advance(TimeSpan.FromSeconds(3) - TimeSpan.FromTicks(1));
        Assert.False(session.Completion.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));
        await stopping.WaitAsync(_patience);
        Assert.True(session.Completion.IsCompleted);
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal(0, time.Pending);
    }

    [Fact]
    public async Task Who_is_in_a_hurry_ends_the_waiting_for_all()
    {
        await using WsListener listener =
            ListenerTests.Start(new WsListenerOptions { Accept = new() { Session = new() { TimeProvider = new ManualTime() } } });
        using ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint);
        WsSession session = await listener.AcceptAsync().AsTask().WaitAsync(_patience);
        Task patient = listener.StopAsync();
        Assert.Equal([0x88, 2, 0x03, 0xE9], await client.ReadAsync(4));
        await listener.StopAsync(new CancellationToken(true)).WaitAsync(_patience);
        await patient.WaitAsync(_patience);
        Assert.True(session.Completion.IsCompleted);
    }

    [Fact]
    public async Task Handlers_are_told_by_their_token_and_those_that_do_not_listen_are_left_behind()
    {
        int failures = 0;
        var deaf = new TaskCompletionSource();
        var options = new WsListenerOptions { ShutdownTimeout = TimeSpan.Zero, OnHandlerFailed = (_, _) => failures++ };
        await using var listener = new WsListener(_anyPort, options);
        var both = new CountdownEvent(2);
        var cancelled = new TaskCompletionSource();
        Task running = listener.RunAsync(async (session, stop) =>
        {
            both.Signal();
            if (session.Request!.Target == "/chat")
                await deaf.Task;
            else
                await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => cancelled.SetResult(), TaskScheduler.Default);
            stop.ThrowIfCancellationRequested();
        });
        using ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint);
        var socket = await ListenerClient.ConnectSocketAsync(listener.LocalEndPoint);
        await using WsSession other =
            await socket.ConnectWebSocketAsync(new Request("localhost", "/heeding")).AsTask().WaitAsync(_patience);
        both.Wait(_patience);

        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
        await cancelled.Task.WaitAsync(_patience);
        deaf.SetResult();
        Assert.Equal(0, failures);
    }

    [Fact]
    public async Task Handshakes_that_go_on_are_broken_off()
    {
        int failures = 0;
        var time = new ManualTime();
        await using WsListener listener = ListenerTests.Start(
            new WsListenerOptions { OnHandshakeFailed = (_, _) => failures++, Accept = new() { Session = new() { TimeProvider = time } } });
        using ListenerClient client = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await time.UntilAsync(t => t.Pending == 1);
        await listener.StopAsync().WaitAsync(_patience);
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Equal(0, failures);
    }

    [Fact]
    public async Task Application_that_objects_to_being_cancelled_does_not_keep_the_listener_from_stopping()
    {
        var asked = new TaskCompletionSource();
        await using WsListener listener = ListenerTests.Start(new WsListenerOptions
        {
            Accept = new WsAcceptOptions
            {
                OnRequest = async (_, token) =>
                {
                    token.Register(() => throw new InvalidOperationException());
                    asked.SetResult();
                    await Task.Delay(Timeout.Infinite, CancellationToken.None);
                    return WsResponse.Accept();
                },
            },
        });
        using ListenerClient client = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await client.SendAsync(ListenerClient.Request());
        await asked.Task.WaitAsync(_patience);
        await listener.StopAsync().WaitAsync(_patience);
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Waiting_to_accept_ends_and_a_stopped_listener_stays_stopped()
    {
        await using WsListener listener = ListenerTests.Start();
        Task<WsSession> accepting = listener.AcceptAsync().AsTask();
        await listener.StopAsync().WaitAsync(_patience);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => accepting.WaitAsync(_patience));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => listener.AcceptAsync().AsTask());
        Assert.Throws<ObjectDisposedException>(listener.Start);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => listener.RunAsync(ListenerTests.EchoAsync));
        await listener.StopAsync().WaitAsync(_patience);
    }

    [Fact]
    public async Task Listener_that_was_never_started_stops_at_once()
    {
        var listener = new WsListener(_anyPort);
        await listener.DisposeAsync().AsTask().WaitAsync(_patience);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => listener.AcceptAsync().AsTask());
    }
}
