using System.Net;
using System.Net.Sockets;
using WsProto.Adapters.Tests.Support;
using WsProto.Extensions;

namespace WsProto.Adapters.Tests;

/// <summary>What a listener takes and how it answers.</summary>
[Trait("RFC", "6455 §4.2")]
public sealed class ListenerTests
{
    private static readonly TimeSpan _patience = ListenerClient.Patience;
    private static readonly IPEndPoint _anyPort = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Session_is_accepted_with_what_came_together_with_its_request()
    {
        await using WsListener listener = Start();
        using ListenerClient client = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await client.SendAsync((byte[])[.. System.Text.Encoding.ASCII.GetBytes(ListenerClient.Request()), .. ListenerClient.Text("early")]);

        await using WsSession session = await listener.AcceptAsync().AsTask().WaitAsync(_patience);
        Assert.Equal("/chat", session.Request!.Target);
        Assert.Equal(new TextMessage("early"), await session.ReceiveAsync().AsTask().WaitAsync(_patience));
        client.Reset();
    }

    [Fact]
    public async Task Peer_that_does_not_go_on_holds_nobody_up()
    {
        await using WsListener listener = Start();
        using ListenerClient silent = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        using ListenerClient slow = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await slow.SendAsync("GET / HTT");
        await AssertServesAsync(listener);
    }

    [Fact]
    public async Task Application_that_ponders_over_one_request_holds_nobody_up()
    {
        using var pondering = new ManualResetEventSlim();
        await using WsListener listener = Start(new WsListenerOptions
        {
            Accept = new WsAcceptOptions
            {
                OnRequest = (context, _) =>
                {
                    if (context.Request.Target == "/ponder")
                        pondering.Wait(_patience, CancellationToken.None);
                    return new(WsResponse.Accept());
                },
            },
        });
        using Socket socket = await ListenerClient.ConnectSocketAsync(listener.LocalEndPoint);
        Task<WsSession> slow = socket.ConnectWebSocketAsync(new Request("localhost", "/ponder")).AsTask();
        await AssertServesAsync(listener);
        pondering.Set();
        await using WsSession client = await slow.WaitAsync(_patience);
        await using WsSession session = await listener.AcceptAsync().AsTask().WaitAsync(_patience);
        Assert.Equal("/ponder", session.Request!.Target);
    }

    [Theory]
    [InlineData(new[] { "v3", "v2", "v1" }, "v2")]
    [InlineData(new[] { "v1", "v2" }, "v1")]
    [InlineData(new[] { "v3" }, null)]
    [InlineData(new string[0], null)]
    public async Task First_subprotocol_of_the_client_that_the_server_speaks_is_chosen(string[] offered, string? chosen)
    {
        await using WsListener listener = Start(new WsListenerOptions { Accept = new() { Subprotocols = ["v1", "v2"] } });
        (WsSession client, WsSession server) = await OpenAsync(listener, new Request("localhost", "/") { Subprotocols = offered });
        Assert.Equal(chosen, client.Subprotocol);
        Assert.Equal(chosen, server.Subprotocol);
        await CloseAsync(client, server);
    }

    [Fact]
    public async Task Request_is_accepted_with_a_subprotocol_and_headers_of_the_applications_choice()
    {
        await using WsListener listener = Start(new WsListenerOptions
        {
            Accept = new()
            {
                Subprotocols = ["v1"],
                Extensions = [new PerMessageDeflate()],
                OnRequest = (context, _) => new(
                    WsResponse.Accept(context.Request.Subprotocols[^1], [("Set-Cookie", "id=" + context.Request.Target[1..])])),
            },
        });
        var request = new Request("localhost", "/7") { Subprotocols = ["v1", "v2"], Extensions = [new PerMessageDeflate()] };
        (WsSession client, WsSession server) = await OpenAsync(listener, request);
        Assert.Equal("v2", client.Subprotocol);
        Assert.Equal("id=7", client.ResponseHeaders["Set-Cookie"]);
        Assert.IsType<DeflateCodec>(Assert.Single(client.Extensions));
        await CloseAsync(client, server);
    }

    [Fact]
    public async Task Request_is_refused_with_status_headers_and_body()
    {
        var failed = new TaskCompletionSource<(Exception Failure, EndPoint? Peer)>();
        await using WsListener listener = Start(new WsListenerOptions
        {
            OnHandshakeFailed = (e, peer) => failed.SetResult((e, peer)),
            Accept = new()
            {
                OnRequest = (_, _) => new(WsResponse.Reject(401, "Who are you?", [("WWW-Authenticate", "Basic realm=\"chat\"")])),
            },
        });
        Socket socket = await ListenerClient.ConnectSocketAsync(listener.LocalEndPoint);
        EndPoint self = socket.LocalEndPoint!;
        var refusal = await Assert.ThrowsAsync<WsHandshakeException>(
            () => socket.ConnectWebSocketAsync(new Request("localhost", "/")).AsTask().WaitAsync(_patience));
        Assert.Equal(401, refusal.StatusCode);
        Assert.Equal("Basic realm=\"chat\"", refusal.Headers["WWW-Authenticate"]);
        Assert.Equal("text/plain; charset=utf-8", refusal.Headers["Content-Type"]);
        Assert.Equal("Who are you?"u8, refusal.Body.Span);

        (Exception failure, EndPoint? peer) = await failed.Task.WaitAsync(_patience);
        Assert.Equal(401, Assert.IsType<WsHandshakeException>(failure).StatusCode);
        Assert.Equal(self, peer);
    }

