using System.Buffers;
using WsProto.Framing;

namespace WsProto.Tests;

/// <summary>The rules by which a connection lends its memory to the transport, and what it holds of the pool.</summary>
public class ReceivingTests
{
    private static readonly byte[] _ping = Wire.Hex("89 01 70");

    [Fact]
    public void Bytes_that_were_written_into_lent_memory_are_received_by_Advance()
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        Memory<byte> memory = client.ReceiveBuffer.GetMemory();
        Assert.NotEqual(0, memory.Length);
        _ping.CopyTo(memory);
        Assert.Empty(client.ReadAll());
        client.ReceiveBuffer.Advance(2);
        Assert.Empty(client.ReadAll());
        _ping.AsSpan(2).CopyTo(client.ReceiveBuffer.GetSpan());
        client.ReceiveBuffer.Advance(1);
        Assert.Equal([new Ping("p"u8.ToArray())], client.ReadAll());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5000)]
    [InlineData(100_000)]
    public void Memory_is_at_least_as_long_as_asked_for_and_never_empty(int sizeHint)
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        Assert.InRange(client.ReceiveBuffer.GetMemory(sizeHint).Length, Math.Max(1, sizeHint), int.MaxValue);
        Assert.InRange(client.ReceiveBuffer.GetSpan(sizeHint).Length, Math.Max(1, sizeHint), int.MaxValue);
    }

    [Fact]
    public void Memory_that_is_asked_for_twice_is_received_once()
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        client.Receive(Wire.Hex("01 01 61"));
        "xxx"u8.CopyTo(client.ReceiveBuffer.GetSpan(3));
        byte[] rest = Wire.Hex("80 01 62");
        rest.CopyTo(client.ReceiveBuffer.GetSpan(50_000));
        client.ReceiveBuffer.Advance(rest.Length);
        Assert.Equal([new TextMessage("ab")], client.ReadAll());
    }

    [Fact]
    public void Advance_beyond_what_was_lent_is_refused()
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        ReceiveBuffer buffer = client.ReceiveBuffer;
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(1));
        int length = buffer.GetMemory().Length;
        Assert.Equal(length, buffer.FreeCapacity);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(length + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.GetMemory(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.GetSpan(-1));
        buffer.Advance(0);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(1));
        Assert.Equal([new Ping("p"u8.ToArray())], client.Read(_ping));
    }

    [Fact]
    public void Read_that_was_cancelled_and_writes_late__harms_nothing()
    {
        var pool = new CountingPool();
        using WsConnection client = WsConnection.Established(ConnectionRole.Client, options: new WsConnectionOptions { Pool = pool });
        client.Receive(Wire.Hex("01 02 61"));
        Memory<byte> lent = client.ReceiveBuffer.GetMemory();
        client.Receive(Wire.Hex("62 80 01"));
        lent.Span.Fill((byte)'X');
        client.Receive("c"u8);
        Assert.Equal([new TextMessage("abc")], client.ReadAll());
        Assert.Equal((byte)'X', lent.Span[0]);
    }

    [Fact]
    public void Memory_that_is_lent_does_not_go_back_to_the_pool()
    {
        var pool = new CountingPool();
        using WsConnection client = WsConnection.Established(ConnectionRole.Client, options: new WsConnectionOptions { Pool = pool });
        Memory<byte> first = client.ReceiveBuffer.GetMemory();
        Assert.Empty(client.ReadAll());
        Assert.Equal((1, 0), (pool.Rented, pool.Returned));
        Memory<byte> second = client.ReceiveBuffer.GetMemory(first.Length + 1);
        Assert.Equal((2, 0), (pool.Rented, pool.Returned));
        client.Dispose();
        Assert.Equal(0, pool.Returned);
        Assert.Equal((0xCC, 0xCC), (first.Span[0], second.Span[0]));
    }

    [Fact]
    [Trait("Register", "S52")]
    public void Memory_goes_back_after_a_read_that_ended_with_nothing()
    {
        var pool = new CountingPool();
        using WsConnection client = WsConnection.Established(ConnectionRole.Client, options: new WsConnectionOptions { Pool = pool });
        client.ReceiveBuffer.GetMemory();
        client.ReceiveBuffer.Advance(0);
        Assert.Empty(client.ReadAll());
        Assert.Equal((1, 1), (pool.Rented, pool.Returned));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Idle_connection_holds_no_memory(ConnectionRole role)
    {
        var pool = new CountingPool();
        using WsConnection connection = Situations.Create(role, Situation.RequestPassed, new WsConnectionOptions { Pool = pool });
        if (role == ConnectionRole.Server)
            connection.Send(new AcceptConnection());
        else
            Assert.Single(connection.Read(Heads.Response()));
        Assert.Equal((ConnectionState.Open, 0), (connection.State, pool.Outstanding));
        foreach (byte[] frame in new[] { Wire.FrameFor(role, Opcode.Text, new byte[10_000]), Wire.FrameFor(role, Opcode.Ping, []) })
        {
            Assert.Empty(connection.Read(frame[..1]));
            Assert.Equal(1, pool.Outstanding);
            Assert.Single(connection.Read(frame[1..]));
            Assert.Equal(0, pool.Outstanding);
        }
    }

    [Fact]
    [Trait("Register", "S10")]
    public void Message_that_never_ends_pins_no_more_than_a_small_multiple_of_its_limit()
    {
        const int Limit = 64 * 1024;
        var pool = new CountingPool();
        using WsConnection server = WsConnection.Established(
            ConnectionRole.Server,
            options: new WsConnectionOptions { Pool = pool, MaxMessageSize = Limit, MaxFragmentCount = null });
        server.Receive(Wire.FrameFor(ConnectionRole.Server, Opcode.Binary, [1], fin: false));
        for (int sent = 1; sent < Limit; sent += 255)
            Assert.Empty(server.Read(Wire.FrameFor(ConnectionRole.Server, Opcode.Continuation, new byte[255], fin: false)));
        Assert.Equal((1, ConnectionState.Open), (pool.Outstanding, server.State));
        Assert.InRange(pool.Peak, Limit, 3 * Limit);
        CloseConnection close = Assert.IsType<CloseConnection>(
            Assert.Single(server.Read(Wire.FrameFor(ConnectionRole.Server, Opcode.Continuation, [1]))));
        Assert.Equal((ProtocolError.MessageTooBig, 0), (close.Error, pool.Outstanding));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S10")]
    public void Empty_fragments_count(ConnectionRole role)
    {
        var options = new WsConnectionOptions { MaxFragmentCount = 3 };
        byte[] open = Wire.FrameFor(role, Opcode.Text, [], fin: false);
        byte[] next = Wire.FrameFor(role, Opcode.Continuation, [], fin: false);
        byte[] last = Wire.FrameFor(role, Opcode.Continuation, []);
        Cuts.Expect(
            () => WsConnection.Established(role, options: options),
            [.. open, .. next, .. last, .. open, .. next, .. last],
            ConnectionState.Open,
            new TextMessage(""),
            new TextMessage(""));
        ConnectionOutcome outcome = Cuts.Run(() => WsConnection.Established(role, options: options), [.. open, .. next, .. next, .. last]);
        CloseConnection close = Assert.IsType<CloseConnection>(Assert.Single(outcome.Events));
        Assert.Equal((CloseCode.PolicyViolation, ProtocolError.TooManyFragments), (close.Code, close.Error));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S37")]
    public void Flood_of_Pongs_keeps_nothing(ConnectionRole role)
    {
        var pool = new CountingPool();
        using WsConnection connection = WsConnection.Established(role, options: new WsConnectionOptions { Pool = pool });
        byte[] flood = Wire.Concat(Enumerable.Repeat(Wire.FrameFor(role, Opcode.Pong, new byte[125]), 20));
        for (int i = 0; i < 500; i++)
        {
            Assert.Equal(20, connection.Read(flood).Count);
            Assert.Equal(0, pool.Outstanding);
        }

        Assert.InRange(pool.Peak, 1, 8192);
        connection.Dispose();
        Assert.Equal(pool.Rented, pool.Returned);
    }
}
