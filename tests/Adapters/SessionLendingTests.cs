using System.Runtime.InteropServices;
using System.Security.Cryptography;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

/// <summary>Large payloads, which a server without extensions does not copy, and messages that are prepared for many sessions.</summary>
public class SessionLendingTests
{
    private static readonly byte[] _large = RandomNumberGenerator.GetBytes(300_000);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    [Theory]
    [EveryTransport(SendOverflow.Wait)]
    [EveryTransport(SendOverflow.DropOldest)]
    public async Task Large_and_small_messages_of_several_senders__arrive_whole_and_in_order(TransportKind over, SendOverflow overflow)
    {
        (WsSession client, WsSession server) = await ConnectAsync(
            over,
            new WsAcceptOptions { Session = new() { SendOverflow = overflow, MaxSendBacklog = 32 << 20 } });
        await using (client)
        await using (server)
        {
            Task[] senders = [.. Enumerable.Range(0, 4).Select(sender => Task.Run(async () =>
            {
                for (int i = 0; i < 20; i++)
                {
                    byte[] data = new byte[i % 3 == 0 ? 5 : 256 * 1024 + i];
                    data.AsSpan().Fill((byte)i);
                    data[0] = (byte)sender;
                    await server.SendAsync(data);
                }
            }))];
            int[] next = new int[4];
            for (int i = 0; i < 80; i++)
            {
                byte[] data = Assert.IsType<BytesMessage>(await client.ReceiveAsync().AsTask().WaitAsync(_patience)).Data.ToArray();
                int expected = next[data[0]]++;
                Assert.Equal(expected % 3 == 0 ? 5 : 256 * 1024 + expected, data.Length);
                Assert.Equal(-1, data.AsSpan(1).IndexOfAnyExcept((byte)expected));
            }

            await Task.WhenAll(senders).WaitAsync(_patience);
        }
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Large_payload__is_written_from_where_it_lies_and_the_sender_waits_for_that()
    {
        int written = 0;
        var release = new TaskCompletionSource();
        var transport = new FakeTransport
        {
            OnWrite = (data, _) =>
            {
                bool isLent = MemoryMarshal.TryGetArray(data, out ArraySegment<byte> segment) && segment.Array == _large;
                written += isLent ? data.Length : 0;
                return isLent ? new ValueTask(release.Task) : default;
            },
        };
        WsSession session = WsSession.FromEstablished(transport, WsConnection.Established(ConnectionRole.Server));
        Task sending = session.SendAsync(_large).AsTask();
        Assert.NotEqual(0, written);
        Assert.False(sending.IsCompleted);
        Assert.Equal(_large.Length + 10, session.BufferedBytes);
        release.SetResult();
        await sending.WaitAsync(_patience);
        Assert.Equal(_large.Length, written);
        session.Abort();
        await session.DisposeAsync();
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Large_payload_under_way_when_the_session_is_aborted__the_sender_learns_of_it()
    {
        var transport = new FakeTransport { OnWrite = (_, _) => new ValueTask(new TaskCompletionSource().Task) };
        WsSession session = WsSession.FromEstablished(transport, WsConnection.Established(ConnectionRole.Server));
        Task sending = session.SendAsync(_large).AsTask();
        Task waiting = session.SendAsync(_large).AsTask();
        Assert.False(waiting.IsCompleted);
        session.Abort();
        await Assert.ThrowsAsync<WsClosedException>(() => sending.WaitAsync(_patience));
        await Assert.ThrowsAsync<WsClosedException>(() => waiting.WaitAsync(_patience));
        await session.DisposeAsync();
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Large_payload_that_the_peer_takes_slowly__does_not_make_it_look_dead()
    {
        var time = new ManualTime();
        var steps = System.Threading.Channels.Channel.CreateUnbounded<TaskCompletionSource>();
        var transport = new FakeTransport
        {
            OnWrite = (_, _) =>
            {
                var step = new TaskCompletionSource();
                steps.Writer.TryWrite(step);
                return new ValueTask(step.Task);
            },
        };
        WsSession session = WsSession.FromEstablished(
            transport, WsConnection.Established(ConnectionRole.Server), new WsSessionOptions { TimeProvider = time });
        Task sending = session.SendAsync(new byte[4 << 20]).AsTask();
        for (int i = 0; i < 17; i++)
        {
            TaskCompletionSource step = await steps.Reader.ReadAsync().AsTask().WaitAsync(_patience);
            time.Advance(TimeSpan.FromSeconds(15));
            step.SetResult();
        }

        await sending.WaitAsync(_patience);
        Assert.Null(session.CloseCause);
        session.Abort();
        await session.DisposeAsync();
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Large_payload_with_a_token_or_another_policy__is_copied_and_accepted_at_once()
    {
        using var cancel = new CancellationTokenSource();
        foreach (SendOverflow overflow in Enum.GetValues<SendOverflow>())
        {
            var transport = new FakeTransport { OnWrite = (_, _) => new ValueTask(new TaskCompletionSource().Task) };
            WsSession session = WsSession.FromEstablished(
                transport, WsConnection.Established(ConnectionRole.Server), new WsSessionOptions { SendOverflow = overflow });
            await session.SendAsync(_large, cancel.Token).AsTask().WaitAsync(_patience);
            session.Abort();
            await session.DisposeAsync();
        }
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Session_that_only_closed_its_output__ends_in_time_when_it_is_disposed_of()
    {
        var time = new ManualTime();
        var transport = new FakeTransport { OnWrite = (_, _) => default };
        WsSession session = WsSession.FromEstablished(
            transport, WsConnection.Established(ConnectionRole.Server), new WsSessionOptions { TimeProvider = time });
        await session.AsWebSocket()
            .CloseOutputAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        Task disposal = session.DisposeAsync().AsTask();
        time.Advance(TimeSpan.FromSeconds(10));
        await disposal.WaitAsync(_patience);
    }

    [Theory]
    [EveryTransport]
    public async Task Prepared_messages__reach_every_session_as_they_are(TransportKind over)
    {
        PreparedMessage text = PreparedMessage.FromText("to all: ä");
        PreparedMessage bytes = PreparedMessage.FromBytes([1, 2, 3]);
        for (int i = 0; i < 3; i++)
        {
            (WsSession client, WsSession server) = await ConnectAsync(over, new WsAcceptOptions());
            await using (client)
            await using (server)
            {
                await server.SendAsync(text);
                await client.SendAsync(bytes);
                Assert.Equal(new TextMessage("to all: ä"), await client.ReceiveAsync().AsTask().WaitAsync(_patience));
                Assert.Equal(new BytesMessage(new byte[] { 1, 2, 3 }), await server.ReceiveAsync().AsTask().WaitAsync(_patience));
            }
        }
    }

    /// <summary>
    /// Where neither end can end its own direction, a server that waited for the client would wait as long as the client waits for the
    /// server.
    /// </summary>
    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Transport_without_half_close__is_ended_by_the_server_without_waiting_for_the_client()
    {
        bool disposed = false;
        var transport = new FakeTransport
        {
            CompletesWrites = false,
            OnWrite = (_, _) => default,
            OnDispose = () =>
            {
                disposed = true;
                return default;
            },
        };
        WsConnection connection = WsConnection.Established(ConnectionRole.Server);
        using WsConnection peer = WsConnection.Established(ConnectionRole.Client);
        connection.Receive(peer.Send(new CloseConnection(CloseCode.NormalClosure)));
        WsSession session = WsSession.FromEstablished(transport, connection, new WsSessionOptions { TimeProvider = new ManualTime() });
        await session.Completion.WaitAsync(_patience);
        Assert.True(disposed);
        Assert.True(session.ClosedCleanly);
    }

    private static async Task<(WsSession Client, WsSession Server)> ConnectAsync(TransportKind over, WsAcceptOptions options)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(far, options);
        WsSession client = await WsSession.ConnectAsync(near, new Request("test", "/"));
        return (client, await accepting);
    }
}
