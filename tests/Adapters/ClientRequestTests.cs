using System.Net;
using System.Net.Sockets;
using WsProto.Extensions;

namespace WsProto.Adapters.Tests;

/// <summary>Whom a client connects to and what it asks for.</summary>
[Trait("RFC", "6455 §4.1")]
public sealed class ClientRequestTests
{
    /// <summary>The addresses of loopback that this machine has.</summary>
    public static TheoryData<string> Loopbacks => Socket.OSSupportsIPv6 ? ["127.0.0.1", "localhost", "[::1]"] : ["127.0.0.1", "localhost"];

    [Theory]
    [InlineData("ws://example.com", "example.com", "/")]
    [InlineData("ws://example.com:80/", "example.com", "/")]
    [InlineData("ws://example.com:8080?q=1", "example.com:8080", "/?q=1")]
    [InlineData("ws://example.com/a%2Fb/é?x=ü&y", "example.com", "/a%2Fb/%C3%A9?x=%C3%BC&y")]
    [InlineData("ws://bücher.example:8080/", "xn--bcher-kva.example:8080", "/")]
    [InlineData("ws://[2001:DB8::1]/chat", "[2001:db8::1]", "/chat")]
    [InlineData("ws://[fe80::1%25eth0]:8080/", "[fe80::1]:8080", "/")]
    [InlineData("http://example.com/chat", "example.com", "/chat")]
    [Trait("Register", "B7")]
    public async Task Host_and_target_are_those_of_the_URI(string text, string host, string target)
    {
        using var peer = new ClientPeer();
        Uri? asked = null;
        var options = new WsClientOptions
        {
            ConnectTransport = (uri, cancellationToken) =>
            {
                asked = uri;
                return peer.ConnectAsync(cancellationToken);
            },
        };
        Task<WsSession> accepting = peer.AcceptWebSocketAsync();
        await using WsSession client = await WsClient.ConnectAsync(new Uri(text), options).Soon();
        await using WsSession server = await accepting;
        Assert.Equal(new Uri(text), asked);
        Assert.Equal((host, target), (server.Request!.Host, server.Request.Target));
        Assert.Equal((host, target), (client.Request!.Host, client.Request.Target));
    }

    [Theory]
    [MemberData(nameof(Loopbacks))]
    [Trait("MUST", "4.1-1")]
    public async Task Names_and_addresses_of_both_kinds_are_connected_to(string host)
    {
        using var peer = new ClientPeer(host == "[::1]" ? IPAddress.IPv6Loopback : null);
        Task<WsSession> accepting = peer.AcceptWebSocketAsync();
        await using WsSession client = await WsClient.ConnectAsync(new Uri($"ws://{host}:{peer.Port}")).Soon();
        await using WsSession server = await accepting;
        Assert.Equal($"{host}:{peer.Port}", server.Request!.Host);

        // More than any socket takes at once.
        byte[] large = new byte[1 << 20];
        new Random(1).NextBytes(large);
        await client.SendAsync(large).AsTask().Soon();
        Assert.Equal(new BytesMessage(large), await server.ReceiveAsync().Soon());
        await server.SendAsync(large).AsTask().Soon();
        Assert.Equal(new BytesMessage(large), await client.ReceiveAsync().Soon());
        Task<WsCloseResult> closing = client.CloseAsync().Soon();
        await server.CloseAsync().Soon();
        Assert.Equal(CloseCode.NormalClosure, (await closing).Code);
        Assert.True(client.ClosedCleanly);
    }

    [Fact]
    public async Task Host_of_the_headers_takes_the_place_of_that_of_the_URI()
    {
        using var peer = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = peer.AnswerAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        var options = new WsClientOptions { Headers = [("X-First", "1"), ("host", "virtual.example:99"), ("X-Last", "2")] };
        await Assert.ThrowsAsync<WsHandshakeException>(() => WsClient.ConnectAsync(peer.Uri(), options).Soon());
        (Stream stream, string head) = await serving;
        await stream.DisposeAsync();
        Assert.Equal(["virtual.example:99"], ClientPeer.Values(head, "Host"));
        Assert.Equal(["1"], ClientPeer.Values(head, "X-First"));
        Assert.Equal(["2"], ClientPeer.Values(head, "X-Last"));
    }

    [Fact]
    public async Task Headers_keep_their_order_and_may_repeat()
    {
        using var peer = new ClientPeer();
        HeaderList headers = [("Cookie", "a=1"), ("Origin", "https://example.com"), ("Cookie", "b=2"), ("Authorization", "Bearer x")];
        Task<WsSession> accepting = peer.AcceptWebSocketAsync(new WsAcceptOptions { Origins = OriginPolicy.Any });
        await using WsSession client = await WsClient.ConnectAsync(peer.Uri(), new WsClientOptions { Headers = headers }).Soon();
        await using WsSession server = await accepting;
        Assert.Equal(headers, server.Request!.ExtraHeaders.Without("Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"));
    }

