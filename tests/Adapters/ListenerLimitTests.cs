using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>How many connections there are at once, and what happens when accepting fails.</summary>
public sealed class ListenerLimitTests
{
    private static readonly TimeSpan _patience = ListenerClient.Patience;
    private static readonly IPEndPoint _anyPort = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task No_more_connections_are_accepted_than_may_be_and_those_that_wait_come_later()
    {
        const int Most = 3;
        int now = 0;
        int highest = 0;
        int accepted = 0;
        int violations = 0;
        var options = new WsListenerOptions { MaxConnections = Most };
        await using var listener = new WsListener(_anyPort, options, async (socket, stop) =>
        {
            if (Volatile.Read(ref now) >= Most)
                Interlocked.Increment(ref violations);
            Socket one = await socket.AcceptAsync(stop);
            Interlocked.Increment(ref accepted);
            Interlocked.Increment(ref now);
            return one;
        });
        Task running = listener.RunAsync(async (session, _) =>
        {
            if (await session.ReceiveAsync(CancellationToken.None) is { } message)
            {
                highest = Math.Max(highest, Volatile.Read(ref now));
                await session.SendAsync(message, CancellationToken.None);
                // Before the place is free, so that the count is never below the truth for the listener.
                Interlocked.Decrement(ref now);
            }
        });

        // All are connected before the first says anything, and so the first three fill all places.
        ListenerClient[] clients = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => ListenerClient.ConnectAsync(listener.LocalEndPoint)));
        await Task.WhenAll(clients.Select(async client =>
        {
            await client.SendAsync(ListenerClient.Request());
            Assert.StartsWith("HTTP/1.1 101 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
            await client.SendAsync(ListenerClient.Text("hi"));
            Assert.Equal([0x81, 2, (byte)'h', (byte)'i', 0x88, 2, 0x03, 0xE8], await client.ReadAsync(8));
            client.Dispose();
        }));

        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
        Assert.Equal((20, 0), (accepted, violations));
        Assert.InRange(highest, 1, Most);
    }

    [Fact]
    public async Task Handshakes_take_places_too()
    {
        var time = new ManualTime();
        await using WsListener listener =
            ListenerTests.Start(new WsListenerOptions { MaxConnections = 1, Accept = new() { Session = new() { TimeProvider = time } } });
        using ListenerClient silent = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await time.UntilAsync(t => t.Pending == 1);
        using ListenerClient next = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await next.SendAsync(ListenerClient.Request());
        time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("", await silent.ReadToEndAsync());
        Assert.StartsWith("HTTP/1.1 101 ", await next.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Session_keeps_its_place_until_it_was_accepted_and_has_ended()
    {
        await using WsListener listener = ListenerTests.Start(new WsListenerOptions { MaxConnections = 1 });
        using ListenerClient first = await ListenerClient.OpenAsync(listener.LocalEndPoint);
        await first.SendAsync(ListenerClient.Text("one"));
        first.EndWrites();
        await first.ReadToEndAsync();
        // The session has ended, and its message is still to be had; so the second client waits until it was.
        using ListenerClient second = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await second.SendAsync(ListenerClient.Request());
        await using WsSession session = await listener.AcceptAsync().AsTask().WaitAsync(_patience);
        Assert.Equal(new TextMessage("one"), await session.ReceiveAsync().AsTask().WaitAsync(_patience));
        Assert.Null(await session.ReceiveAsync().AsTask().WaitAsync(_patience));
        Assert.StartsWith("HTTP/1.1 101 ", await second.ReadHeadAsync(), StringComparison.Ordinal);
        second.Reset();
    }

    [Fact]
    [Trait("Register", "S41")]
    public async Task Accepting_that_fails_is_tried_again_after_longer_and_longer_up_to_a_second()
    {
        var time = new ManualTime();
        var failures = Channel.CreateUnbounded<(Exception Failure, EndPoint? Peer)>();
        int faults = 9;
        var options = new WsListenerOptions
        {
            OnHandshakeFailed = (e, peer) => failures.Writer.TryWrite((e, peer)),
            Accept = new() { Session = new() { TimeProvider = time } },
        };
        await using var listener = new WsListener(_anyPort, options, (socket, stop) =>
            faults-- > 0 ? throw new SocketException((int)SocketError.TooManyOpenSockets) : socket.AcceptAsync(stop));
        listener.Start();

        List<double> delays = [];
        for (int i = 0; i < 9; i++)
        {
            (Exception failure, EndPoint? peer) = await failures.Reader.ReadAsync().AsTask().WaitAsync(_patience);
            Assert.Equal(SocketError.TooManyOpenSockets, Assert.IsType<SocketException>(failure).SocketErrorCode);
            Assert.Null(peer);
            await time.UntilAsync(t => t.Pending == 1);
            TimeSpan delay = time.Next!.Value - time.Now;
            delays.Add(delay.TotalMilliseconds);
            time.Advance(delay);
        }

        Assert.Equal([10, 20, 40, 80, 160, 320, 640, 1000, 1000], delays);
        await ListenerTests.AssertServesAsync(listener);
    }

    [Theory]
    [InlineData(SocketError.ConnectionAborted)]
    [InlineData(SocketError.ConnectionReset)]
    [Trait("Register", "S41")]
    public async Task Peer_that_left_before_it_was_accepted_delays_nobody(SocketError error)
    {
        int faults = 1000;
        var options = new WsListenerOptions { MaxConnections = 1, Accept = new() { Session = new() { TimeProvider = new ManualTime() } } };
        await using var listener = new WsListener(_anyPort, options, (socket, stop) =>
            faults-- > 0 ? throw new SocketException((int)error) : socket.AcceptAsync(stop));
        listener.Start();
        // Nobody moves the time, so a delay would be without end.
        await ListenerTests.AssertServesAsync(listener);
    }

    [Fact]
    public async Task Listener_stops_while_it_waits_to_accept_again()
    {
        var failed = new TaskCompletionSource();
        var options = new WsListenerOptions
        {
            OnHandshakeFailed = (_, _) => failed.TrySetResult(),
            Accept = new() { Session = new() { TimeProvider = new ManualTime() } },
        };
        await using var listener =
            new WsListener(_anyPort, options, (_, _) => throw new SocketException((int)SocketError.NoBufferSpaceAvailable));
        listener.Start();
        await failed.Task.WaitAsync(_patience);
        await listener.StopAsync().WaitAsync(_patience);
    }
}
