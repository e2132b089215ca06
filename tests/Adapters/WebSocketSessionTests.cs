using System.Diagnostics.CodeAnalysis;
using System.Net.WebSockets;
using System.Text;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>What only a session's WebSocket does.</summary>
public sealed class WebSocketSessionTests : IDisposable
{
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(30);

    private readonly ManualTime _time = new();
    [SuppressMessage("Usage", "CA2213", Justification = "Its WebSocket disposes of it.")]
    private readonly WsSession _session;
    private readonly WebSocket _socket;
    private readonly PairStream _near;
    private readonly WebSocketPeer _peer;

    public WebSocketSessionTests()
    {
        (_near, PairStream far) = PairStream.Create();
        _session = WebSocketEnds.CreateSession(_near, ConnectionRole.Client, _time);
        _socket = _session.AsWebSocket();
        _peer =
            new WebSocketPeer(far, WsConnection.Established(ConnectionRole.Server, options: WebSocketBench.Unlimited), answersClose: false);
    }

    public void Dispose()
    {
        _socket.Dispose();
        _peer.Dispose();
    }

    [Fact]
    public void It_is_the_same_object_each_time() => Assert.Same(_socket, _session.AsWebSocket());

    [Fact]
    public async Task A_thousand_cancelled_receives_lose_no_message()
    {
        byte[] buffer = new byte[16];
        for (int i = 0; i < 1000; i++)
        {
            using var cancel = new CancellationTokenSource();
            Task<ValueWebSocketReceiveResult> receiving = _socket.ReceiveAsync(buffer.AsMemory(), cancel.Token).AsTask();
            _peer.SendText($"message {i}");
            await cancel.CancelAsync();
            ValueWebSocketReceiveResult result;
            try
            {
                result = await receiving.WaitAsync(_longest);
            }
            catch (OperationCanceledException)
            {
                Assert.Equal(WebSocketState.Open, _socket.State);
                result = await _socket.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(_longest);
            }

            Assert.Equal($"message {i}", Encoding.UTF8.GetString(buffer.AsSpan(0, result.Count)));
        }
    }

    [Fact]
    public async Task A_close_that_the_peer_does_not_answer_ends_with_the_close_timeout()
    {
        Task closing = _socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await _peer.NextAsync();

        _time.Advance(TimeSpan.FromSeconds(10));

        WebSocketException e = await Assert.ThrowsAsync<WebSocketException>(() => closing.WaitAsync(_longest));
        Assert.Equal(WebSocketError.ConnectionClosedPrematurely, e.WebSocketErrorCode);
        Assert.Equal(WebSocketState.Aborted, _socket.State);
    }

    [Fact]
    public async Task A_closed_output_receives_for_as_long_as_the_peer_likes()
    {
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await _peer.NextAsync();

        _time.Advance(TimeSpan.FromDays(1));

        _peer.SendFrame(0x81, "late"u8.ToArray());
        byte[] buffer = new byte[16];
        Assert.Equal(
            new ValueWebSocketReceiveResult(4, WebSocketMessageType.Text, true),
            await _socket.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(_longest));
        _peer.Send(new CloseConnection(CloseCode.NormalClosure));
        Assert.Equal(
            WebSocketMessageType.Close,
            (await _socket.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(_longest)).MessageType);
        Assert.Equal(WebSocketState.Closed, _socket.State);
        Assert.True(_session.ClosedCleanly);
    }

    [Fact]
    public async Task After_the_peers_Close_the_transport_is_not_waited_for_longer_than_the_close_timeout()
    {
        await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        _time.Advance(TimeSpan.FromDays(1));
        _peer.SendFrame(0x88);
        Assert.Equal(
            WebSocketMessageType.Close,
            (await _socket.ReceiveAsync(new byte[1].AsMemory(), default).AsTask().WaitAsync(_longest)).MessageType);
        Assert.False(_session.Completion.IsCompleted);

        _time.Advance(TimeSpan.FromSeconds(10));

        await _session.Completion.WaitAsync(_longest);
    }

    [Fact]
    public async Task A_session_that_closes_by_itself_tells_its_WebSocket()
    {
        ValueTask<WsCloseResult> closing = _session.CloseAsync();
        await _peer.NextAsync();
        _peer.Send(new CloseConnection(CloseCode.NormalClosure));
        _peer.End();
        await closing.AsTask().WaitAsync(_longest);

        WebSocketException e = await Assert.ThrowsAsync<WebSocketException>(
            async () => await _socket.SendAsync("x"u8.ToArray().AsMemory(), WebSocketMessageType.Text, true, default));
        Assert.Equal(WebSocketError.InvalidState, e.WebSocketErrorCode);
        Assert.Equal(WebSocketMessageType.Close, (await _socket.ReceiveAsync(new byte[1].AsMemory(), default)).MessageType);
        Assert.Equal(WebSocketState.Closed, _socket.State);
    }

    [Fact]
    public async Task A_peer_that_answers_no_Ping_is_a_lost_connection()
    {
        var time = new ManualTime();
        (PairStream near, PairStream _) = PairStream.Create();
        WsSession session =
            WsSession.FromEstablished(near, WsConnection.Established(ConnectionRole.Server), new WsSessionOptions { TimeProvider = time });
        using WebSocket socket = session.AsWebSocket();
        Task<ValueWebSocketReceiveResult> receiving = socket.ReceiveAsync(new byte[1].AsMemory(), default).AsTask();

        time.Advance(TimeSpan.FromSeconds(60));

        WebSocketException e = await Assert.ThrowsAsync<WebSocketException>(() => receiving.WaitAsync(_longest));
        Assert.Equal(WebSocketError.ConnectionClosedPrematurely, e.WebSocketErrorCode);
        Assert.Equal(WsCloseCause.KeepAlive, session.CloseCause);
    }

    [Fact]
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

    [Fact]
    public async Task Compression_is_agreed_on_and_left_out_where_a_flag_says_so()
    {
        (PairStream near, PairStream far) = PairStream.Create();
        var counting = new CountingStream(near);
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
            counting.Count = 0;
            await socket.SendAsync(text.AsMemory(), WebSocketMessageType.Text, flags, default);
            Assert.Equal(
                new ValueWebSocketReceiveResult(10_000, WebSocketMessageType.Text, true),
                await other.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(_longest));
            Assert.Equal(text, buffer);
            Assert.Equal(compressed, counting.Count < 1000);
        }

        Task closing = socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await other.ReceiveAsync(buffer.AsMemory(), default).AsTask().WaitAsync(_longest);
        await other.CloseAsync(WebSocketCloseStatus.NormalClosure, null, default).WaitAsync(_longest);
        await closing.WaitAsync(_longest);
    }

    [Fact]
    public async Task Any_text_cut_anyhow_arrives_as_it_was()
    {
        var random = new Random(8);
        string[] characters = ["a", "é", "€", "😀", "\0"];
        (WebSocket client, WebSocket server) = WebSocketEnds.Create(Ends.BothOurs);
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

    private sealed class CountingStream(PairStream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        internal long Count { get; set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Count += buffer.Length;
            return inner.WriteAsync(buffer, cancellationToken);
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
