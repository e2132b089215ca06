using System;
using System.IO;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

/// <summary>The token that is cancelled as soon as a session ends.</summary>
public class SessionEndingTests
{
    [Theory]
    [EveryTransport]
    public async Task Ending_is_cancelled_while_messages_that_came_before_the_Close_lie_unread(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = pair.Server.Ending.Register(told.SetResult);
        await pair.Client.SendTextAsync("unread");
        Assert.False(pair.Server.Ending.IsCancellationRequested);
        ValueTask<WsCloseResult> closing = pair.Client.CloseAsync(CloseCode.GoingAway, "bye");
        await told.Task.Soon();
        Assert.Equal("unread", Assert.IsType<TextMessage>(await pair.Server.ReceiveAsync().Soon()).Data);
        Assert.Null(await pair.Server.ReceiveAsync().Soon());
        await closing.Soon();
        Assert.Equal(WsCloseCause.Peer, (await pair.Server.Completion.Soon()).Cause);
        Assert.True(pair.Client.Ending.IsCancellationRequested);
    }

    /// <summary>Also as a handler has it, in one token with the end of the host.</summary>
    [Theory]
    [EveryTransport(false)]
    [EveryTransport(true)]
    public async Task Token_of_the_end_cancels_nothing_that_ends_with_the_session(TransportKind over, bool isHandlers)
    {
        using var host = new CancellationTokenSource();
        await using SessionPair pair = await SessionPair.OverAsync(over);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(pair.Server.Ending, host.Token);
        CancellationToken token = isHandlers ? both.Token : pair.Server.Ending;
        if (isHandlers)
            pair.Server.SetHandlerToken(token, host.Token);
        Task<Message?> waiting = pair.Server.ReceiveAsync(token).AsTask();
        await pair.Client.SendTextAsync("first");
        Assert.Equal(new TextMessage("first"), await waiting.Soon());

        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = token.Register(told.SetResult);
        foreach (string text in new[] { "second", "third", "fourth" })
            await pair.Client.SendTextAsync(text);
        ValueTask<WsCloseResult> closing = pair.Client.CloseAsync((CloseCode)4000);
        await told.Task.Soon();
        Assert.Equal(new TextMessage("second"), await pair.Server.ReceiveAsync(token).Soon());
        Assert.Equal(new TextMessage("third"), await pair.Server.ReceiveAsync(TimeSpan.FromHours(1), token).Soon());
        await pair.Server.SendTextAsync("answer", token).Soon();
        using (SendBatch batch = pair.Server.BeginBatch())
        {
            batch.SendText("batch");
            await batch.FlushAsync(token).Soon();
        }

        using var source = new MemoryStream([.. "stream"u8]);
        await pair.Server.SendStreamAsync(Opcode.Text, source, token).Soon();
        await pair.Server.SendStreamAsync(Opcode.Text, (stream, given) => stream.WriteAsync("writer"u8.ToArray(), given).AsTask(), token)
            .Soon();
        await foreach (Message message in pair.Server.ReadAllAsync(token))
            Assert.Equal(new TextMessage("fourth"), message);
        Assert.False(await pair.Server.WaitToReceiveAsync(token).Soon());
        Assert.Equal((CloseCode)4000, (await pair.Server.CloseAsync(cancellationToken: token).Soon()).Code);
        await Assert.ThrowsAsync<WsClosedException>(() => pair.Server.SendTextAsync("late", token).Soon());
        await Assert.ThrowsAsync<WsClosedException>(() => pair.Server.PingAsync(cancellationToken: token).Soon());
        await closing.Soon();
        foreach (string sent in new[] { "answer", "batch", "stream", "writer" })
            Assert.Equal(sent, Assert.IsType<TextMessage>(await pair.Client.ReceiveAsync().Soon()).Data);
    }

