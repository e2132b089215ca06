using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Text;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>What only a session's WebSocket does.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xUnit calls DisposeAsync.")]
public sealed class WebSocketSessionTests : IAsyncLifetime
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();
    private TransportPair? _pair;
    private WsSession? _session;
    private WebSocketPeer? _peer;

    private WsSession Session => _session!;

    private WebSocket Socket => Session.AsWebSocket();

    private WebSocketPeer Peer => _peer!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        _session?.AsWebSocket().Dispose();
        _peer?.Dispose();
        if (_pair is not null)
            await _pair.DisposeAsync();
    }

    [Theory]
    [EveryTransport]
    public async Task It_is_the_same_object_each_time(TransportKind over)
    {
        await OpenAsync(over);
        Assert.Same(Socket, Session.AsWebSocket());
    }

    [Theory]
    [EveryTransport]
    public async Task A_thousand_cancelled_receives_lose_no_message(TransportKind over)
    {
        await OpenAsync(over);
        byte[] buffer = new byte[16];
        for (int i = 0; i < 1000; i++)
        {
            using var cancel = new CancellationTokenSource();
            Task<ValueWebSocketReceiveResult> receiving = Socket.ReceiveAsync(buffer.AsMemory(), cancel.Token).AsTask();
            Peer.SendText($"message {i}");
            await cancel.CancelAsync();
            ValueWebSocketReceiveResult result;
            try
            {
                result = await receiving.WaitAsync(_longest);
            }
            catch (OperationCanceledException)
            {
                Assert.Equal(WebSocketState.Open, Socket.State);
                result = await Socket.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(_longest);
            }

            Assert.Equal($"message {i}", Encoding.UTF8.GetString(buffer.AsSpan(0, result.Count)));
        }
    }

    [Theory]
    [EveryTransport]
    public async Task A_close_that_the_peer_does_not_answer_ends_with_the_close_timeout(TransportKind over)
    {
        await OpenAsync(over);
        Task closing = Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await Peer.NextAsync();

        _time.Advance(TimeSpan.FromSeconds(10));

        WebSocketException e = await Assert.ThrowsAsync<WebSocketException>(() => closing.WaitAsync(_longest));
        Assert.Equal(WebSocketError.ConnectionClosedPrematurely, e.WebSocketErrorCode);
        Assert.Equal(WebSocketState.Aborted, Socket.State);
    }

    [Theory]
    [EveryTransport]
    public async Task A_closed_output_receives_for_as_long_as_the_peer_likes(TransportKind over)
    {
        await OpenAsync(over);
        await Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await Peer.NextAsync();

        await Waiting.Until(() => Session.BufferedBytes == 0);
        _time.Advance(TimeSpan.FromDays(1));

        Peer.SendFrame(0x81, "late"u8.ToArray());
        byte[] buffer = new byte[16];
        Assert.Equal(
            new ValueWebSocketReceiveResult(4, WebSocketMessageType.Text, true),
            await Socket.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(_longest));
        Peer.Send(new CloseConnection(CloseCode.NormalClosure));
        Assert.Equal(
            WebSocketMessageType.Close,
            (await Socket.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(_longest)).MessageType);
        Assert.Equal(WebSocketState.Closed, Socket.State);
        Assert.True(Session.ClosedCleanly);
    }

    [Theory]
    [EveryTransport]
    public async Task After_the_peers_Close_the_transport_is_not_waited_for_longer_than_the_close_timeout(TransportKind over)
    {
        await OpenAsync(over);
        await Socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await Waiting.Until(() => Session.BufferedBytes == 0);
        _time.Advance(TimeSpan.FromDays(1));
        Peer.SendFrame(0x88);
        Assert.Equal(
            WebSocketMessageType.Close,
            (await Socket.ReceiveAsync(new byte[1].AsMemory(), default).AsTask().WaitAsync(_longest)).MessageType);
        Assert.False(Session.Completion.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(10));

        await Session.Completion.WaitAsync(_longest);
    }

    [Theory]
    [EveryTransport]
    public async Task A_session_that_closes_by_itself_tells_its_WebSocket(TransportKind over)
    {
        await OpenAsync(over);
        ValueTask<WsCloseResult> closing = Session.CloseAsync();
        await Peer.NextAsync();
        Peer.Send(new CloseConnection(CloseCode.NormalClosure));
        Peer.End();
        await closing.AsTask().WaitAsync(_longest);

        WebSocketException e = await Assert.ThrowsAsync<WebSocketException>(
            async () => await Socket.SendAsync("x"u8.ToArray().AsMemory(), WebSocketMessageType.Text, true, default));
        Assert.Equal(WebSocketError.InvalidState, e.WebSocketErrorCode);
        Assert.Equal(WebSocketMessageType.Close, (await Socket.ReceiveAsync(new byte[1].AsMemory(), default)).MessageType);
        Assert.Equal(WebSocketState.Closed, Socket.State);
    }

    [Theory]
    [EveryTransport]
    public async Task A_peer_that_answers_no_Ping_is_a_lost_connection(TransportKind over)
    {
        var time = new ManualTime();
        await using TransportPair pair = await TransportPair.OpenAsync(over);
        WsSession session = WsSession.FromEstablished(
            pair.Near, WsConnection.Established(ConnectionRole.Server), new WsSessionOptions { TimeProvider = time });
        using WebSocket socket = session.AsWebSocket();
        Task<ValueWebSocketReceiveResult> receiving = socket.ReceiveAsync(new byte[1].AsMemory(), default).AsTask();

        time.Advance(TimeSpan.FromSeconds(60));

        WebSocketException e = await Assert.ThrowsAsync<WebSocketException>(() => receiving.WaitAsync(_longest));
        Assert.Equal(WebSocketError.ConnectionClosedPrematurely, e.WebSocketErrorCode);
        Assert.Equal(WsCloseCause.KeepAlive, session.CloseCause);
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task A_cancelled_fragment_leaves_the_message_as_it_was()
    {
        await using var transport = new StuckTransport();
        var options = new WsSessionOptions { KeepAliveInterval = null, TimeProvider = _time, MaxSendBacklog = 1 };
        WsSession session = WsSession.FromEstablished(transport, WsConnection.Established(ConnectionRole.Server), options);
        using WebSocket socket = session.AsWebSocket();
        using var cancel = new CancellationTokenSource();

        await socket.SendAsync(new byte[] { 0xE2 }.AsMemory(), WebSocketMessageType.Text, false, default);
        ValueTask waiting = socket.SendAsync(new byte[] { 0x82 }.AsMemory(), WebSocketMessageType.Text, false, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.AsTask().WaitAsync(_longest));

        // The rest of the character, which would not be valid after its second byte.
        Task last = socket.SendAsync(new byte[] { 0x82, 0xAC }.AsMemory(), WebSocketMessageType.Text, true, default).AsTask();
        Assert.False(last.IsCompleted);
        socket.Abort();
        WebSocketException e = await Assert.ThrowsAsync<WebSocketException>(() => last.WaitAsync(_longest));
        Assert.Equal(WebSocketError.InvalidState, e.WebSocketErrorCode);
    }

    [Fact]
    [OneTransport(OneTransportReason.IsScripted)]
    public async Task Disposing_lets_out_what_was_sent_and_ends_in_time_where_the_transport_is_stuck()
    {
        var time = new ManualTime();
        await using var transport = new StuckTransport();
        WsSession session = WsSession.FromEstablished(
            transport,
            WsConnection.Established(ConnectionRole.Server),
            new WsSessionOptions { KeepAliveInterval = null, TimeProvider = time });
        WebSocket socket = session.AsWebSocket();
        await socket.SendAsync("never taken"u8.ToArray().AsMemory(), WebSocketMessageType.Text, true, default);

        socket.Dispose();
        Assert.Equal(WebSocketState.Closed, socket.State);
        Assert.Null(session.Closed);
        time.Advance(TimeSpan.FromSeconds(10));

        await session.Completion.WaitAsync(_longest);
    }

    [Theory]
    [EveryTransport]
    public async Task Compression_is_agreed_on_and_left_out_where_a_flag_says_so(TransportKind over)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        var counting = new CountedTransport(near);
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(
            far, new WsAcceptOptions { Extensions = [new PerMessageDeflate()], Subprotocols = ["chat"] });
        WsSession client = await WsSession.ConnectAsync(
            counting, new Request("localhost", "/") { Extensions = [new PerMessageDeflate()], Subprotocols = ["chat"] })
            .AsTask()
            .WaitAsync(_longest);
        WsSession server = await accepting.AsTask().WaitAsync(_longest);
        using WebSocket socket = client.AsWebSocket();
        using WebSocket other = server.AsWebSocket();
        byte[] text = Encoding.ASCII.GetBytes(new string('x', 10_000));
        byte[] buffer = new byte[10_000];

        Assert.Equal("chat", socket.SubProtocol);
        foreach (bool compressed in new[] { true, false })
        {
            WebSocketMessageFlags flags = compressed
                ? WebSocketMessageFlags.EndOfMessage
                : WebSocketMessageFlags.EndOfMessage | WebSocketMessageFlags.DisableCompression;
            long before = counting.BytesWritten;
            await socket.SendAsync(text.AsMemory(), WebSocketMessageType.Text, flags, default);
            Assert.Equal(
                new ValueWebSocketReceiveResult(10_000, WebSocketMessageType.Text, true),
                await other.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(_longest));
            Assert.Equal(text, buffer);
            Assert.Equal(compressed, counting.BytesWritten - before < 1000);
        }

        Task closing = socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await other.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(_longest);
        await other.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default).WaitAsync(_longest);
        await closing.WaitAsync(_longest);
    }

    [Theory]
    [EveryTransport]
    public async Task Any_text_cut_anyhow_arrives_as_it_was(TransportKind over)
    {
        var random = new Random(8);
        string[] characters = ["a", "é", "€", "😀", "\0"];
        (WebSocket client, WebSocket server) = await WebSocketEnds.OpenAsync(over, Ends.BothOurs);
        for (int round = 0; round < 300; round++)
        {
            byte[] text = Encoding.UTF8.GetBytes(
                string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => characters[random.Next(characters.Length)])));
            int sent = 0;
            while (sent < text.Length)
            {
                int count = random.Next(text.Length - sent + 1);
                await client.SendAsync(text.AsMemory(sent, count), WebSocketMessageType.Text, false, default);
                sent += count;
            }

            await client.SendAsync(Memory<byte>.Empty, WebSocketMessageType.Text, true, default);
            Assert.Equal(text, await ReceiveAllAsync(server, random));
        }

        client.Dispose();
        server.Dispose();
    }

    private async Task OpenAsync(TransportKind over)
    {
        _pair = await TransportPair.OpenAsync(over);
        _session = WebSocketEnds.CreateSession(_pair.Near, ConnectionRole.Client, _time);
        _peer = new WebSocketPeer(
            new PeerEnd(_pair),
            WsConnection.Established(ConnectionRole.Server, options: WebSocketBench.Unlimited),
            answersClose: false);
    }

    private static async Task<byte[]> ReceiveAllAsync(WebSocket socket, Random random)
    {
        List<byte> received = [];
        ValueWebSocketReceiveResult result;
        do
        {
            byte[] buffer = new byte[random.Next(6)];
            result = await socket.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(_longest);
            received.AddRange(buffer.AsSpan(0, result.Count));
        }
        while (!result.EndOfMessage);
        return [.. received];
    }

    /// <summary>Takes nothing and brings nothing until it is disposed of.</summary>
    private sealed class StuckTransport : WsTransport
    {
        private readonly TaskCompletionSource<int> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(_end.Task);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
        {
            await _end.Task;
            throw new IOException("The transport is gone.");
        }

        public override ValueTask DisposeAsync()
        {
            _end.TrySetResult(0);
            return base.DisposeAsync();
        }
    }
}
