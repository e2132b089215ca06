using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>The refusals that a server sends.</summary>
[Trait("RFC", "6455 §4.2.2, 9112 §6")]
public class RejectionTests
{
    private static readonly byte[] _hello = "Hello"u8.ToArray();

    [Fact]
    [Trait("wsproto", "test_server.py::test_handshake_rejection")]
    public void Server_refuses__writes_status_phrase_and_no_body()
    {
        using WsConnection server = Asked();
        Assert.Equal(
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"u8.ToArray(),
            server.Send(new RejectConnection()));
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Fact]
    [Trait("wsproto", "test_server.py::test_handshake_rejection_with_body")]
    public void Server_refuses_with_body_of_known_length__writes_it_as_it_is()
    {
        using WsConnection server = Asked();
        var reject = new RejectConnection { StatusCode = 400, Headers = [("content-length", "5")], HasBody = true };
        Assert.Equal("HTTP/1.1 400 Bad Request\r\ncontent-length: 5\r\nConnection: close\r\n\r\n"u8.ToArray(), server.Send(reject));
        Assert.Equal(ConnectionState.Rejecting, server.State);
        Assert.Equal("He"u8.ToArray(), server.Send(new RejectData("He"u8.ToArray(), bodyFinished: false)));
        Assert.Empty(server.Send(new RejectData(ReadOnlyMemory<byte>.Empty, bodyFinished: false)));
        Assert.Equal(ConnectionState.Rejecting, server.State);
        Assert.Equal("llo"u8.ToArray(), server.Send(new RejectData("llo"u8.ToArray())));
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Fact]
    public void Server_refuses_with_body_of_unknown_length__writes_it_in_chunks()
    {
        using WsConnection server = Asked();
        Assert.Equal(
            "HTTP/1.1 403 Forbidden\r\nX: y\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"u8.ToArray(),
            server.Send(new RejectConnection { StatusCode = 403, Headers = [("X", "y")], HasBody = true }));
        Assert.Equal(
            "1a\r\nabcdefghijklmnopqrstuvwxyz\r\n"u8.ToArray(),
            server.Send(new RejectData("abcdefghijklmnopqrstuvwxyz"u8.ToArray(), bodyFinished: false)));
        Assert.Empty(server.Send(new RejectData(ReadOnlyMemory<byte>.Empty, bodyFinished: false)));
        Assert.Equal("5\r\nHello\r\n0\r\n\r\n"u8.ToArray(), server.Send(new RejectData(_hello)));
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Fact]
    public void Server_ends_a_chunked_body_without_data__writes_the_last_chunk_alone()
    {
        using WsConnection server = Asked();
        server.Send(new RejectConnection { HasBody = true });
        Assert.Equal("0\r\n\r\n"u8.ToArray(), server.Send(new RejectData(ReadOnlyMemory<byte>.Empty)));
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Fact]
    [Trait("Register", "B18")]
    public void Server_that_could_not_read_the_request_refuses_with_body__ends_it_with_the_transport()
    {
        using WsConnection server = Server();
        Assert.IsType<HandshakeFailed>(Assert.Single(server.Read(Wire.Head("nonsense"))));
        Assert.Equal(
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"u8.ToArray(),
            server.Send(new RejectConnection { HasBody = true }));
        Assert.Equal("Hel"u8.ToArray(), server.Send(new RejectData("Hel"u8.ToArray(), bodyFinished: false)));
        Assert.Equal("lo"u8.ToArray(), server.Send(new RejectData("lo"u8.ToArray())));
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Fact]
    public void Server_refuses_before_any_request__writes_the_answer_and_reads_no_request_any_more()
    {
        using WsConnection server = Server();
        Assert.True(server.CanSend(new RejectConnection()));
        Assert.Equal(
            ["HTTP/1.1 503 Service Unavailable", "Retry-After: 5", "Connection: close", "Content-Length: 0"],
            Lines(server.Send(new RejectConnection { StatusCode = 503, Headers = [("Retry-After", "5")] })));
        Assert.Empty(server.Read(Heads.Request()));
    }

