using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>A refusal as a client reads it: its body in each of HTTP's framings, and never as frames.</summary>
[Trait("RFC", "6455 §4.1, 9112 §6.3, §7.1")]
public class RefusedUpgradeTests
{
    private static readonly byte[] _hello = "Hello"u8.ToArray();

    [Theory]
    [InlineData(200)]
    [InlineData(302)]
    [InlineData(401)]
    [InlineData(426)]
    [InlineData(503)]
    [InlineData(599)]
    [InlineData(600)]
    [InlineData(777)]
    [InlineData(999)]
    [InlineData(0)]
    [InlineData(99)]
    [Trait("RFC", "9110 §15")]
    [Trait("MUST", "4.1-33")]
    public void Client_receives_another_status_than_101_with_perfect_upgrade_headers__reports_a_refusal_and_its_body(int status)
    {
        byte[] frame = FrameFor(ConnectionRole.Client);
        HeaderList headers =
        [
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", Heads.Accept),
            ("Location", "wss://other.example/"), ("Content-Length", $"{frame.Length}"),
        ];
        byte[] head = Wire.Head([$"HTTP/1.1 {status:D3} Whatever", .. headers.Select(field => $"{field.Name}: {field.Value}")]);
        Cuts.Expect(
            () => Client(), [.. head, .. frame, .. frame], ConnectionState.Closed,
            new RejectConnection { StatusCode = status, Headers = headers, HasBody = true }, new RejectData(frame));
    }

    [Fact]
    [Trait("wsproto", "test_client.py::test_handshake_rejection")]
    public void Client_receives_refusal_without_length__reads_its_body_up_to_the_end_of_the_stream()
    {
        byte[] head = Wire.Head("HTTP/1.1 400 Bad Request", "Connection: close");
        var reject = new RejectConnection { Headers = [("Connection", "close")], HasBody = true };
        Cuts.Expect(() => Client(), head, ConnectionState.Rejecting, reject);
        Cuts.Expect(() => Client(), [.. head, .. _hello], ConnectionState.Rejecting, reject, new RejectData(_hello, bodyFinished: false));
        Assert.Equal(
            new ConnectionOutcome([reject, new RejectData(ReadOnlyMemory<byte>.Empty)], ConnectionState.Closed),
            Cuts.Run(() => Client(), head, endOfStream: true));
        Assert.Equal(
            new ConnectionOutcome([reject, new RejectData(_hello)], ConnectionState.Closed),
            Cuts.Run(() => Client(), [.. head, .. _hello], endOfStream: true));
    }

    [Fact]
    [Trait("wsproto", "test_client.py::test_handshake_rejection_with_body")]
    public void Client_receives_refusal_with_length__reads_so_much_of_a_body() =>
        Cuts.Expect(
            () => Client(), [.. Wire.Head("HTTP/1.1 400 Bad Request", "Content-Length: 5"), .. "Hello and more"u8], ConnectionState.Closed,
            new RejectConnection { Headers = [("Content-Length", "5")], HasBody = true }, new RejectData(_hello));

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found", "Content-Length: 0")]
    [InlineData("HTTP/1.1 204 No Content", "X: y")]
    [InlineData("HTTP/1.1 204 No Content", "Content-Length: 5")]
    [InlineData("HTTP/1.1 304 Not Modified", "Content-Length: 5")]
    [InlineData("HTTP/1.1 304 Not Modified", "Transfer-Encoding: chunked")]
    public void Client_receives_refusal_without_body__ends_with_its_head(string line, string header)
    {
        ConnectionOutcome outcome = Cuts.Run(() => Client(), [.. Wire.Head(line, header), .. _hello]);
        Assert.False(Assert.IsType<RejectConnection>(Assert.Single(outcome.Events)).HasBody);
        Assert.Equal(ConnectionState.Closed, outcome.State);
    }