    [Fact]
    public async Task Application_that_fails_over_a_request_has_it_refused_with_500_and_is_told()
    {
        var failed = new TaskCompletionSource<Exception>();
        await using WsListener listener = Start(new WsListenerOptions
        {
            OnHandshakeFailed = (e, _) => failed.SetResult(e),
            Accept = new()
            {
                OnRequest = (context, _) => context.Request.Target == "/"
                    ? new(WsResponse.Accept())
                    : throw new FormatException("no such room"),
            },
        });
        Assert.Equal(500, await RefuseAsync(listener, new Request("localhost", "/x")));
        Exception failure = await failed.Task.WaitAsync(_patience);
        Assert.IsType<FormatException>(Assert.IsType<WsHandshakeException>(failure).InnerException);
        await AssertServesAsync(listener);
    }

    [Fact]
    public async Task Application_that_chooses_a_subprotocol_nobody_offered_has_the_request_refused_with_500()
    {
        await using WsListener listener = Start(
            new WsListenerOptions { Accept = new() { OnRequest = (_, _) => new(WsResponse.Accept("v9")) } });
        Assert.Equal(500, await RefuseAsync(listener, new Request("localhost", "/") { Subprotocols = ["v1"] }));
    }

    [Fact]
    public async Task Page_of_the_same_origin_may_connect_and_others_get_403()
    {
        await using WsListener listener = Start();
        string host = listener.LocalEndPoint.ToString()!;
        (WsSession client, WsSession server) =
            await OpenAsync(listener, new Request(host, "/") { ExtraHeaders = [("Origin", "http://" + host)] });
        await CloseAsync(client, server);
        Assert.Equal(403, await RefuseAsync(listener, new Request(host, "/") { ExtraHeaders = [("Origin", "http://evil.example")] }));
    }

    [Fact]
    public async Task Socket_that_was_accepted_does_not_delay_small_messages()
    {
        var accepted = new TaskCompletionSource<Socket>();
        await using var listener = new WsListener(_anyPort, null, async (socket, stop) =>
        {
            Socket one = await socket.AcceptAsync(stop);
            accepted.TrySetResult(one);
            return one;
        });
        listener.Start();
        (WsSession client, WsSession server) = await OpenAsync(listener, new Request("localhost", "/"));
        Assert.True((await accepted.Task).NoDelay);
        await CloseAsync(client, server);
    }