    [Fact]
    public async Task Subprotocols_are_offered_in_their_order_and_the_servers_choice_is_known()
    {
        using var peer = new ClientPeer();
        Task<WsSession> accepting = peer.AcceptWebSocketAsync(new WsAcceptOptions { Subprotocols = ["chat.v1", "chat.v2"] });
        var options = new WsClientOptions { Subprotocols = ["chat.v3", "chat.v2", "chat.v1"], SubprotocolRequired = true };
        await using WsSession client = await WsClient.ConnectAsync(peer.Uri(), options).Soon();
        await using WsSession server = await accepting;
        Assert.Equal(["chat.v3", "chat.v2", "chat.v1"], server.Request!.Subprotocols);
        Assert.Equal("chat.v2", client.Subprotocol);
    }

    [Fact]
    public async Task Server_chooses_no_subprotocol_where_one_is_required__connecting_fails()
    {
        using var peer = new ClientPeer();
        Task<WsSession> accepting = peer.AcceptWebSocketAsync();
        var options = new WsClientOptions { Subprotocols = ["chat"], SubprotocolRequired = true };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => WsClient.ConnectAsync(peer.Uri(), options).Soon());
        Assert.Equal((null, 101), (e.Error, e.StatusCode));
        await using WsSession server = await accepting;
        Assert.Null(await server.ReceiveAsync().Soon());
    }

    [Fact]
    public async Task Compression_is_offered_only_where_it_is_asked_for()
    {
        using var peer = new ClientPeer();
        var both = new WsAcceptOptions { Extensions = [new PerMessageDeflate()] };
        Task<WsSession> accepting = peer.AcceptWebSocketAsync(both);
        await using (WsSession client = await WsClient.ConnectAsync(peer.Uri()).Soon())
        {
            Assert.Empty(client.Extensions);
            Assert.Empty((await accepting).Request!.ExtensionOffers);
            await (await accepting).CloseAsync().Soon();
        }

        accepting = peer.AcceptWebSocketAsync(both);
        var options = new WsClientOptions { Extensions = [new PerMessageDeflate()], ExtensionsRequired = true };
        await using (WsSession client = await WsClient.ConnectAsync(peer.Uri(), options).Soon())
        {
            Assert.IsType<DeflateCodec>(Assert.Single(client.Extensions));
            await client.SendAsync(new string('a', 10_000)).AsTask().Soon();
            Assert.Equal(new TextMessage(new string('a', 10_000)), await (await accepting).ReceiveAsync().Soon());
            await (await accepting).CloseAsync().Soon();
        }
    }

    [Fact]
    public async Task Server_does_not_agree_to_a_required_extension__connecting_fails()
    {
        using var peer = new ClientPeer();
        Task<WsSession> accepting = peer.AcceptWebSocketAsync();
        var options = new WsClientOptions { Extensions = [new PerMessageDeflate()], ExtensionsRequired = true };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => WsClient.ConnectAsync(peer.Uri(), options).Soon());
        Assert.Equal((null, 101), (e.Error, e.StatusCode));
        await using WsSession server = await accepting;
        Assert.Null(await server.ReceiveAsync().Soon());
    }

    [Fact]
    public async Task Frames_in_the_same_segment_as_the_answer_are_delivered_at_once()
    {
        using var peer = new ClientPeer();
        Task<Stream> serving = ServeAsync();
        await using WsSession client = await WsClient.ConnectAsync(peer.Uri()).Soon();
        await using Stream stream = await serving;
        // Nothing else comes: what arrived with the answer has to do.
        Assert.Equal(new TextMessage("hi"), await client.ReceiveAsync().Soon());
        Assert.Equal(new TextMessage("yo"), await client.ReceiveAsync().Soon());
        client.Abort();

        async Task<Stream> ServeAsync()
        {
            Stream accepted = await peer.AcceptAsync();
            byte[] answer = ClientPeer.Upgrade(await ClientPeer.ReadHeadAsync(accepted));
            await accepted.WriteAsync((byte[])[.. answer, 0x81, 0x02, .. "hi"u8, 0x81, 0x02, .. "yo"u8]);
            return accepted;
        }
    }

    [Fact]
    public async Task Close_of_the_server_is_answered()
    {
        using var peer = new ClientPeer();
        Task<Stream> serving = ServeAsync();
        await using WsSession client = await WsClient.ConnectAsync(peer.Uri()).Soon();
        await using Stream stream = await serving;
        Assert.Null(await client.ReceiveAsync().Soon());
        byte[] close = new byte[8];
        await stream.ReadExactlyAsync(close).AsTask().Soon();
        Assert.Equal([0x88, 0x82], close[..2]);
        Assert.Equal([0x03, 0xE9], [(byte)(close[6] ^ close[2]), (byte)(close[7] ^ close[3])]);
        await stream.DisposeAsync();
        await client.Completion.Soon();
        Assert.Equal((CloseCode.GoingAway, WsCloseCause.Peer, true), (client.Closed!.Code, client.CloseCause, client.ClosedCleanly));

        async Task<Stream> ServeAsync()
        {
            Stream accepted = await peer.AcceptAsync();
            byte[] answer = ClientPeer.Upgrade(await ClientPeer.ReadHeadAsync(accepted));
            await accepted.WriteAsync((byte[])[.. answer, 0x88, 0x02, 0x03, 0xE9]);
            return accepted;
        }
    }

    [Fact]
    public async Task Unix_socket_carries_it_where_the_callback_connects_to_one()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            var end = new UnixDomainSocketEndPoint(path);
            using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            listener.Bind(end);
            listener.Listen();
            var options = new WsClientOptions
            {
                ConnectTransport = async (_, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(end, cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            };
            Task<WsSession> connecting = WsClient.ConnectAsync(new Uri("ws://localhost/chat"), options).Soon();
            await using WsSession server = await (await listener.AcceptAsync().Soon()).AcceptWebSocketAsync().Soon();
            await using WsSession client = await connecting;
            await server.SendAsync("over a file").AsTask().Soon();
            Assert.Equal(new TextMessage("over a file"), await client.ReceiveAsync().Soon());
            await Task.WhenAll(client.CloseAsync().Soon(), server.CloseAsync().Soon());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("ws://user:secret@example.com/")]
    [InlineData("ws://example.com/#part")]
    [InlineData("ftp://example.com/")]
    public Task URI_that_is_none_of_a_WebSocket_is_refused_before_anything_is_connected(string text) =>
        AssertMistakeAsync<ArgumentException>(new Uri(text), new WsClientOptions());

    [Fact]
    public async Task What_cannot_be_asked_for_is_refused_before_anything_is_connected()
    {
        Assert.Throws<ArgumentException>(() => new WsClientOptions { Headers = [("Host", "a"), ("host", "b")] });
        Assert.Throws<ArgumentOutOfRangeException>(() => new WsClientOptions { AttemptDelay = TimeSpan.FromMilliseconds(9) });
        Assert.Throws<ArgumentException>(() => new WsProxy(new Uri("socks4://127.0.0.1:1080")));
        Assert.Throws<ArgumentException>(() => new WsProxy(new Uri("/proxy", UriKind.Relative)));
        Assert.Throws<ArgumentNullException>(() => new WsProxy((Uri)null!));
        Assert.Throws<ArgumentNullException>(() => new WsProxy((IWebProxy)null!));
        Assert.Throws<ArgumentException>(() => new WsProxy(new Uri("http://p")) { Headers = [("Host", "a")] });
        Assert.Throws<ArgumentException>(() => new WsProxy(new Uri("http://p")) { Headers = [("X", "a\r\nb")] });
        await AssertMistakeAsync<ArgumentException>(new Uri("/relative", UriKind.Relative), new WsClientOptions());
        await Assert.ThrowsAsync<ArgumentNullException>(() => WsClient.ConnectAsync(null!).Soon());
    }

    [Theory]
    [InlineData("Sec-WebSocket-Key", "x")]
    [InlineData("Content-Length", "1")]
    [InlineData("X", "a\r\nInjected: b")]
    [InlineData("Host", "a/b")]
    public async Task Header_that_cannot_be_sent_is_the_callers_mistake_and_nothing_stays_open(string name, string value)
    {
        using var peer = new ClientPeer();
        Task<Stream> accepting = peer.AcceptAsync();
        await Assert.ThrowsAnyAsync<ArgumentException>(
            () => WsClient.ConnectAsync(peer.Uri(), new WsClientOptions { Headers = [(name, value)] }).Soon());
        await using Stream stream = await accepting;
        Assert.Equal(0, await stream.ReadAsync(new byte[1]).AsTask().Soon());
    }

    [Fact]
    public void Options_do_not_print_secrets() =>
        Assert.DoesNotContain(
            "secret",
            new WsClientOptions { Proxy = new WsProxy(new Uri("http://user:secret@proxy")) }.ToString(),
            StringComparison.Ordinal);

    private static async Task AssertMistakeAsync<T>(Uri uri, WsClientOptions options)
        where T : Exception
    {
        bool connected = false;
        options = options with
        {
            ConnectTransport = (_, _) =>
            {
                connected = true;
                return new ValueTask<Stream>(Stream.Null);
            },
        };
        await Assert.ThrowsAsync<T>(() => WsClient.ConnectAsync(uri, options).Soon());
        Assert.False(connected);
    }
}