    [Theory]
    [InlineData("5\r\nHello\r\n0\r\n\r\n")]
    [InlineData("05\r\nHello\r\n00000000\r\n\r\n")]
    [InlineData("1\r\nH\r\n3\r\nell\r\n1\r\no\r\n0\r\n\r\n")]
    [InlineData("5;name=value\r\nHello\r\n0;last\r\n\r\n")]
    [InlineData("5;a;b=\"c;\u00E9 d\"\r\nHello\r\n0\r\n\r\n")]
    [InlineData("5\r\nHello\r\n0\r\nTrailer: x\r\nAnother: y\r\n\r\n")]
    [InlineData("5\r\nHello\r\n0\r\n\r\nwhat follows is dropped")]
    public void Client_receives_chunked_body__reads_its_data(string body) =>
        Cuts.Expect(
            () => Client(), [.. Wire.Head("HTTP/1.1 403 Forbidden", "Transfer-Encoding: Chunked"), .. Wire.Latin1(body)],
            ConnectionState.Closed,
            new RejectConnection { StatusCode = 403, Headers = [("Transfer-Encoding", "Chunked")], HasBody = true },
            new RejectData(_hello));

    [Theory]
    [InlineData("0\r\n\r\n", "")]
    [InlineData("a\r\n0123456789\r\n0\r\n\r\n", "0123456789")]
    [InlineData("A\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n\r\n\r\n\r\n")]
    public void Client_receives_chunks_of_any_data__counts_their_size_in_hex(string body, string data) =>
        Assert.Equal([new RejectData(Wire.Ascii(data))], Chunked(body).Events.Skip(1));

    [Theory]
    [InlineData("\r\n")]
    [InlineData("G\r\n")]
    [InlineData("5h\r\nHello\r\n")]
    [InlineData("0x5\r\nHello\r\n")]
    [InlineData("-1\r\n")]
    [InlineData("+5\r\nHello\r\n")]
    [InlineData(" 5\r\nHello\r\n")]
    [InlineData("5 5\r\nHello\r\n")]
    [InlineData(";a=b\r\n")]
    [InlineData("100000000\r\n")]
    [InlineData("FFFFFFFFFFFFFFFF\r\n")]
    [InlineData("5\nHello\r\n")]
    [InlineData("5\r\r\nHello\r\n")]
    [InlineData("\n")]
    [InlineData("5;a=b\nHello\r\n")]
    [InlineData("5;a\rb\r\nHello\r\n")]
    [InlineData("5;a\0b\r\nHello\r\n")]
    [InlineData("5\0\r\nHello\r\n")]
    [Trait("Register", "S30")]
    public void Client_receives_malformed_chunk_size__fails(string body) => Malformed(body, data: null);

    [Theory]
    [InlineData("5\r\nHello!\r\n")]
    [InlineData("5\r\nHello\n")]
    [InlineData("5\r\nHello\r\r\n")]
    [InlineData("5\r\nHello0\r\n\r\n")]
    [InlineData("5\r\nHello\r\n\r\n")]
    [InlineData("5\r\nHello\r\n-0\r\n\r\n")]
    [InlineData("5\r\nHello\r\n0\r\nX: a\n\r\n")]
    [InlineData("5\r\nHello\r\n0\r\n\n")]
    [InlineData("5\r\nHello\r\n0\r\nX: a\0\r\n\r\n")]
    [InlineData("5\r\nHello\r\n0\r\nX: a\rb\r\n\r\n")]
    [Trait("Register", "S30")]
    public void Client_receives_malformed_chunk_after_the_first_data__fails_after_that_data(string body) => Malformed(body, _hello);

    [Theory]
    [InlineData("Transfer-Encoding: gzip")]
    [InlineData("Transfer-Encoding: gzip, chunked")]
    [InlineData("Transfer-Encoding: chunked, chunked")]
    [InlineData("Transfer-Encoding: identity")]
    [InlineData("Transfer-Encoding:")]
    [InlineData("Transfer-Encoding: xchunked")]
    [InlineData("Transfer-Encoding: chunked", "Transfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked", "Content-Length: 5")]
    [InlineData("Content-Length: 5", "Content-Length: 5")]
    [InlineData("Content-Length: 5", "Content-Length: 6")]
    [InlineData("Content-Length: 5, 5")]
    [InlineData("Content-Length: +5")]
    [InlineData("Content-Length: -1")]
    [InlineData("Content-Length: 0x5")]
    [InlineData("Content-Length: 5 5")]
    [InlineData("Content-Length: \u00B2")]
    [InlineData("Content-Length:")]
    [InlineData("Content-Length: 9223372036854775808")]
    [Trait("Register", "S30")]
    public void Client_receives_refusal_whose_body_has_no_one_length__fails(params string[] lines) =>
        ClientFails([.. Wire.Head(["HTTP/1.1 400 Bad Request", .. lines]), .. _hello], ProtocolError.MalformedRejectBody);