    [Fact]
    public async Task Listener_on_all_addresses_of_IPv6_takes_IPv4_too()
    {
        await using var listener = new WsListener(new IPEndPoint(IPAddress.IPv6Any, 0));
        listener.Start();
        var here = new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndPoint).Port);
        using ListenerClient client = await ListenerClient.OpenAsync(here);
        Assert.NotNull(await listener.AcceptAsync().AsTask().WaitAsync(_patience));
    }

    [Fact]
    public async Task Unix_socket_echoes_and_its_file_is_gone_in_the_end()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var listener = new WsListener(new UnixDomainSocketEndPoint(path));
        Task running = listener.RunAsync(EchoAsync);
        Assert.True(File.Exists(path));
        for (int i = 0; i < 2; i++)
            await AssertEchoesAsync(listener.LocalEndPoint);

        Assert.True(File.Exists(path));
        await listener.DisposeAsync().AsTask().WaitAsync(_patience);
        await running.WaitAsync(_patience);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task File_that_is_in_the_way_of_a_Unix_socket_is_not_touched()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, "mine");
        await using (var listener = new WsListener(new UnixDomainSocketEndPoint(path)))
            Assert.Throws<SocketException>(listener.Start);
        Assert.Equal("mine", await File.ReadAllTextAsync(path));
        File.Delete(path);
    }

    [UnixFact]
    public async Task Socket_file_of_a_process_that_is_gone_is_replaced_where_that_is_allowed()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var endPoint = new UnixDomainSocketEndPoint(path);
        LeaveSocketFile(path);
        await using (var strict = new WsListener(endPoint))
            Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(strict.Start).SocketErrorCode);
        await using (var listener = new WsListener(endPoint, new WsListenerOptions { ReplaceStaleSocketFile = true }))
        {
            listener.Start();
            await AssertServesAsync(listener);
            // Somebody listens now.
            await using var second = new WsListener(endPoint, new WsListenerOptions { ReplaceStaleSocketFile = true });
            Assert.Equal(SocketError.AddressAlreadyInUse, Assert.Throws<SocketException>(second.Start).SocketErrorCode);
            await AssertServesAsync(listener);
        }

        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task File_that_is_no_socket_is_never_replaced()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(path, "mine");
        await using (var listener =
            new WsListener(new UnixDomainSocketEndPoint(path), new WsListenerOptions { ReplaceStaleSocketFile = true }))
            Assert.Throws<SocketException>(listener.Start);
        Assert.Equal("mine", await File.ReadAllTextAsync(path));
        File.Delete(path);
    }

    [Fact]
    public async Task Start_that_failed_can_be_tried_again()
    {
        await using WsListener first = Start();
        await using var second = new WsListener(first.LocalEndPoint);
        Assert.Throws<SocketException>(second.Start);
        await first.StopAsync();
        second.Start();
        await AssertServesAsync(second);
    }

    [Fact]
    public async Task Starting_twice_does_nothing_more()
    {
        await using WsListener listener = Start();
        EndPoint before = listener.LocalEndPoint;
        Assert.NotEqual(0, ((IPEndPoint)before).Port);
        listener.Start();
        Assert.Equal(before, listener.LocalEndPoint);
    }

    [Fact]
    public async Task Accepting_before_the_start_is_a_mistake()
    {
        await using var listener = new WsListener(_anyPort);
        await Assert.ThrowsAsync<InvalidOperationException>(() => listener.AcceptAsync().AsTask());
        Assert.Equal(_anyPort, listener.LocalEndPoint);
    }

    [Fact]
    public async Task Accept_that_is_cancelled_loses_no_session()
    {
        await using WsListener listener = Start();
        using var cancel = new CancellationTokenSource();
        Task<WsSession> accepting = listener.AcceptAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting.WaitAsync(_patience));
        await AssertServesAsync(listener);
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsListenerOptions { MaxConnections = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsListenerOptions { Backlog = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsListenerOptions { ShutdownTimeout = TimeSpan.FromSeconds(-1) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsListenerOptions { ShutdownTimeout = TimeSpan.MaxValue });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsAcceptOptions { HandshakeTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentNullException>(() => new WsListener(null!));
    }

    /// <summary>
    /// What a process leaves that was killed: .NET removes the file of a socket that it disposes of, so the file is moved away before and
    /// back after.
    /// </summary>
    private static void LeaveSocketFile(string path)
    {
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            socket.Listen();
            File.Move(path, path + ".kept");
        }

        File.Move(path + ".kept", path);
    }

    internal static WsListener Start(WsListenerOptions? options = null)
    {
        var listener = new WsListener(_anyPort, options);
        listener.Start();
        return listener;
    }

    /// <summary>That a listener from which nobody else accepts opens another session, which works.</summary>
    internal static async Task AssertServesAsync(WsListener listener)
    {
        (WsSession client, WsSession server) = await OpenAsync(listener, new Request("localhost", "/"));
        await client.SendTextAsync("hello");
        Assert.Equal(new TextMessage("hello"), await server.ReceiveAsync().AsTask().WaitAsync(_patience));
        await CloseAsync(client, server);
    }

    internal static async Task AssertEchoesAsync(EndPoint endPoint)
    {
        Socket socket = await ListenerClient.ConnectSocketAsync(endPoint);
        await using WsSession client = await socket.ConnectWebSocketAsync(new Request("localhost", "/")).AsTask().WaitAsync(_patience);
        await client.SendTextAsync("hello");
        Assert.Equal(new TextMessage("hello"), await client.ReceiveAsync().AsTask().WaitAsync(_patience));
    }

    internal static async Task EchoAsync(WsSession session, CancellationToken cancellationToken)
    {
        await foreach (Message message in session.ReadAllAsync(cancellationToken))
            await session.SendAsync(message, cancellationToken);
    }

    internal static async Task<(WsSession Client, WsSession Server)> OpenAsync(WsListener listener, Request request)
    {
        Socket socket = await ListenerClient.ConnectSocketAsync(listener.LocalEndPoint);
        WsSession client = await socket.ConnectWebSocketAsync(request).AsTask().WaitAsync(_patience);
        return (client, await listener.AcceptAsync().AsTask().WaitAsync(_patience));
    }

    private static async Task CloseAsync(WsSession client, WsSession server)
    {
        await client.CloseAsync().AsTask().WaitAsync(_patience);
        await server.DisposeAsync().AsTask().WaitAsync(_patience);
        Assert.True(client.ClosedCleanly);
        Assert.True(server.ClosedCleanly);
    }

    private static async Task<int?> RefuseAsync(WsListener listener, Request request)
    {
        Socket socket = await ListenerClient.ConnectSocketAsync(listener.LocalEndPoint);
        return (await Assert.ThrowsAsync<WsHandshakeException>(
            () => socket.ConnectWebSocketAsync(request).AsTask().WaitAsync(_patience))).StatusCode;
    }
}
