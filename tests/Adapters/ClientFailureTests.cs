using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Text;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>How connecting fails: what the caller sees, and that nothing stays open.</summary>
[Trait("RFC", "6455 §4.1")]
public sealed class ClientFailureTests
{
    [Theory]
    [InlineData("Content-Length: 7\r\n\r\ngo away")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n3\r\ngo \r\n4\r\naway\r\n0\r\n\r\n")]
    public async Task Server_refuses__status_headers_and_body_are_in_the_exception(string rest)
    {
        using var peer = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = peer.AnswerAsync(
            "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nX-Reason: a\r\nX-Reason: b\r\n" + rest);
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => WsClient.ConnectAsync(peer.Uri()).Soon());
        Assert.Equal((401, "Basic", "a, b"), (e.StatusCode, e.Headers["www-authenticate"], e.Headers.GetCombinedValue("x-reason")));
        Assert.Equal("go away", Encoding.ASCII.GetString(e.Body.Span));
        Assert.Null(e.Error);
        await ClientPeer.AssertGivenUpAsync((await serving).Stream);
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    [Trait("Register", "S45")]
    public async Task Server_redirects__the_caller_sees_where_to_and_nobody_goes_there(int status)
    {
        using var peer = new ClientPeer();
        using var other = new ClientPeer();
        string location = other.Uri().ToString();
        Task<(Stream Stream, string Head)> serving = peer.AnswerAsync(
            $"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        var options = new WsClientOptions { Headers = [("Authorization", "Bearer secret"), ("Cookie", "a=b")] };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => WsClient.ConnectAsync(peer.Uri(), options).Soon());
        Assert.Equal((status, location), (e.StatusCode, e.Headers["Location"]));
        await ClientPeer.AssertGivenUpAsync((await serving).Stream);
        Assert.False(other.IsAwaited);
        Assert.False(peer.IsAwaited);
    }

    [Theory]
    [InlineData("", ProtocolError.HandshakeIncomplete)]
    [InlineData("HTTP/1.1 101 Switch", ProtocolError.HandshakeIncomplete)]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n", ProtocolError.MalformedHead)]
    [InlineData(
        "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n", ProtocolError.InvalidAccept)]
    public async Task Server_answers_nothing_that_opens__the_exception_says_what_was_wrong(string answer, ProtocolError error)
    {
        using var peer = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = peer.AnswerAsync(answer);
        Task<WsSession> connecting = WsClient.ConnectAsync(peer.Uri()).Soon();
        ((NetworkStream)(await serving).Stream).Socket.Shutdown(SocketShutdown.Send);
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => connecting);
        Assert.Equal((error, (int?)null), (e.Error, e.StatusCode));
        await ClientPeer.AssertGivenUpAsync((await serving).Stream);
    }

    [Fact]
    [Trait("MUST", "4.1-10")]
    public async Task Nobody_listens__the_exception_has_that_of_the_socket()
    {
        var peer = new ClientPeer();
        Uri uri = peer.Uri();
        peer.Dispose();
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => WsClient.ConnectAsync(uri).Soon());
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(e.InnerException).SocketErrorCode);
        Assert.Null(e.StatusCode);
        Assert.Null(e.Error);
    }

    [Fact]
    public async Task Callback_throws_or_returns_nothing__the_exception_has_that()
    {
        var failure = new InvalidDataException("no way");
        WsHandshakeException e = await ConnectAsync((_, _) => ValueTask.FromException<Stream>(failure));
        Assert.Same(failure, e.InnerException);
        e = await ConnectAsync((_, _) => throw failure);
        Assert.Same(failure, e.InnerException);
        e = await ConnectAsync((_, _) => new ValueTask<Stream>((Stream)null!));
        Assert.IsType<InvalidOperationException>(e.InnerException);

        static Task<WsHandshakeException> ConnectAsync(Func<Uri, CancellationToken, ValueTask<Stream>> connect) =>
            Assert.ThrowsAsync<WsHandshakeException>(
                () => WsClient.ConnectAsync(new Uri("ws://h"), new WsClientOptions { ConnectTransport = connect }).Soon());
    }

    [Fact]
    public async Task Connecting_takes_longer_than_its_limit__it_times_out_and_a_stream_that_comes_later_is_disposed_of()
    {
        var time = new ManualTime();
        var late = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);
        var options =
            new WsClientOptions { ConnectTransport = (_, _) => new ValueTask<Stream>(late.Task), Session = new() { TimeProvider = time } };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri("ws://h"), options).Soon();
        time.Advance(options.ConnectTimeout - TimeSpan.FromTicks(1));
        Assert.False(connecting.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));
        await Assert.ThrowsAsync<TimeoutException>(() => connecting);
        Assert.Equal(0, time.Pending);
        var stream = new DisposedStream();
        late.SetResult(stream);
        await stream.Disposed.Soon();
    }

    [Fact]
    public async Task Callback_fails_after_the_limit__nobody_is_troubled()
    {
        var time = new ManualTime();
        var late = new TaskCompletionSource<Stream>();
        bool troubled = false;
        EventHandler<UnobservedTaskExceptionEventArgs> trouble = (_, e) => troubled |= e.Exception.InnerException is InvalidDataException;
        TaskScheduler.UnobservedTaskException += trouble;
        var options =
            new WsClientOptions { ConnectTransport = (_, _) => new ValueTask<Stream>(late.Task), Session = new() { TimeProvider = time } };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri("ws://h"), options).Soon();
        time.Advance(options.ConnectTimeout);
        await Assert.ThrowsAsync<TimeoutException>(() => connecting);
        late.SetException(new InvalidDataException());
        late = null!;
        GC.Collect();
        GC.WaitForPendingFinalizers();
        TaskScheduler.UnobservedTaskException -= trouble;
        Assert.False(troubled);
    }

    [Theory]
    [InlineData("wss", null)]
    [InlineData("ws", "http")]
    [InlineData("wss", "http")]
    public async Task Peer_is_silent_before_the_request__it_times_out_and_nothing_stays_open(string scheme, string? proxy)
    {
        using var peer = new ClientPeer();
        var time = new ManualTime();
        var options =
            new WsClientOptions { Proxy = proxy is null ? null : new WsProxy(peer.Uri(proxy)), Session = new() { TimeProvider = time } };
        Task<WsSession> connecting = WsClient.ConnectAsync(peer.Uri(scheme), options).Soon();
        await using Stream stream = await peer.AcceptAsync();
        await stream.ReadExactlyAsync(new byte[1]).AsTask().Soon();
        time.Advance(options.ConnectTimeout);
        await Assert.ThrowsAsync<TimeoutException>(() => connecting);
        await ClientPeer.AssertGivenUpAsync(stream);
        Assert.Equal(0, time.Pending);
    }

    [Fact]
    public async Task Server_answers_too_slowly__the_limit_is_one_for_the_whole_answer()
    {
        using var peer = new ClientPeer();
        var time = new ManualTime();
        var options = new WsClientOptions
        {
            ConnectTimeout = TimeSpan.FromSeconds(1),
            HandshakeTimeout = TimeSpan.FromSeconds(5),
            Session = new() { TimeProvider = time },
        };
        Task<(Stream Stream, string Head)> serving = peer.AnswerAsync("HTTP/1.1 ");
        Task<WsSession> connecting = WsClient.ConnectAsync(peer.Uri(), options).Soon();
        await using Stream stream = (await serving).Stream;
        time.Advance(TimeSpan.FromSeconds(3));
        await stream.WriteAsync("101 "u8.ToArray());
        time.Advance(TimeSpan.FromSeconds(2) - TimeSpan.FromTicks(1));
        Assert.False(connecting.IsCompleted);
        time.Advance(TimeSpan.FromTicks(1));
        await Assert.ThrowsAsync<TimeoutException>(() => connecting);
        await ClientPeer.AssertGivenUpAsync(stream);
    }

    public static TheoryData<string, string?> Stalling => new()
    {
        { "Content-Length: 10\r\n\r\nabc", null },
        { "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", null },
        { "\r\nabc", null },
        { "Content-Length: 10\r\n\r\nabc", "http" },
    };

    [Theory]
    [MemberData(nameof(Stalling))]
    public async Task Refusal_whose_body_stalls__what_is_known_is_in_the_exception_when_time_is_over(string rest, string? proxy)
    {
        await using var stream = new ScriptedStream(Encoding.ASCII.GetBytes("HTTP/1.1 401 No\r\nX-Why: x\r\n" + rest));
        var time = new ManualTime();
        Task<WsSession> connecting =
            WsClient.ConnectAsync(new Uri("ws://h"), Over(stream, proxy) with { Session = new() { TimeProvider = time } }).Soon();
        await stream.Drained.Soon();
        time.Advance(TimeSpan.FromSeconds(10));
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => connecting);
        Assert.Equal((401, "x"), (e.StatusCode, e.Headers["X-Why"]));
        Assert.NotNull(e.InnerException);
        Assert.Equal("abc", Encoding.ASCII.GetString(e.Body.Span));
        Assert.True(stream.IsDisposed);
    }

    [Theory]
    [MemberData(nameof(Stalling))]
    public async Task Refusal_whose_body_stalls__what_is_known_is_inside_the_cancellation(string rest, string? proxy)
    {
        await using var stream = new ScriptedStream(Encoding.ASCII.GetBytes("HTTP/1.1 401 No\r\nX-Why: x\r\n" + rest));
        using var cancel = new CancellationTokenSource();
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri("ws://h"), Over(stream, proxy), cancel.Token).Soon();
        await stream.Drained.Soon();
        await cancel.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal(cancel.Token, e.CancellationToken);
        WsHandshakeException known = Assert.IsType<WsHandshakeException>(e.InnerException);
        Assert.Equal((401, "x", "abc"), (known.StatusCode, known.Headers["X-Why"], Encoding.ASCII.GetString(known.Body.Span)));
    }

    [Fact]
    public async Task It_was_cancelled_before__nothing_is_connected()
    {
        using var peer = new ClientPeer();
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => WsClient.ConnectAsync(peer.Uri(), null, source.Token).Soon());
        Assert.Equal(source.Token, e.CancellationToken);
        Assert.False(peer.IsAwaited);
    }

    [Fact]
    public async Task It_is_cancelled_while_it_connects__the_callback_learns_of_it()
    {
        using var source = new CancellationTokenSource();
        var learned = new TaskCompletionSource();
        var options = new WsClientOptions
        {
            ConnectTransport = async (_, cancellationToken) =>
            {
                cancellationToken.Register(() => learned.TrySetResult());
                await Task.Delay(Timeout.Infinite, cancellationToken);
                return Stream.Null;
            },
        };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri("ws://h"), options, source.Token).Soon();
        await source.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal(source.Token, e.CancellationToken);
        await learned.Task.Soon();
    }

    [Theory]
    [InlineData("ws", null)]
    [InlineData("wss", null)]
    [InlineData("ws", "http")]
    public async Task It_is_cancelled_while_the_peer_is_silent__nothing_stays_open(string scheme, string? proxy)
    {
        using var peer = new ClientPeer();
        using var source = new CancellationTokenSource();
        var options = new WsClientOptions { Proxy = proxy is null ? null : new WsProxy(peer.Uri(proxy)) };
        Task<WsSession> connecting = WsClient.ConnectAsync(peer.Uri(scheme), options, source.Token).Soon();
        await using Stream stream = await peer.AcceptAsync();
        await stream.ReadExactlyAsync(new byte[1]).AsTask().Soon();
        await source.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting);
        Assert.Equal(source.Token, e.CancellationToken);
        await ClientPeer.AssertGivenUpAsync(stream);
    }

    [Fact]
    public async Task It_is_cancelled_afterwards__the_session_goes_on()
    {
        using var peer = new ClientPeer();
        using var source = new CancellationTokenSource();
        Task<WsSession> accepting = peer.AcceptWebSocketAsync();
        await using WsSession client = await WsClient.ConnectAsync(peer.Uri(), null, source.Token).Soon();
        await using WsSession server = await accepting;
        await source.CancelAsync();
        await server.SendAsync("still here").AsTask().Soon();
        Assert.Equal(new TextMessage("still here"), await client.ReceiveAsync().Soon());
        await Task.WhenAll(client.CloseAsync().Soon(), server.CloseAsync().Soon());
    }

    private static WsClientOptions Over(Stream stream, string? proxy) =>
        new() { ConnectTransport = (_, _) => new(stream), Proxy = proxy is null ? null : new WsProxy(new Uri($"{proxy}://proxy.example")) };

    [SuppressMessage("Performance", "CA1844", Justification = "Nobody reads it.")]
    private sealed class DisposedStream : MemoryStream
    {
        private readonly TaskCompletionSource _disposed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        internal Task Disposed => _disposed.Task;

        protected override void Dispose(bool disposing)
        {
            _disposed.TrySetResult();
            base.Dispose(disposing);
        }
    }
}