    [Theory]
    [InlineData("Content-Length: 5", "", null)]
    [InlineData("Content-Length: 5", "Hell", "Hell")]
    [InlineData("Transfer-Encoding: chunked", "", null)]
    [InlineData("Transfer-Encoding: chunked", "5", null)]
    [InlineData("Transfer-Encoding: chunked", "5\r\n", null)]
    [InlineData("Transfer-Encoding: chunked", "5\r\nHel", "Hel")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nHello", "Hello")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nHello\r", "Hello")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nHello\r\n", "Hello")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nHello\r\n0\r\n", "Hello")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nHello\r\n0\r\nX: y\r\n", "Hello")]
    public void Client_receives_the_end_of_the_stream_inside_a_body__fails_after_what_was_there(string header, string body, string? data)
    {
        ConnectionOutcome outcome =
            Cuts.Run(() => Client(), [.. Wire.Head("HTTP/1.1 400 Bad Request", header), .. Wire.Ascii(body)], endOfStream: true);
        EndsWith(outcome, ProtocolError.HandshakeIncomplete, data is null ? null : Wire.Ascii(data));
    }

    [Theory]
    [InlineData("Content-Length: 5", "Hello")]
    [InlineData("Transfer-Encoding: chunked", "2\r\nHe\r\n3\r\nllo\r\n0\r\n\r\n")]
    public void Client_receives_body_of_exactly_the_limit__reads_it(string header, string body)
    {
        ConnectionOutcome outcome = Cuts.Run(
            () => Client(options: new WsConnectionOptions { MaxRejectBodySize = 5 }),
            [.. Wire.Head("HTTP/1.1 400 Bad Request", header), .. Wire.Ascii(body)]);
        Assert.Equal([new RejectData(_hello)], outcome.Events.Skip(1));
        Assert.Equal(ConnectionState.Closed, outcome.State);
    }

    [Theory]
    [InlineData("Content-Length: 6", "Hello!")]
    [InlineData("Content-Length: 9223372036854775807", "Hello!")]
    [InlineData("Transfer-Encoding: chunked", "6\r\nHello!\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "ffffffff\r\nHello!")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nHello\r\n1\r\n!\r\n0\r\n\r\n")]
    [InlineData("Connection: close", "Hello!")]
    public void Client_receives_body_of_one_byte_more_than_the_limit__fails_after_what_fits(string header, string body)
    {
        ConnectionOutcome outcome = Cuts.Run(
            () => Client(options: new WsConnectionOptions { MaxRejectBodySize = 5 }),
            [.. Wire.Head("HTTP/1.1 400 Bad Request", header), .. Wire.Ascii(body)]);
        EndsWith(outcome, ProtocolError.RejectBodyTooLarge, _hello);
    }

    [Fact]
    public void Close_delimited_body_of_exactly_the_limit_is_read()
    {
        ConnectionOutcome outcome = Cuts.Run(
            () => Client(options: new WsConnectionOptions { MaxRejectBodySize = 5 }),
            [.. Wire.Head("HTTP/1.1 400 Bad Request"), .. _hello],
            endOfStream: true);
        Assert.Equal([new RejectData(_hello)], outcome.Events.Skip(1));
    }

    [Fact]
    public void By_default_a_body_has_64_KiB()
    {
        // Cut coarsely: each piece is an event of its own here, and the limit itself is tried at every cut above.
        byte[] body = Wire.Repeat((byte)'a', 64 * 1024);
        byte[] response = [.. Wire.Head("HTTP/1.1 400 Bad Request"), .. body];
        Assert.Equal([new RejectData(body)], Cuts.Feed(() => Client(), response.Chunk(4000), endOfStream: true).Events.Skip(1));
        byte[] longer = [.. response, 0];
        EndsWith(Cuts.Feed(() => Client(), [longer]), ProtocolError.RejectBodyTooLarge, body);
        EndsWith(Cuts.Feed(() => Client(), longer.Chunk(4000)), ProtocolError.RejectBodyTooLarge, body);
    }

    [Fact]
    public void Line_of_a_chunk_holds_to_the_limit_of_lines()
    {
        string extension = new('a', 118);
        var options = new WsConnectionOptions { MaxHeaderLineSize = 120 };
        Assert.Equal([new RejectData(_hello)], Chunked($"5;{extension}\r\nHello\r\n0\r\n\r\n", options).Events.Skip(1));
        EndsWith(Chunked($"5;a{extension}\r\nHello\r\n0\r\n\r\n", options), ProtocolError.MalformedRejectBody, data: null);
        Assert.Equal(
            [new RejectData(_hello)],
            Chunked($"5;{extension}\r\nHello\r\n0\r\n\r\n", options with { MaxHandshakeSize = 100 }).Events.Skip(1));
        Assert.Equal([new RejectData(_hello)], Chunked($"5\r\nHello\r\n0\r\nX: {extension[1..]}\r\n\r\n", options).Events.Skip(1));
        EndsWith(Chunked($"5\r\nHello\r\n0\r\nX: {extension}\r\n\r\n", options), ProtocolError.MalformedRejectBody, _hello);
    }

    [Fact]
    public void Trailers_hold_to_the_limit_of_a_head()
    {
        // 7 bytes for each line, and 2 for the empty one.
        string trailers = string.Concat(Enumerable.Repeat("X: ab\r\n", 12)) + "\r\n";
        Assert.Equal(86, trailers.Length);
        Assert.Equal(
            [new RejectData(_hello)],
            Chunked("5\r\nHello\r\n0\r\n" + trailers, new WsConnectionOptions { MaxHandshakeSize = 86 }).Events.Skip(1));
        EndsWith(
            Chunked("5\r\nHello\r\n0\r\n" + trailers, new WsConnectionOptions { MaxHandshakeSize = 85 }),
            ProtocolError.MalformedRejectBody,
            _hello);
    }

    [Fact]
    public void Client_that_was_refused_sends_nothing()
    {
        using WsConnection client = Client();
        client.Read(Wire.Head("HTTP/1.1 403 Forbidden"));
        Assert.Equal(ConnectionState.Rejecting, client.State);
        WsEvent[] all =
        [
            new Request("h", "/"), new RejectData(_hello), new RejectConnection(), new AcceptConnection(), new TextMessage("x"), new Ping(),
            new CloseConnection(CloseCode.NormalClosure),
        ];
        Assert.All(all, e => CannotSend<LocalProtocolException>(client, e));
    }

    [Theory]
    [InlineData("Content-Length: 5", "Hello")]
    [InlineData("Transfer-Encoding: chunked", "5\r\nHello\r\n0\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked", "x\r\n")]
    public void After_a_refusal_no_memory_is_kept(string header, string body)
    {
        var pool = new CountingPool();
        using WsConnection client = Client(options: WsConnectionOptions.Default with { Pool = pool });
        client.Read([.. Wire.Head("HTTP/1.1 400 Bad Request", header), .. Wire.Ascii(body), .. Wire.Repeat(0, 5000)]);
        Assert.Equal(ConnectionState.Closed, client.State);
        Assert.Empty(client.Read(Heads.Response()));
        Assert.Equal(0, pool.Outstanding);
    }

    private static ConnectionOutcome Chunked(string body, WsConnectionOptions? options = null) =>
        Cuts.Run(() => Client(options: options), [.. Wire.Head("HTTP/1.1 400 x", "Transfer-Encoding: chunked"), .. Wire.Latin1(body)]);

    private static void Malformed(string body, byte[]? data) => EndsWith(Chunked(body), ProtocolError.MalformedRejectBody, data);

    /// <summary>Wants a refusal, the data that could be read, and a failure.</summary>
    private static void EndsWith(ConnectionOutcome outcome, ProtocolError error, byte[]? data)
    {
        Assert.Equal(data is null ? 2 : 3, outcome.Events.Count);
        Assert.True(Assert.IsType<RejectConnection>(outcome.Events[0]).HasBody);
        if (data is not null)
            Assert.Equal(new RejectData(data, bodyFinished: false), outcome.Events[1]);
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(outcome.Events[^1]);
        Assert.Equal(error, failed.Error);
        Assert.Null(failed.Response);
        Assert.Equal(ConnectionState.Closed, outcome.State);
    }
}