    [Fact]
    [Trait("MUST", "4.2.2-5")]
    [Trait("MUST", "4.4-1")]
    [Trait("Register", "S05")]
    public void Server_sends_the_response_of_a_failure__writes_it_complete()
    {
        using WsConnection server = Server();
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(server.Read(Heads.Request("Sec-WebSocket-Version", "12"))));
        Assert.Equal(
            [
                .. "HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n"u8,
                .. "Sec-WebSocket-Version: 13\r\nContent-Length: 0\r\n\r\n"u8,
            ],
            server.Send(failed.Response!));
        CannotSend<LocalProtocolException>(server, new AcceptConnection());
    }

    [Theory]
    [InlineData(200, "OK")]
    [InlineData(301, "Moved Permanently")]
    [InlineData(302, "Found")]
    [InlineData(303, "See Other")]
    [InlineData(307, "Temporary Redirect")]
    [InlineData(308, "Permanent Redirect")]
    [InlineData(400, "Bad Request")]
    [InlineData(401, "Unauthorized")]
    [InlineData(403, "Forbidden")]
    [InlineData(404, "Not Found")]
    [InlineData(405, "Method Not Allowed")]
    [InlineData(408, "Request Timeout")]
    [InlineData(410, "Gone")]
    [InlineData(414, "URI Too Long")]
    [InlineData(421, "Misdirected Request")]
    [InlineData(426, "Upgrade Required")]
    [InlineData(429, "Too Many Requests")]
    [InlineData(431, "Request Header Fields Too Large")]
    [InlineData(500, "Internal Server Error")]
    [InlineData(502, "Bad Gateway")]
    [InlineData(503, "Service Unavailable")]
    [InlineData(504, "Gateway Timeout")]
    [InlineData(505, "HTTP Version Not Supported")]
    [InlineData(418, "")]
    [InlineData(599, "")]
    public void Each_status_has_its_phrase(int status, string phrase) =>
        Assert.Equal(
            [$"HTTP/1.1 {status} {phrase}", "Connection: close", "Content-Length: 0"],
            Lines(Asked().Send(new RejectConnection { StatusCode = status })));

    [Theory]
    [InlineData(204, "No Content")]
    [InlineData(304, "")]
    [Trait("Register", "B18")]
    public void Status_without_body_gets_no_length_and_can_have_no_body(int status, string phrase)
    {
        using WsConnection server = Asked();
        CannotSend<ArgumentException>(server, new RejectConnection { StatusCode = status, HasBody = true });
        CannotSend<ArgumentException>(
            server,
            new RejectConnection { StatusCode = status, HasBody = true, Headers = [("Content-Length", "5")] });
        Assert.Equal(
            [$"HTTP/1.1 {status} {phrase}", "Connection: close"],
            Lines(server.Send(new RejectConnection { StatusCode = status })));
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    /// <summary>205 has no body either, but only 1xx, 204 and 304 end with their head (RFC 9112 §6.3).</summary>
    [Fact]
    public void Status_205_says_that_it_is_empty_and_can_have_no_body()
    {
        using WsConnection server = Asked();
        CannotSend<ArgumentException>(server, new RejectConnection { StatusCode = 205, HasBody = true });
        Assert.Equal(
            ["HTTP/1.1 205 ", "Connection: close", "Content-Length: 0"],
            Lines(server.Send(new RejectConnection { StatusCode = 205 })));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-400)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(199)]
    [InlineData(600)]
    [InlineData(4000)]
    [Trait("Register", "B9")]
    public void Status_outside_200_to_599_cannot_be_sent(int status) =>
        CannotSend<ArgumentOutOfRangeException>(Asked(), new RejectConnection { StatusCode = status });

    [Theory]
    [InlineData("5", "5")]
    [InlineData("-1")]
    [InlineData("+5")]
    [InlineData(" 5")]
    [InlineData("5, 5")]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("9223372036854775808")]
    [Trait("Register", "B9")]
    [Trait("Register", "B18")]
    public void Length_that_is_no_number_or_stands_there_twice_cannot_be_sent(params string[] lengths)
    {
        var reject =
            new RejectConnection { HasBody = true, Headers = [.. lengths.Select(length => new HeaderField("Content-Length", length))] };
        CannotSend<ArgumentException>(Asked(), reject);
        CannotSend<ArgumentException>(Asked(), reject with { HasBody = false });
    }

    [Fact]
    [Trait("Register", "B18")]
    public void Length_of_a_body_that_there_is_not_has_to_be_0()
    {
        using WsConnection server = Asked();
        CannotSend<ArgumentException>(server, new RejectConnection { Headers = [("Content-Length", "5")] });
        Assert.Equal(
            ["HTTP/1.1 400 Bad Request", "Content-Length: 0", "Connection: close"],
            Lines(server.Send(new RejectConnection { Headers = [("Content-Length", "0")] })));
    }

    [Fact]
    public void Connection_header_of_the_caller_is_kept_and_the_transfer_coding_is_not_the_callers()
    {
        CannotSend<ArgumentException>(Asked(), new RejectConnection { HasBody = true, Headers = [("transfer-encoding", "chunked")] });
        Assert.Equal(
            ["HTTP/1.1 400 Bad Request", "connection: Close", "Content-Length: 0"],
            Lines(Asked().Send(new RejectConnection { Headers = [("connection", "Close")] })));
    }

    [Theory]
    [InlineData("Hello!", true)]
    [InlineData("Hello!", false)]
    [InlineData("Hell", true)]
    [InlineData("", true)]
    [Trait("Register", "B9")]
    public void Body_of_another_length_than_announced_cannot_be_sent(string text, bool finished)
    {
        using WsConnection server = Asked();
        server.Send(new RejectConnection { Headers = [("Content-Length", "5")], HasBody = true });
        CannotSend<LocalProtocolException>(server, new RejectData(Wire.Ascii(text), finished));
        Assert.Equal(_hello, server.Send(new RejectData(_hello)));
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Fact]
    [Trait("Register", "B9")]
    public void Nothing_is_sent_after_a_refusal_or_within_its_body()
    {
        using WsConnection server = Asked();
        CannotSend<LocalProtocolException>(server, new RejectData(_hello));
        server.Send(new RejectConnection { HasBody = true });
        WsEvent[] others =
        [
            new AcceptConnection(), new RejectConnection(), new Request("h", "/"), new TextMessage("x"), new BytesMessage(_hello),
            new Ping(), new Pong(), new CloseConnection(CloseCode.NormalClosure),
        ];
        foreach (WsEvent e in others)
        {
            Assert.False(server.CanSend(e));
            CannotSend<LocalProtocolException>(server, e);
        }

        server.Send(new RejectData(_hello));
        foreach (WsEvent e in others.Append(new RejectData(_hello)))
        {
            Assert.False(server.CanSend(e));
            CannotSend<LocalProtocolException>(server, e);
        }
    }

    [Fact]
    public void What_comes_while_a_refusal_is_sent_is_dropped()
    {
        var pool = new CountingPool();
        using WsConnection server = Server(WsConnectionOptions.Default with { Pool = pool });
        server.Read(Heads.Request());
        server.Send(new RejectConnection { HasBody = true });
        Assert.Empty(server.Read([.. FrameFor(ConnectionRole.Server), .. Heads.Request()]));
        Assert.Equal(0, pool.Outstanding);
        server.ReceiveEndOfStream();
        Assert.Empty(server.ReadAll());
        Assert.Equal(ConnectionState.Rejecting, server.State);
        server.Send(new RejectData(_hello));
        Assert.Equal(ConnectionState.Closed, server.State);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Client_reads_what_a_server_refuses_with(bool lengthKnown)
    {
        var reject = new RejectConnection
        {
            StatusCode = 403,
            HasBody = true,
            Headers = lengthKnown ? [("Content-Length", "5"), ("X", "é")] : [("X", "é")],
        };
        using WsConnection server = Asked();
        byte[] response =
        [
            .. server.Send(reject),
            .. server.Send(new RejectData("He"u8.ToArray(), bodyFinished: false)),
            .. server.Send(new RejectData("llo"u8.ToArray())),
        ];
        ConnectionOutcome outcome = Cuts.Run(() => Client(), response);
        RejectConnection read = Assert.IsType<RejectConnection>(outcome.Events[0]);
        Assert.Equal((403, true, "é"), (read.StatusCode, read.HasBody, read.Headers["x"]));
        Assert.Equal([new RejectData(_hello)], outcome.Events.Skip(1));
        Assert.Equal(ConnectionState.Closed, outcome.State);
    }
}
