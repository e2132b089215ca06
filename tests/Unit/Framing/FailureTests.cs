using System.Buffers;

namespace WsProto.Tests.Framing;

/// <summary>A connection that has failed says so once, reads nothing more, keeps nothing, and can be closed like any other.</summary>
[Trait("RFC", "6455 §7.1.7")]
public class FailureTests
{
    [Theory]
    [BothRoles]
    [Trait("MUST", "7.1.7-3")]
    [Trait("Register", "C16")]
    public void Both_receive_a_MiB_after_a_bad_frame__say_nothing_and_hold_nothing(ConnectionRole role)
    {
        var pool = new CountingPool();
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        byte[] good = Wire.FrameFor(role, Opcode.Text, Wire.Repeat((byte)'x', 1024));
        Ends.AssertFailure(connection.Read([.. Wire.FrameFor(role, (Opcode)3, []), .. good]), ProtocolError.ReservedOpcode);
        Assert.Equal(0, pool.Outstanding);
        int rented = pool.Rented;
        for (int i = 0; i < 1024; i++)
            connection.Receive(good);
        connection.Receive(Segment.Sequence(good, 100));
        Assert.Empty(connection.Read(Wire.CloseFor(role, 1000)));
        Assert.Equal(ConnectionState.RemoteClosing, connection.State);
        Assert.Equal((rented, 0), (pool.Rented, pool.Outstanding));
        connection.ReceiveEndOfStream();
        Assert.Empty(connection.ReadAll());
        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    [Theory]
    [BothRoles]
    [Trait("Register", "B6")]
    public void Both_fail_while_open__the_answer_is_one_close_with_the_code_and_then_all_is_over(ConnectionRole role)
    {
        (byte[] Input, int Code)[] cases =
        [
            (Wire.FrameFor(role, Opcode.Ping, [], fin: false), 1002),
            (Wire.FrameFor(role, Opcode.Text, [0xFF]), 1007),
            ([.. Wire.FrameFor(role, Opcode.Text, [], fin: false), .. Wire.FrameFor(role, Opcode.Continuation, [])], 1008),
            (Wire.FrameFor(role, Opcode.Binary, new byte[11]), 1009),
        ];
        foreach ((byte[] input, int code) in cases)
        {
            using WsConnection connection = Ends.Open(role, new WsConnectionOptions { MaxFragmentCount = 1, MaxFrameSize = 10 });
            var close = Assert.IsType<CloseConnection>(Assert.Single(connection.Read(input)));
            Assert.Equal((code, ConnectionState.RemoteClosing), ((int)close.Code, connection.State));
            Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendText("more", output));
            Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendPing([], output));
            WireFrame answer = WireFrame.Only(connection.Send(close.Response()));
            Assert.Equal(Opcode.Close, answer.Opcode);
            Assert.Equal([(byte)(code >> 8), (byte)code], answer.Payload[..2]);
            Assert.Equal(close.Reason, System.Text.Encoding.UTF8.GetString(answer.Payload[2..]));
            Assert.Equal(ConnectionState.Closed, connection.State);
            Ends.AssertRefused<LocalProtocolException>(connection, output => connection.Send(close.Response(), output));
            Assert.Empty(connection.Read(Wire.CloseFor(role, 1000)));
        }
    }

    [Theory]
    [BothRoles]
    [Trait("Register", "B6")]
    public void Both_fail_after_their_own_close__are_closed_at_once(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        connection.Send(new CloseConnection(CloseCode.NormalClosure));
        IReadOnlyList<WsEvent> events = connection.Read(Wire.FrameFor(role, (Opcode)0xF, []));
        Ends.AssertFailure(events, ProtocolError.ReservedOpcode);
        Assert.Equal(ConnectionState.Closed, connection.State);
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.Send(((CloseConnection)events[0]).Response(), output));
        Assert.Empty(connection.Read(Wire.CloseFor(role, 1000)));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "7.1.7-3")]
    public void Both_receive_good_frames_before_the_bad_one__deliver_those(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, Wire.Utf8("good")),
            Wire.FrameFor(role, Opcode.Ping, []),
            Wire.FrameFor(role, Opcode.Continuation, []));
        Ends.ExpectFailure(
            role, input, ProtocolError.UnexpectedContinuation, CloseCode.ProtocolError, null, new TextMessage("good"), new Ping());
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "7.1.7-3")]
    public void Both_fail_inside_a_message__its_beginning_is_not_kept(ConnectionRole role)
    {
        var pool = new CountingPool();
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        Assert.Empty(connection.Read(Wire.FrameFor(role, Opcode.Binary, new byte[50_000], fin: false)));
        Assert.Equal(1, pool.Outstanding);
        Ends.AssertFailure(connection.Read(Wire.FrameFor(role, Opcode.Binary, [])), ProtocolError.ContinuationExpected);
        Assert.Equal(0, pool.Outstanding);
    }

    [Theory]
    [BothRoles]
    [Trait("Register", "S50")]
    public void Both_are_disposed_inside_an_event__reading_ends_and_nothing_is_kept(ConnectionRole role)
    {
        var pool = new CountingPool();
        WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        connection.Receive(Wire.Concat("abc".Select(letter => Wire.FrameFor(role, Opcode.Text, [(byte)letter]))));
        var events = new List<WsEvent>();
        foreach (WsEvent e in connection.ReadEvents())
        {
            events.Add(e);
            connection.Dispose();
        }

        Assert.Equal([new TextMessage("a")], events);
        Assert.Equal((ConnectionState.Closed, 0), (connection.State, pool.Outstanding));
        Assert.Empty(connection.Read(Wire.CloseFor(role, 1000)));
        Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendText("a", output));
        connection.Dispose();
        Assert.Equal(pool.Rented, pool.Returned);
    }

    [Theory]
    [BothRoles]
    public void Both_are_idle__hold_no_memory(ConnectionRole role)
    {
        var pool = new CountingPool();
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        foreach (byte[] input in new[]
        {
            Wire.FrameFor(role, Opcode.Text, Wire.Utf8("a")),
            Wire.FrameFor(role, Opcode.Binary, new byte[100_000]),
            Wire.FrameFor(role, Opcode.Ping, []),
        })
        {
            Assert.Single(connection.Read(input));
            Assert.Equal(0, pool.Outstanding);
        }

        Assert.Equal(pool.Rented, pool.Returned);
    }

    /// <summary>
    /// Random bytes have no shape that a cut could spoil beyond what all other tests cut, so each input runs whole and in random pieces.
    /// </summary>
    [Theory]
    [BothRoles(MessageDelivery.Whole, true)]
    [BothRoles(MessageDelivery.Whole, false)]
    [BothRoles(MessageDelivery.Chunks, true)]
    [BothRoles(MessageDelivery.Chunks, false)]
    [Trait("MUST", "10.7-1")]
    [Trait("Register", "S50")]
    public void Both_receive_arbitrary_bytes__nothing_throws_and_there_is_at_most_one_close(
        ConnectionRole role, MessageDelivery delivery, bool limited)
    {
        var random = new Random(6455);
        var pool = new CountingPool();
        WsConnectionOptions options = limited
            ? new WsConnectionOptions { MessageDelivery = delivery, Pool = pool, MaxMessageSize = 50, MaxFragmentCount = 2 }
            : new WsConnectionOptions { MessageDelivery = delivery, Pool = pool, MaxMessageSize = null, MaxFragmentCount = null };
        for (int run = 0; run < 2000; run++)
        {
            byte[] input = Arbitrary(random, role);
            int cut = random.Next(input.Length + 1);
            using (WsConnection connection = Ends.Open(role, options))
            {
                List<WsEvent> events = [.. connection.Read(input[..cut]), .. connection.Read(input[cut..])];
                connection.ReceiveEndOfStream();
                events.AddRange(connection.ReadAll());
                Assert.IsType<CloseConnection>(events[^1]);
                Assert.Single(events.OfType<CloseConnection>());
                Assert.True(connection.State is ConnectionState.Closed or ConnectionState.RemoteClosing);
            }

            Assert.Equal(0, pool.Outstanding);
        }
    }

    [Theory]
    [BothRoles]
    [Trait("Register", "S38")]
    public void Both_receive_frames_into_memory_full_of_other_bytes__none_of_them_is_delivered(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Binary, Wire.Repeat(1, 4090), fin: false),
            Wire.FrameFor(role, Opcode.Ping, [1]),
            Wire.FrameFor(role, Opcode.Continuation, Wire.Repeat(1, 10_000)),
            Wire.FrameFor(role, Opcode.Binary, []));
        Cuts.Expect(
            () => Ends.Open(role, new WsConnectionOptions { Pool = new CountingPool() }),
            input,
            ConnectionState.Open,
            new Ping(new byte[] { 1 }),
            new BytesMessage(Wire.Repeat(1, 14_090)),
            new BytesMessage(Array.Empty<byte>()));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "7.2.1-2")]
    public void Both_lose_the_transport_inside_a_frame__what_came_before_is_delivered_and_then_1006(ConnectionRole role)
    {
        byte[] whole = Wire.FrameFor(role, Opcode.Text, Wire.Utf8("whole"));
        byte[] part = Wire.FrameFor(role, Opcode.Binary, Wire.Repeat(1, 300));
        for (int cut = 0; cut < part.Length; cut += cut < 16 ? 1 : 50)
        {
            ConnectionOutcome outcome = Cuts.Run(() => Ends.Open(role), [.. whole, .. part[..cut]], endOfStream: true);
            Assert.Equal(
                new ConnectionOutcome([new TextMessage("whole"), new CloseConnection(CloseCode.AbnormalClosure)], ConnectionState.Closed),
                outcome);
        }
    }

    /// <summary>
    /// Memory from <see cref="WsConnection.ReceiveBuffer"/> is no way around what <see cref="WsConnection.Receive(ReadOnlySpan{byte})"/>
    /// drops.
    /// </summary>
    [Theory]
    [BothRoles]
    public void Both_are_written_to_through_their_buffer_after_the_end_of_the_stream__drop_it(ConnectionRole role)
    {
        byte[] frame = Wire.FrameFor(role, Opcode.Text, Wire.Utf8("late"));
        using WsConnection connection = Ends.Open(role);
        connection.ReceiveEndOfStream();
        connection.Receive(frame);
        connection.ReceiveBuffer.Write(frame);
        Assert.Equal([new CloseConnection(CloseCode.AbnormalClosure)], connection.ReadAll());
    }

    [Theory]
    [BothRoles]
    [Trait("Register", "C16")]
    public void Both_are_written_to_through_their_buffer_after_a_failure__hold_nothing(ConnectionRole role)
    {
        var pool = new CountingPool();
        WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        Assert.Single(connection.Read(Wire.FrameFor(role, (Opcode)3, [])));
        for (int i = 0; i < 100; i++)
            connection.ReceiveBuffer.Write(new byte[1024]);
        Assert.InRange(pool.Peak, 0, 2 * 4096);
        connection.Dispose();
        connection.ReceiveBuffer.Write(new byte[1024]);
        Assert.Equal(0, pool.Outstanding);
    }

    /// <summary>Half the inputs begin as a frame that this role takes, so that random bytes come further than the first head.</summary>
    private static byte[] Arbitrary(Random random, ConnectionRole role)
    {
        byte[] noise = new byte[random.Next(1, 60)];
        random.NextBytes(noise);
        if (random.Next(2) == 0)
            return noise;
        Opcode opcode = random.GetItems([Opcode.Text, Opcode.Binary, Opcode.Ping, Opcode.Pong], 1)[0];
        byte[] payload = random.Next(2) == 0 ? noise : Wire.Repeat((byte)'a', noise.Length);
        return [.. Wire.FrameFor(role, opcode, payload, fin: random.Next(3) > 0), .. noise];
    }
}
