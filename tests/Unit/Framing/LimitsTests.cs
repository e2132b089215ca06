namespace WsProto.Tests.Framing;

/// <summary>Limits on frames, messages and fragments, refused before anything of that size is held.</summary>
[Trait("RFC", "6455 §10.4")]
public class LimitsTests
{
    private static readonly WsConnectionOptions _unlimited = new() { MaxMessageSize = null, MaxFrameSize = null, MaxFragmentCount = null };
    private static readonly WsConnectionOptions _unlimitedChunks = _unlimited with { MessageDelivery = MessageDelivery.Chunks };

    /// <summary>2^31, 2^32, 2^40, 2^53 and 2^63-1: where implementations have wrapped, lost digits or allocated.</summary>
    public static TheoryData<ulong> HugeLengths => [0x8000_0000, 0x1_0000_0000, 0x100_0000_0000, 0x20_0000_0000_0000, long.MaxValue];

    [Fact]
    [Trait("Register", "S49")]
    public void Limits_are_on_by_default() =>
        Assert.Equal(
            (1 << 20, null, 1024),
            ((int?)WsConnectionOptions.Default.MaxMessageSize,
                WsConnectionOptions.Default.MaxFrameSize,
                WsConnectionOptions.Default.MaxFragmentCount));

    [Theory]
    [BothRoles]
    [Trait("Register", "S49")]
    [Trait("Register", "S01")]
    public void Both_receive_a_message_of_1_MiB_by_default__deliver_it_and_refuse_one_byte_more(ConnectionRole role)
    {
        const int Limit = 1 << 20;
        using WsConnection connection = Ends.Open(role);
        Assert.Equal([new BytesMessage(Wire.Repeat(5, Limit))], connection.Read(Wire.FrameFor(role, Opcode.Binary, Wire.Repeat(5, Limit))));
        Ends.ExpectFailure(role, Head(role, Limit + 1), ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
    }

    [Theory]
    [MemberData(nameof(HugeLengths))]
    [Trait("MUST", "10.4-1")]
    [Trait("Register", "S01")]
    [Trait("Register", "S02")]
    [Trait("Register", "S04")]
    [Trait("Register", "S08")]
    [Trait("Register", "S50")]
    public void Both_receive_a_huge_length__fail_with_1009_at_the_header(ulong length)
    {
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            Ends.ExpectFailure(role, Head(role, length), ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
            Ends.ExpectFailure(role, Head(role, length), ProtocolError.MessageTooBig, CloseCode.MessageTooBig, _unlimited);
            Ends.ExpectFailure(
                role, Head(role, length), ProtocolError.FrameTooBig, CloseCode.MessageTooBig,
                _unlimitedChunks with { MaxFrameSize = 1000 });
        }
    }

    [Theory]
    [BothRoles(125)]
    [BothRoles(1000)]
    [BothRoles(70_000)]
    [Trait("MUST", "10.4-1")]
    [Trait("Register", "S08")]
    public void Both_receive_frames_around_their_limit__take_the_limit_and_fail_with_1009_over_it(ConnectionRole role, int limit)
    {
        var options = new WsConnectionOptions { MaxFrameSize = limit };
        foreach (int length in (int[])[limit - 1, limit])
        {
            byte[] payload = Wire.Repeat(1, length);
            Cuts.Expect(
                () => Ends.Open(role, options), Wire.FrameFor(role, Opcode.Binary, payload), ConnectionState.Open,
                new BytesMessage(payload));
        }

        Ends.ExpectFailure(role, Head(role, (ulong)limit + 1), ProtocolError.FrameTooBig, CloseCode.MessageTooBig, options);
        byte[] second = [.. Wire.FrameFor(role, Opcode.Binary, [1], fin: false), .. Head(role, (ulong)limit + 1, Opcode.Continuation)];
        Ends.ExpectFailure(role, second, ProtocolError.FrameTooBig, CloseCode.MessageTooBig, options);
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "10.4-1")]
    public void Both_receive_fragments_within_the_frame_limit__the_message_may_be_larger(ConnectionRole role)
    {
        byte[] input =
        [
            .. Wire.FrameFor(role, Opcode.Binary, Wire.Repeat(1, 10), fin: false),
            .. Wire.FrameFor(role, Opcode.Continuation, Wire.Repeat(2, 10)),
        ];
        Cuts.Expect(
            () => Ends.Open(role, new WsConnectionOptions { MaxFrameSize = 10 }),
            input,
            ConnectionState.Open,
            new BytesMessage((byte[])[.. Wire.Repeat(1, 10), .. Wire.Repeat(2, 10)]));
    }