    [Theory]
    [EveryTransport]
    public async Task Token_of_the_end_cuts_no_message_that_is_copied(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        Task told = CancelledAsync(pair.Server.Ending);
        await pair.Client.SendTextAsync("copied");
        ValueTask<WsCloseResult> closing = pair.Client.CloseAsync((CloseCode)4000);
        await told.Soon();
        using var copied = new MemoryStream();
        WsMessageStream stream = (await pair.Server.ReceiveStreamAsync(pair.Server.Ending).Soon())!;
        await stream.CopyToAsync(copied, pair.Server.Ending).Soon();
        Assert.Equal([.. "copied"u8], copied.ToArray());
        Assert.Null(await pair.Server.ReceiveStreamAsync(pair.Server.Ending).Soon());
        await closing.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Token_of_the_end_keeps_no_message_and_no_Close_from_a_WebSocket(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        using WebSocket socket = pair.Server.AsWebSocket();
        Task told = CancelledAsync(pair.Server.Ending);
        await pair.Client.SendTextAsync("read");
        ValueTask<WsCloseResult> closing = pair.Client.CloseAsync((CloseCode)4000);
        await told.Soon();
        byte[] buffer = new byte[16];
        Assert.Equal(4, (await socket.ReceiveAsync(buffer.AsMemory(), pair.Server.Ending).Soon()).Count);
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(buffer.AsMemory(), pair.Server.Ending).Soon()).MessageType);
        await socket.CloseOutputAsync((WebSocketCloseStatus)4001, "seen", pair.Server.Ending).Soon();
        Assert.Equal((CloseCode)4001, (await closing.Soon()).Code);
    }

    [Theory]
    [EveryTransport]
    public async Task Own_close_returns_its_result_though_it_cancels_the_token_that_it_was_given(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        WsCloseResult result = await pair.Server.CloseAsync((CloseCode)4001, "mine", pair.Server.Ending).Soon();
        Assert.Equal((WsCloseCause.Local, true), (result.Cause, result.IsClean));
    }

    [Theory]
    [EveryTransport]
    public async Task Handlers_token_cancels_what_waits_when_the_host_stops(TransportKind over)
    {
        using var host = new CancellationTokenSource();
        await using SessionPair pair = await SessionPair.OverAsync(over);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(pair.Server.Ending, host.Token);
        pair.Server.SetHandlerToken(both.Token, host.Token);
        Task<Message?> waiting = pair.Server.ReceiveAsync(both.Token).AsTask();
        Task<bool> looking = pair.Client.WaitToReceiveAsync(both.Token).AsTask();
        await host.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Soon());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => looking.Soon());
        Assert.False(pair.Server.Ending.IsCancellationRequested);
    }

    [Theory]
    [EveryTransport]
    public async Task Close_of_this_side_after_the_peers_is_the_peers_doing(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = pair.Server.Ending.Register(told.SetResult);
        await pair.Client.SendTextAsync("unread");
        ValueTask<WsCloseResult> closing = pair.Client.CloseAsync((CloseCode)4000, "bye");
        await told.Task.Soon();
        WsCloseResult result = await pair.Server.CloseAsync().Soon();
        Assert.Equal(((CloseCode)4000, "bye", WsCloseCause.Peer), (result.Code, result.Reason, result.Cause));
        await closing.Soon();
    }

    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    [Trait("RFC", "6455 §7.1.7")]
    public async Task Violation_is_told_to_the_peer_though_this_side_closes_before_it_has_received_all(
        TransportKind over, ConnectionRole role)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, role);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = peer.Session.Ending.Register(told.SetResult);
        await peer.SendTextAsync("unread");
        await peer.WriteAsync([0xFF, 0xFF]);
        await told.Task.Soon();
        Task<WsCloseResult> closing = peer.Session.CloseAsync((CloseCode)4000).AsTask();
        Assert.Equal(1002, (await peer.ReadAsync())!.CloseCode);
        await peer.Transport.DisposeAsync();
        Assert.Equal((CloseCode.ProtocolError, WsCloseCause.ProtocolError), ((await closing.Soon()).Code, (await closing).Cause));
    }

    [Theory]
    [EveryTransport(ConnectionRole.Client)]
    [EveryTransport(ConnectionRole.Server)]
    [Trait("RFC", "6455 §7.1.7")]
    public async Task Violation_is_told_to_the_peer_though_this_side_closes_as_soon_as_it_knows(TransportKind over, ConnectionRole role)
    {
        // The clock is asked between the token and the answer.
        var time = new CallingTime();
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        await using WsSession session = WsSession.FromEstablished(
            near, WsConnection.Established(role), new WsSessionOptions { TimeProvider = time, KeepAliveInterval = null });
        Task<WsCloseResult>? closing = null;
        time.OnTimestamp = () =>
        {
            if (!session.Ending.IsCancellationRequested)
                return;
            time.OnTimestamp = () => { };
            closing = session.CloseAsync((CloseCode)4000).AsTask();
        };
        await far.WriteAsync(new byte[] { 0xFF, 0xFF });
        var reader = new WireReader(fromClient: role == ConnectionRole.Client);
        byte[] buffer = new byte[256];
        while (reader.Frames.Count == 0)
            reader.Feed(buffer.AsMemory(0, await far.ReadAsync(buffer).Soon()));
        Assert.Equal(1002, reader.Frames[0].CloseCode);
        await far.DisposeAsync();
        Assert.Equal((CloseCode.ProtocolError, WsCloseCause.ProtocolError), ((await closing!.Soon()).Code, (await closing!).Cause));
    }

    [Theory]
    [EveryTransport]
    public async Task Application_that_throws_when_it_is_told_is_noted(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = pair.Server.Ending.Register(() =>
        {
            told.SetResult();
            throw new InvalidOperationException("at the wrong time");
        });
        pair.Client.Abort();
        await told.Task.Soon();
        Assert.Equal(WsCloseCause.Lost, (await pair.Server.Completion.Soon()).Cause);
        Assert.Equal(ConnectionState.Closed, pair.Server.State);
    }

    /// <summary>Whoever stands between them, as a proxy that waits, need not wait on. A session that closes does not reset.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [OneTransport(OneTransportReason.UsesNoBytes)]
    public async Task Socket_is_reset_where_the_peer_is_given_up(bool isGivenUp)
    {
        await using TransportPair pair = await TransportPair.OpenAsync(TransportKind.Socket);
        WsSession session = WsSession.FromEstablished(pair.Near, WsConnection.Established(ConnectionRole.Server));
        if (isGivenUp)
        {
            session.Abort();
            await session.Completion.Soon();
            await Assert.ThrowsAsync<SocketException>(() => pair.Far.ReadAsync(new byte[8]).AsTask().Soon());
            return;
        }

        ValueTask<WsCloseResult> closing = session.CloseAsync();
        using WsConnection peer = WsConnection.Established(ConnectionRole.Client);
        await pair.Far.WriteAsync(peer.Send(new CloseConnection(CloseCode.NormalClosure)).ToArray());
        Assert.Equal(4, await pair.Far.ReadAsync(new byte[8]).AsTask().Soon());
        Assert.Equal(0, await pair.Far.ReadAsync(new byte[8]).AsTask().Soon());
        await pair.Far.DisposeAsync();
        Assert.True((await closing.Soon()).IsClean);
    }

    /// <summary>Time as it is, and a call whenever somebody asks for it.</summary>
    private sealed class CallingTime : TimeProvider
    {
        internal Action OnTimestamp { get; set; } = () => { };

        public override long GetTimestamp()
        {
            OnTimestamp();
            return base.GetTimestamp();
        }
    }

    /// <summary>The loop waits for the transport by then, and so tells nobody.</summary>
    [Theory]
    [EveryTransport]
    public async Task WebSocket_that_is_made_while_the_Close_waits_is_told_of_it(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        Task told = CancelledAsync(pair.Server.Ending);
        await pair.Client.SendTextAsync("read");
        ValueTask<WsCloseResult> closing = pair.Client.CloseAsync((CloseCode)4000);
        await told.Soon();
        using WebSocket socket = pair.Server.AsWebSocket();
        byte[] buffer = new byte[16];
        Assert.Equal(4, (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).Soon()).Count);
        Assert.Equal(WebSocketMessageType.Close, (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).Soon()).MessageType);
        await socket.CloseOutputAsync((WebSocketCloseStatus)4001, "seen", CancellationToken.None).Soon();
        Assert.Equal((CloseCode)4001, (await closing.Soon()).Code);
    }

    private static async Task CancelledAsync(CancellationToken token)
    {
        var told = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = token.Register(told.SetResult);
        await told.Task;
    }
}
