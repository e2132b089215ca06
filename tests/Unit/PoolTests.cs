using WsProto.Extensions;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests;

/// <summary>What is rented is returned, whatever the ending.</summary>
public class PoolTests
{
    public static TheoryData<ConnectionRole, bool> RolesWithAndWithoutExtensions => new()
    {
        { ConnectionRole.Client, false }, { ConnectionRole.Client, true }, { ConnectionRole.Server, false },
        { ConnectionRole.Server, true },
    };

    [Theory]
    [MemberData(nameof(RolesWithAndWithoutExtensions))]
    [Trait("Register", "S52")]
    [Trait("Register", "C16")]
    [Trait("MUST", "7.1.7-3")]
    public void Connection_that_has_ended_holds_nothing_even_before_it_is_disposed_of(ConnectionRole role, bool withExtensions)
    {
        byte[] close = Situations.CloseFrameFor(role);
        byte[] bad = Situations.BadFrameFor(role);
        byte[] tooBig = Wire.FrameFor(role, Opcode.Binary, new byte[200]);
        byte[] half = Wire.FrameFor(role, Opcode.Binary, new byte[50])[..20];
        (string Name, Action<WsConnection> End)[] endings =
        [
            ("the peer closes", c => { c.Read([.. close, .. half]); c.Send(Situations.Close); }),
            ("we close", c => { c.Send(Situations.Close); c.Read([.. close, .. half]); }),
            ("both close", c => { c.Receive([.. close, .. half]); c.Send(Situations.Close); c.ReadAll(); }),
            ("the peer closes and we never answer", c => c.Read([.. close, .. half])),
            ("violation", c => c.Read([.. bad, .. half])),
            ("violation in LocalClosing", c => { c.Send(Situations.Close); c.Read([.. bad, .. half]); }),
            ("limit", c => c.Read(tooBig)),
            ("end of the stream", c => { c.ReceiveEndOfStream(); c.ReadAll(); }),
            ("end of the stream inside a frame", c => { c.Read(half); c.ReceiveEndOfStream(); c.ReadAll(); }),
            ("end of the stream after Close", c => { c.Receive(close); c.ReceiveEndOfStream(); c.ReadAll(); }),
            ("disposal", c => { c.Receive(half); c.Dispose(); }),
        ];
        foreach ((string name, Action<WsConnection> end) in endings)
        {
            var pool = new CountingPool();
            ExtensionCodec[] extensions = withExtensions ? [new FlipCodec(), new TagCodec()] : [];
            using WsConnection connection =
                WsConnection.Established(role, extensions, new WsConnectionOptions { Pool = pool, MaxMessageSize = 100 });
            connection.Send(new TextMessage("é"));
            connection.Send(new BytesMessage(new byte[10]));
            byte[] fragment = Wire.FrameFor(role, Opcode.Continuation, [0, 0, 0, (byte)'#'], fin: false);
            Assert.Empty(connection.Read([.. Wire.FrameFor(role, Opcode.Binary, "a#"u8.ToArray(), fin: false), .. fragment[..^2]]));
            Assert.NotEqual(0, pool.Outstanding);
            connection.Receive(fragment.AsSpan()[^2..]);
            end(connection);
            Assert.True(pool.Outstanding == 0, $"{name}: {pool.Outstanding} arrays are out");
            connection.Dispose();
            Assert.Equal((pool.Rented, 0), (pool.Returned, pool.Outstanding));
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S52")]
    public void Connection_holds_nothing_from_the_moment_that_its_last_event_is_read(ConnectionRole role)
    {
        foreach (byte[] last in new[] { Situations.CloseFrameFor(role), Situations.BadFrameFor(role), [] })
        {
            var pool = new CountingPool();
            using WsConnection connection = WsConnection.Established(role, options: new WsConnectionOptions { Pool = pool });
            connection.Send(new Ping());
            connection.Receive([.. last, .. Wire.FrameFor(role, Opcode.Binary, new byte[50])[..20]]);
            connection.ReceiveEndOfStream();
            Assert.True(connection.TryReadEvent(out WsEvent? e));
            Assert.IsType<CloseConnection>(e);
            Assert.Equal((pool.Rented, 0), (pool.Returned, pool.Outstanding));
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S52")]
    public void Disposal_returns_everything_in_every_situation(ConnectionRole role)
    {
        foreach (Situation situation in Enum.GetValues<Situation>())
        {
            var pool = new CountingPool();
            WsConnection connection = Situations.Create(role, situation, new WsConnectionOptions { Pool = pool });
            connection.Receive([0x47]);
            connection.Dispose();
            Assert.Equal((pool.Rented, 0), (pool.Returned, pool.Outstanding));
            connection.Receive([0x47]);
            connection.Dispose();
            Assert.Equal((pool.Rented, 0), (pool.Returned, pool.Outstanding));
        }
    }

    [Fact]
    [Trait("Register", "S52")]
    public void Handshake_that_has_failed_or_was_refused_holds_nothing()
    {
        (ConnectionRole Role, byte[] Input, bool EndOfStream)[] inputs =
        [
            (ConnectionRole.Server, [.. Heads.Request("Host", null), .. new byte[50]], false),
            (ConnectionRole.Server, Heads.Request()[..50], true),
            (ConnectionRole.Client, [.. Heads.Response("Upgrade", null), .. new byte[50]], false),
            (ConnectionRole.Client, Heads.Response()[..50], true),
            (ConnectionRole.Client, [.. Wire.Head("HTTP/1.1 400 ", "Content-Length: 0"), .. new byte[50]], false),
            (ConnectionRole.Client, [.. Wire.Head("HTTP/1.1 400 ", "Content-Length: 5"), .. new byte[50]], false),
            (ConnectionRole.Client, [.. Wire.Head("HTTP/1.1 400 ", "Content-Length: 5"), .. new byte[2]], true),
            (ConnectionRole.Client, [.. Wire.Head("HTTP/1.1 400 ", "Transfer-Encoding: chunked"), .. Wire.Ascii("x\r\n0\r\n\r\n")], false),
        ];
        foreach ((ConnectionRole role, byte[] input, bool endOfStream) in inputs)
        {
            var pool = new CountingPool();
            using WsConnection connection = Situations.Create(
                role,
                role == ConnectionRole.Server ? Situation.Connecting : Situation.RequestPassed,
                new WsConnectionOptions { Pool = pool });
            connection.Receive(input);
            if (endOfStream)
                connection.ReceiveEndOfStream();
            Assert.NotEmpty(connection.ReadAll());
            Assert.Equal((pool.Rented, 0), (pool.Returned, pool.Outstanding));
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 101 Switching Protocols", "Upgrade: h2c")]
    [InlineData("HTTP/1.1 400 ", "Content-Length: 0")]
    [InlineData("HTTP/1.1 400 ", "Content-Length: 5")]
    public void Client_that_was_refused_holds_nothing_from_the_moment_that_its_last_event_is_read(string line, string header)
    {
        var pool = new CountingPool();
        using WsConnection client =
            Situations.Create(ConnectionRole.Client, Situation.RequestPassed, new WsConnectionOptions { Pool = pool });
        client.Receive([.. Wire.Head(line, header), .. new byte[50]]);
        while (client.State != ConnectionState.Closed)
            Assert.True(client.TryReadEvent(out _));
        Assert.Equal((pool.Rented, 0), (pool.Returned, pool.Outstanding));
    }

    [Fact]
    public void Client_lets_go_of_its_keys_when_asked()
    {
        var pool = new CountingPool();
        using WsConnection client = WsConnection.Established(ConnectionRole.Client, options: new WsConnectionOptions { Pool = pool });
        client.Send(new Ping());
        Assert.Equal(1, pool.Outstanding);
        client.ReleaseIdleMemory();
        Assert.Equal((0, 1), (pool.Outstanding, pool.Cleared));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Register", "S52")]
    public void Server_refuses_a_request_with_frames_behind_it__holds_nothing_once_it_has_read_on(bool hasBody)
    {
        var pool = new CountingPool();
        using WsConnection server = new(ConnectionRole.Server, new WsConnectionOptions { Pool = pool });
        Assert.Single(server.Read([.. Heads.Request(), .. new byte[50]]));
        server.Send(new RejectConnection { HasBody = hasBody });
        server.Receive(new byte[50]);
        Assert.Empty(server.ReadAll());
        Assert.Equal((pool.Rented, 0), (pool.Returned, pool.Outstanding));
    }

    [Fact]
    public void Text_that_cannot_be_sent_through_an_extension_leaks_nothing()
    {
        var pool = new CountingPool();
        using WsConnection server =
            WsConnection.Established(ConnectionRole.Server, [new TagCodec()], new WsConnectionOptions { Pool = pool });
        Assert.ThrowsAny<ArgumentException>(() => server.SendText(['a', (char)0xD800], new System.Buffers.ArrayBufferWriter<byte>()));
        server.Send(Situations.Close);
        Assert.Throws<LocalProtocolException>(() => server.Send(new TextMessage("a")));
        Assert.Throws<LocalProtocolException>(() => server.Send(new BytesMessage(default)));
        Assert.Equal((pool.Rented, 0), (pool.Returned, pool.Outstanding));
    }

    [Fact]
    [Trait("Register", "S38")]
    public void Pooled_memory_never_reaches_the_output_beyond_what_was_written()
    {
        var pool = new CountingPool();
        using WsConnection server =
            WsConnection.Established(ConnectionRole.Server, [new TagCodec()], new WsConnectionOptions { Pool = pool });
        Assert.Equal(Wire.Hex("81 02 61 23"), server.Send(new TextMessage("a")));
        Assert.Equal(Wire.Hex("82 01 23"), server.Send(new BytesMessage(default)));
        Assert.Equal(Wire.Hex("89 00"), server.Send(new Ping()));
        Assert.Equal(Wire.Hex("88 04 03E8 6f6b"), server.Send(new CloseConnection(CloseCode.NormalClosure, "ok")));
    }

    [Fact]
    public void Bytes_received_after_a_refusal_was_sent_are_not_kept()
    {
        var pool = new CountingPool();
        using WsConnection server = new(ConnectionRole.Server, new WsConnectionOptions { Pool = pool });
        server.Receive([.. Heads.Request(), 0x81, 0x00]);
        Assert.IsType<Request>(Assert.Single(server.ReadAll()));
        server.Send(new RejectConnection());
        server.Receive(new byte[1 << 20]);
        Assert.Equal((ConnectionState.Closed, 0), (server.State, pool.Outstanding));
    }

    [Fact]
    public void Memory_that_the_peer_took_back_may_still_be_advanced_over()
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        client.Receive(Wire.Hex("83 00"));
        client.ReceiveBuffer.GetMemory();
        Assert.IsType<CloseConnection>(Assert.Single(client.ReadAll()));
        client.ReceiveBuffer.Advance(10);
        Assert.Empty(client.ReadAll());
    }
}