    [Theory]
    [BothRoles]
    public void Both_receive_control_frames__the_limits_of_data_do_not_hold_for_them(ConnectionRole role)
    {
        var options = new WsConnectionOptions { MaxFrameSize = 0, MaxMessageSize = 0, MaxFragmentCount = 1 };
        byte[] payload = Wire.Repeat(1, 125);
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Ping, payload), Wire.FrameFor(role, Opcode.Pong, payload), Wire.FrameFor(role, Opcode.Text, []));
        Cuts.Expect(() => Ends.Open(role, options), input, ConnectionState.Open, new Ping(payload), new Pong(payload), new TextMessage(""));
        Ends.ExpectFailure(role, Wire.FrameFor(role, Opcode.Text, [65]), ProtocolError.FrameTooBig, CloseCode.MessageTooBig, options);
    }

    [Theory]
    [BothRoles(MessageDelivery.Whole)]
    [BothRoles(MessageDelivery.Chunks)]
    [Trait("MUST", "10.4-2")]
    [Trait("Register", "S03")]
    [Trait("Register", "S13")]
    [Trait("Register", "S55")]
    public void Both_receive_fragments_with_a_pong_between__take_the_limit_and_fail_with_1009_over_it(
        ConnectionRole role, MessageDelivery delivery)
    {
        var options = new WsConnectionOptions { MaxMessageSize = 100, MessageDelivery = delivery };
        byte[] begin =
        [
            .. Wire.FrameFor(role, Opcode.Binary, Wire.Repeat(1, 60), fin: false),
            .. Wire.FrameFor(role, Opcode.Pong, Wire.Repeat(2, 125)),
        ];
        byte[] exact = [.. begin, .. Wire.FrameFor(role, Opcode.Continuation, Wire.Repeat(3, 40))];
        byte[] over = [.. begin, .. Head(role, 41, Opcode.Continuation)];
        byte[] overLater =
        [
            .. begin,
            .. Wire.FrameFor(role, Opcode.Continuation, Wire.Repeat(3, 40), fin: false),
            .. Head(role, 1, Opcode.Continuation),
        ];
        var pong = new Pong(Wire.Repeat(2, 125));
        if (delivery == MessageDelivery.Whole)
        {
            var message = new BytesMessage((byte[])[.. Wire.Repeat(1, 60), .. Wire.Repeat(3, 40)]);
            Cuts.Expect(() => Ends.Open(role, options), [.. exact, .. exact], ConnectionState.Open, pong, message, pong, message);
            Ends.ExpectFailure(role, over, ProtocolError.MessageTooBig, CloseCode.MessageTooBig, options, pong);
            Ends.ExpectFailure(role, overLater, ProtocolError.MessageTooBig, CloseCode.MessageTooBig, options, pong);
        }
        else
        {
            var first = new BytesMessage(Wire.Repeat(1, 60)) { MessageFinished = false };
            var last = new BytesMessage(Wire.Repeat(3, 40));
            Cuts.Expect(() => Ends.Open(role, options), [.. exact, .. exact], ConnectionState.Open, first, pong, last, first, pong, last);
            Ends.ExpectFailure(role, over, ProtocolError.MessageTooBig, CloseCode.MessageTooBig, options, first, pong);
            Ends.ExpectFailure(
                role, overLater, ProtocolError.MessageTooBig, CloseCode.MessageTooBig, options, first, pong,
                last with { MessageFinished = false });
        }
    }

    /// <summary>The sum of the lengths passes 2^63; the count of what has come must not wrap.</summary>
    [Theory]
    [BothRoles]
    [Trait("Register", "S03")]
    [Trait("Register", "S55")]
    public void Both_receive_fragments_whose_lengths_wrap__fail_with_1009(ConnectionRole role)
    {
        byte[] input = [.. Wire.FrameFor(role, Opcode.Binary, [1, 2], fin: false), .. Head(role, long.MaxValue - 1, Opcode.Continuation)];
        Ends.ExpectFailure(role, input, ProtocolError.MessageTooBig, CloseCode.MessageTooBig, _unlimited);
        Ends.ExpectFailure(
            role, input, ProtocolError.MessageTooBig, CloseCode.MessageTooBig, _unlimitedChunks,
            new BytesMessage(new byte[] { 1, 2 }) { MessageFinished = false });
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "10.4-2")]
    [Trait("Register", "S09")]
    [Trait("Register", "S10")]
    public void Both_receive_more_fragments_than_allowed__fail_with_1008(ConnectionRole role)
    {
        var options = new WsConnectionOptions { MaxFragmentCount = 3 };
        byte[] two =
        [
            .. Wire.FrameFor(role, Opcode.Text, Wire.Utf8("a"), fin: false),
            .. Wire.FrameFor(role, Opcode.Continuation, [], fin: false),
        ];
        byte[] ping = Wire.FrameFor(role, Opcode.Ping, []);
        byte[] three = [.. two, .. ping, .. Wire.FrameFor(role, Opcode.Continuation, Wire.Utf8("b"))];
        Cuts.Expect(
            () => Ends.Open(role, options), [.. three, .. three], ConnectionState.Open, new Ping(), new TextMessage("ab"), new Ping(),
            new TextMessage("ab"));

        byte[] fourth =
        [
            .. two,
            .. Wire.FrameFor(role, Opcode.Continuation, [], fin: false),
            .. Wire.FrameFor(role, Opcode.Continuation, []),
        ];
        Ends.ExpectFailure(role, fourth, ProtocolError.TooManyFragments, CloseCode.PolicyViolation, options);

        byte[] single = [.. Wire.FrameFor(role, Opcode.Text, [], fin: false), .. Wire.FrameFor(role, Opcode.Continuation, [])];
        Ends.ExpectFailure(
            role, single, ProtocolError.TooManyFragments, CloseCode.PolicyViolation, new WsConnectionOptions { MaxFragmentCount = 1 });
    }

    /// <summary>
    /// Piece by piece in one direction only: every split of so many frames would take too long, and the fragments are cuts enough.
    /// </summary>
    [Theory]
    [BothRoles(0)]
    [BothRoles(1)]
    [Trait("Register", "S09")]
    [Trait("Register", "S10")]
    [Trait("Register", "S11")]
    [Trait("Register", "S13")]
    [Trait("Register", "C22")]
    public void Both_receive_endless_tiny_fragments__fail_with_1008_at_the_1025th_holding_little(ConnectionRole role, int size)
    {
        var pool = new CountingPool();
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        byte[] next = Wire.FrameFor(role, Opcode.Continuation, new byte[size], fin: false);
        connection.Receive(Wire.FrameFor(role, Opcode.Binary, [], fin: false));
        var events = new List<WsEvent>();
        int frames = 1;
        for (; events.Count == 0 && frames < 100_000; frames++)
            events.AddRange(connection.Read(next));
        Ends.AssertFailure(events, ProtocolError.TooManyFragments, CloseCode.PolicyViolation);
        Assert.Equal(1025, frames);
        Assert.Equal(0, pool.Outstanding);
        Assert.InRange(pool.Peak, 0, 3 * 4096);
    }

    [Theory]
    [BothRoles]
    [Trait("Register", "S50")]
    public void Both_receive_many_fragments_where_they_are_unlimited__deliver_the_message(ConnectionRole role)
    {
        byte[] middle = Wire.Concat(Enumerable.Repeat(Wire.FrameFor(role, Opcode.Continuation, [7], fin: false), 5000));
        using WsConnection connection = Ends.Open(role, _unlimited);
        Assert.Empty(connection.Read([.. Wire.FrameFor(role, Opcode.Binary, [], fin: false), .. middle]));
        Assert.Equal([new BytesMessage(Wire.Repeat(7, 5000))], connection.Read(Wire.FrameFor(role, Opcode.Continuation, [])));
    }

    [Theory]
    [BothRoles(MessageDelivery.Whole, 0x2000_0000ul)]
    [BothRoles(MessageDelivery.Chunks, 0x2000_0000ul)]
    [BothRoles(MessageDelivery.Chunks, 0x100_0000_0000ul)]
    [BothRoles(MessageDelivery.Chunks, (ulong)long.MaxValue)]
    [Trait("MUST", "5.2-4")]
    [Trait("MUST", "10.4-1")]
    [Trait("Register", "S07")]
    public void Both_receive_a_huge_length_under_no_limit__allocate_for_what_has_come_only(
        ConnectionRole role, MessageDelivery delivery, ulong length)
    {
        var pool = new CountingPool();
        byte[] head = Head(role, length);
        using WsConnection connection = Ends.Open(role, _unlimited with { MessageDelivery = delivery, Pool = pool });
        long before = GC.GetAllocatedBytesForCurrentThread();
        connection.Receive(head);
        bool read = connection.TryReadEvent(out _);
        connection.Receive([1, 2, 3]);
        read |= connection.TryReadFrame(out Frame piece);
        int got = piece.Payload.Length;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, 65_535);
        Assert.Equal(delivery == MessageDelivery.Chunks, read);
        Assert.Equal(delivery == MessageDelivery.Chunks ? 3 : 0, got);
        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.InRange(pool.Peak, 1, 3 * 4096);
    }

    /// <summary>Byte by byte is the cut that this is about.</summary>
    [Theory]
    [BothRoles]
    [Trait("Register", "S12")]
    [Trait("Register", "S10")]
    public void Both_receive_a_message_of_1_MiB_byte_by_byte__a_bounded_number_of_arrays_is_rented(ConnectionRole role)
    {
        const int Limit = 1 << 20;
        var pool = new CountingPool();
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        byte[] frame = Wire.FrameFor(role, Opcode.Binary, Wire.Repeat(5, Limit));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < frame.Length - 1; i++)
        {
            connection.Receive(frame.AsSpan(i, 1));
            Assert.False(connection.TryReadFrame(out _));
        }

        // The arrays, which this pool makes new, and nothing per byte.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5 * Limit);
        Assert.InRange(pool.Rented, 1, 12);
        Assert.InRange(pool.Peak, Limit, 3 * Limit + 4096);
        Assert.Equal([new BytesMessage(Wire.Repeat(5, Limit))], connection.Read(frame[^1..]));
        Assert.Equal(0, pool.Outstanding);
    }

    [Theory]
    [InlineData(ConnectionRole.Client, 1400, 6)]
    [InlineData(ConnectionRole.Server, 1400, 6)]
    [InlineData(ConnectionRole.Client, 64 * 1024, 4)]
    [InlineData(ConnectionRole.Server, 64 * 1024, 4)]
    [Trait("Register", "S12")]
    public void Both_receive_messages_of_1_MiB_in_pieces__few_arrays_are_rented_and_none_far_beyond_what_arrived(
        ConnectionRole role, int size, int arrays)
    {
        const int Limit = 1 << 20;
        var pool = new CountingPool();
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        byte[] payload = Wire.Repeat(5, Limit);
        byte[] messages = [.. Enumerable.Repeat(Wire.FrameFor(role, Opcode.Binary, payload), 4).SelectMany(frame => frame)];
        long arrived = 0;
        int received = 0;
        foreach (byte[] piece in messages.Chunk(size))
        {
            arrived += piece.Length;
            connection.Receive(piece);
            while (connection.TryReadFrame(out Frame frame))
            {
                Assert.True(frame.Payload.SequenceEqual(payload));
                received++;
            }

            // The old array, one for four times as much, and what was asked for beside.
            Assert.InRange(pool.Peak, 0, (5 * Math.Min(arrived, Limit)) + (5 * size) + 4096);
        }

        Assert.Equal(4, received);
        Assert.InRange(pool.Rented, 1, arrays);
        Assert.Equal(0, pool.Outstanding);
    }

    [Theory]
    [InlineData(ConnectionRole.Client, 1)]
    [InlineData(ConnectionRole.Server, 1)]
    [InlineData(ConnectionRole.Client, 4096)]
    [InlineData(ConnectionRole.Server, 4096)]
    [InlineData(ConnectionRole.Client, 64 * 1024)]
    [InlineData(ConnectionRole.Server, 64 * 1024)]
    [Trait("Register", "S12")]
    public void Both_receive_the_header_of_1_MiB_and_a_byte__no_more_is_lent_than_was_asked_for(ConnectionRole role, int hint)
    {
        var pool = new CountingPool();
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        byte[] frame = Wire.FrameFor(role, Opcode.Binary, new byte[1 << 20]);
        connection.Read(frame[..(role == ConnectionRole.Server ? 15 : 11)]);
        Assert.InRange(connection.ReceiveBuffer.GetMemory(hint).Length, hint, Math.Max(4096, hint + 100));
        Assert.InRange(pool.Peak, 1, 4096 + Math.Max(4096, hint + 100));
    }

    [Theory]
    [BothRoles]
    public void Both_have_room_in_a_frame_as_much_as_they_say_and_none_when_idle(ConnectionRole role)
    {
        foreach (MessageDelivery delivery in Enum.GetValues<MessageDelivery>())
        {
            var pool = new CountingPool();
            using WsConnection connection = Ends.Open(role, new WsConnectionOptions { MessageDelivery = delivery, Pool = pool });
            byte[] frame = Wire.FrameFor(role, Opcode.Binary, [1, 2, 3]);
            Assert.Equal(0, connection.ReceiveBuffer.FreeCapacity);
            foreach (byte octet in frame[..^1])
            {
                connection.Read([octet]);
                int arrays = pool.Rented;
                int room = connection.ReceiveBuffer.FreeCapacity;
                Assert.NotEqual(0, room);
                Assert.InRange(connection.ReceiveBuffer.GetMemory(room).Length, room, int.MaxValue);
                connection.ReceiveBuffer.Advance(0);
                Assert.Equal(arrays, pool.Rented);
            }

            connection.Read([frame[^1]]);
            Assert.Equal(0, connection.ReceiveBuffer.FreeCapacity);
        }
    }

    [Theory]
    [BothRoles]
    [Trait("Register", "S12")]
    [Trait("Register", "S13")]
    public void Both_receive_an_endless_message_in_chunks__hold_one_array_and_fail_at_the_limit(ConnectionRole role)
    {
        var pool = new CountingPool();
        using WsConnection connection = Ends.Open(role, Ends.Chunks with { Pool = pool, MaxFragmentCount = null });
        byte[] piece = Wire.FrameFor(role, Opcode.Continuation, new byte[1024], fin: false);
        connection.Receive(Wire.FrameFor(role, Opcode.Binary, [], fin: false));
        long size = 0;
        WsEvent? last = null;
        for (int i = 0; i < 2000 && last is not CloseConnection; i++)
        {
            foreach (WsEvent e in connection.Read(piece))
            {
                size += e is BytesMessage bytes ? bytes.Data.Length : 0;
                last = e;
            }
        }

        Ends.AssertFailure([last!], ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
        Assert.Equal(1 << 20, size);
        Assert.InRange(pool.Peak, 1, 2 * 4096);
        Assert.Equal(0, pool.Outstanding);
    }

    private static byte[] Head(ConnectionRole role, ulong length, Opcode opcode = Opcode.Binary) =>
        Wire.Frame(opcode, [], key: role == ConnectionRole.Server ? Wire.Key : null, announced: length);
}
