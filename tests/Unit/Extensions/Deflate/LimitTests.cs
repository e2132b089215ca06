
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>MaxMessageSize counts what comes out of the inflater, to the byte, and the memory for it is bounded.</summary>
[Trait("RFC", "6455 §10.4, 7692 §8")]
public class LimitTests
{
    private static WsConnectionOptions Limit(long? bytes, CountingPool? pool = null) =>
        pool is null ? new() { MaxMessageSize = bytes } : new() { MaxMessageSize = bytes, Pool = pool };

    private static byte[] Data(bool constant, int length) => constant ? new byte[length] : Deflated.Noise(length);

    /// <summary>Limits around one step of the inflater (32 KiB) and around the sizes that the message's array grows by.</summary>
    public static TheoryData<ConnectionRole, int, bool> Limits
    {
        get
        {
            var data = new TheoryData<ConnectionRole, int, bool>();
            foreach (int limit in new[] { 0, 1, 2, 127, 128, 4096, 16_384, 32_767, 32_768, 32_769, 40_000 })
            {
                foreach (bool constant in new[] { true, false })
                    data.Add(limit % 2 == 0 ? ConnectionRole.Server : ConnectionRole.Client, limit, constant);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Limits))]
    [Trait("Register", "S16")]
    public void Message_up_to_the_limit_is_delivered_whole__one_byte_more_fails_with_1009(ConnectionRole role, int limit, bool constant)
    {
        for (int length = Math.Max(0, limit - 1); length <= limit + 2; length++)
        {
            byte[] data = Data(constant, length);
            byte[] frames = [.. Deflated.First(role, Opcode.Binary, Zip.One(data)), .. Wire.FrameFor(role, Opcode.Ping, [])];
            WsConnection Create() => Deflated.Connection(role, options: Limit(limit));
            ConnectionOutcome outcome = limit <= 128 ? Cuts.Run(Create, frames) : Deflated.Run(Create, frames, 11, 5_000);
            if (length <= limit)
                Assert.Equal(new ConnectionOutcome([new BytesMessage(data), new Ping()], ConnectionState.Open), outcome);
            else
                Deflated.Fails(outcome, ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
        }
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(-1, false)]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    [InlineData(2, false)]
    [Trait("Register", "S16")]
    public void Default_limit_of_1_MiB__is_exact(int beyond, bool constant)
    {
        byte[] data = Data(constant, (1 << 20) + beyond);
        byte[] frame = Deflated.First(ConnectionRole.Server, Opcode.Binary, Zip.One(data));
        ConnectionOutcome outcome = Deflated.Run(() => Deflated.Connection(ConnectionRole.Server), frame, 8 * 1024);
        if (beyond <= 0)
            Assert.Equal(new ConnectionOutcome([new BytesMessage(data)], ConnectionState.Open), outcome);
        else
            Deflated.Fails(outcome, ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
    }

    /// <summary>Each fragment but the last is a stream to its own boundary; the sum counts.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client, true)]
    [InlineData(ConnectionRole.Server, true)]
    [InlineData(ConnectionRole.Client, false)]
    [InlineData(ConnectionRole.Server, false)]
    [Trait("Register", "S14")]
    [Trait("Register", "S16")]
    public void Limit_counts_across_fragments(ConnectionRole role, bool constant)
    {
        const int Limit = 1_000;
        for (int last = 299; last <= 302; last++)
        {
            byte[] data = Data(constant, 700 + last);
            using var zip = new Zip();
            byte[] frames =
            [
                .. Deflated.First(role, Opcode.Binary, zip.Flush(data[..400]), fin: false),
                .. Deflated.Next(role, zip.Flush(data[400..700]), fin: false),
                .. Wire.FrameFor(role, Opcode.Ping, []),
                .. Deflated.Next(role, zip.Message(data[700..])),
            ];
            ConnectionOutcome outcome = Cuts.Run(() => Deflated.Connection(role, options: LimitTests.Limit(Limit)), frames);
            Assert.Equal(new Ping(), outcome.Events[0]);
            ConnectionOutcome rest = outcome with { Events = [.. outcome.Events.Skip(1)] };
            if (data.Length <= Limit)
                Assert.Equal(new ConnectionOutcome([new BytesMessage(data)], ConnectionState.Open), rest);
            else
                Deflated.Fails(rest, ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
        }
    }

    /// <summary>With its history a message may take a handful of octets; each message counts from nothing.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S14")]
    [Trait("Register", "S16")]
    public void Limit_counts_for_each_message_with_takeover(ConnectionRole role)
    {
        byte[] data = Deflated.Noise(1_001);
        using var zip = new Zip();
        byte[] frames =
        [
            .. Deflated.First(role, Opcode.Binary, zip.Message(data[..1_000])),
            .. Deflated.First(role, Opcode.Binary, zip.Message(data[..1_000])),
            .. Deflated.First(role, Opcode.Binary, zip.Message(data)),
        ];
        ConnectionOutcome outcome = Cuts.Run(() => Deflated.Connection(role, options: Limit(1_000)), frames);
        Assert.Equal([new BytesMessage(data.AsMemory(0, 1_000)), new BytesMessage(data.AsMemory(0, 1_000))], outcome.Events.Take(2));
        Deflated.Fails(outcome with { Events = [.. outcome.Events.Skip(2)] }, ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S15")]
    public void Few_octets_that_inflate_beyond_the_limit__fail_with_1009_and_nothing_is_delivered(ConnectionRole role)
    {
        byte[] compressed = Zip.One(new byte[4_096]);
        Assert.InRange(compressed.Length, 1, 64);
        byte[] frames = [.. Deflated.First(role, Opcode.Binary, compressed), .. Wire.FrameFor(role, Opcode.Text, [])];
        Deflated.Fails(
            Cuts.Run(() => Deflated.Connection(role, options: Limit(128)), frames), ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
    }

    /// <summary>What stands beyond the limit is not looked at, be it as corrupt as it likes.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S16")]
    public void Corrupt_data_beyond_the_limit__fails_with_1009_however_it_is_cut(ConnectionRole role)
    {
        // A stored block of six bytes, then a block of the type that does not exist.
        byte[] frame = Deflated.First(role, Opcode.Binary, Wire.Hex("00 06 00 f9 ff 01 02 03 04 05 06 07"));
        Deflated.Fails(
            Cuts.Run(() => Deflated.Connection(role, options: Limit(5)), frame), ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
        Deflated.Fails(
            Cuts.Run(() => Deflated.Connection(role, options: Limit(6)), frame),
            ProtocolError.ExtensionFailed,
            CloseCode.InvalidPayloadData);
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Limit_counts_uncompressed_messages_too(ConnectionRole role)
    {
        for (int length = 9; length <= 12; length++)
        {
            byte[] data = Deflated.Noise(length);
            ConnectionOutcome outcome =
                Cuts.Run(() => Deflated.Connection(role, options: Limit(10)), Wire.FrameFor(role, Opcode.Binary, data));
            if (length <= 10)
                Assert.Equal(new ConnectionOutcome([new BytesMessage(data)], ConnectionState.Open), outcome);
            else
                Deflated.Fails(outcome, ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
        }
    }

    /// <summary>A frame on the wire is limited as it stands there, before it is inflated.</summary>
    [Fact]
    public void MaxFrameSize_counts_compressed_octets()
    {
        byte[] compressed = Zip.One(new byte[10_000]);
        WsConnection Create(int limit) => Deflated.Connection(ConnectionRole.Server, options: new() { MaxFrameSize = limit });
        byte[] frame = Deflated.First(ConnectionRole.Server, Opcode.Binary, compressed);
        Cuts.Expect(() => Create(compressed.Length), frame, ConnectionState.Open, new BytesMessage(new byte[10_000]));
        Deflated.Fails(Cuts.Run(() => Create(compressed.Length - 1), frame), ProtocolError.FrameTooBig, CloseCode.MessageTooBig);
    }

    [Theory]
    [InlineData(MessageDelivery.Whole)]
    [InlineData(MessageDelivery.Chunks)]
    public void No_limit__delivers_what_is_larger_than_the_default(MessageDelivery delivery)
    {
        byte[] data = Deflated.Prose(1_500_000);
        byte[] frame = Deflated.First(ConnectionRole.Server, Opcode.Binary, Zip.One(data));
        ConnectionOutcome outcome = Cuts.Feed(
            () => Deflated.Connection(ConnectionRole.Server, options: new() { MaxMessageSize = null, MessageDelivery = delivery }),
            frame.Chunk(64 * 1024));
        Assert.Equal(new ConnectionOutcome([new BytesMessage(data)], ConnectionState.Open), outcome);
    }

    public static TheoryData<string, byte[]> Bombs
    {
        get
        {
            byte[] zeros = new byte[32 << 20];
            using var zip = new Zip();
            byte[] first = zip.Flush(zeros);
            byte[] second = zip.Message(zeros);
            byte[] whole = Wire.Concat(first, second);
            using var history = new Zip();
            byte[] small = history.Message(new byte[1 << 20]);
            return new TheoryData<string, byte[]>
            {
                { "one frame", Deflated.First(ConnectionRole.Server, Opcode.Binary, whole) },
                {
                    "two frames",
                    [
                        .. Deflated.First(ConnectionRole.Server, Opcode.Binary, first, fin: false),
                        .. Deflated.Next(ConnectionRole.Server, second),
                    ]
                },
                {
                    "two messages",
                    [
                        .. Deflated.First(ConnectionRole.Server, Opcode.Binary, small),
                        .. Deflated.First(ConnectionRole.Server, Opcode.Binary, Wire.Concat(history.Flush(zeros), history.Message(zeros))),
                    ]
                },
                { "text", Deflated.First(ConnectionRole.Server, Opcode.Text, whole) },
            };
        }
    }

    /// <summary>
    /// 64 MiB of zeros. The bomb arrives in pieces, as what was handed over and not read yet is the caller's own measure.
    /// </summary>
    [Theory]
    [MemberData(nameof(Bombs))]
    [Trait("Register", "S14")]
    [Trait("Register", "C3")]
    public void Bomb__fails_with_1009_in_memory_of_the_limit_and_64_KiB(string kind, byte[] bomb)
    {
        const int Limit = 1 << 20;
        var pool = new CountingPool();
        using WsConnection server = Deflated.Connection(ConnectionRole.Server, options: LimitTests.Limit(Limit, pool));
        var events = new List<WsEvent>();
        foreach (byte[] piece in bomb.Chunk(4 * 1024))
            events.AddRange(server.Read(piece));

        Assert.Equal(kind == "two messages" ? [new BytesMessage(new byte[Limit])] : Array.Empty<WsEvent>(), events.SkipLast(1));
        var close = Assert.IsType<CloseConnection>(events[^1]);
        Assert.Equal((ProtocolError.MessageTooBig, CloseCode.MessageTooBig), (close.Error, close.Code));
        Assert.InRange(pool.Peak, 1, Limit + (64 * 1024));
        Assert.Equal(0, pool.Outstanding);
    }

    /// <summary>Given in one call, the bomb itself lies in the buffer too, and no more than that.</summary>
    [Fact]
    [Trait("Register", "S14")]
    public void Bomb_in_one_call__takes_its_own_size_more()
    {
        const int Limit = 1 << 20;
        var pool = new CountingPool();
        using WsConnection server = Deflated.Connection(ConnectionRole.Server, options: LimitTests.Limit(Limit, pool));
        byte[] bomb = (byte[])Bombs.First()[1];
        Assert.Equal(ProtocolError.MessageTooBig, Assert.IsType<CloseConnection>(Assert.Single(server.Read(bomb))).Error);
        Assert.InRange(pool.Peak, 1, Limit + (64 * 1024) + bomb.Length);
        Assert.Equal(0, pool.Outstanding);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(20_000)]
    [InlineData(100_000)]
    [InlineData((1 << 20) + 1)]
    [InlineData(5_000_000)]
    [InlineData((16 << 20) + 1)]
    [InlineData(48 << 20)]
    [Trait("Register", "S14")]
    public void Bomb_under_any_limit__takes_that_limit_and_64_KiB(int limit)
    {
        var pool = new CountingPool();
        using WsConnection server = Deflated.Connection(ConnectionRole.Server, options: Limit(limit, pool));
        byte[] bomb =
            Deflated.First(ConnectionRole.Server, limit % 2 == 0 ? Opcode.Text : Opcode.Binary, Zip.One(new byte[limit + 100_000]));
        foreach (byte[] piece in bomb.Chunk(1024))
            server.Read(piece);
        Assert.Equal(ConnectionState.RemoteClosing, server.State);
        Assert.InRange(pool.Peak, 1, limit + (64 * 1024));
        Assert.Equal(0, pool.Outstanding);
    }

    /// <summary>A message before it in the same read leaves its array behind.</summary>
    [Theory]
    [InlineData(300_000)]
    [InlineData(600_000)]
    [InlineData(2_500_000)]
    [Trait("Register", "S14")]
    public void Bomb_after_a_message_in_the_same_read__takes_the_limit_and_64_KiB(int before)
    {
        const int Limit = 3_000_000;
        var pool = new CountingPool();
        using WsConnection server = Deflated.Connection(ConnectionRole.Server, options: LimitTests.Limit(Limit, pool));
        using var zip = new Zip();
        byte[] message = Deflated.First(ConnectionRole.Server, Opcode.Binary, zip.Message(new byte[before]));
        byte[] bomb = Deflated.First(ConnectionRole.Server, Opcode.Binary, zip.Message(new byte[Limit + 1]));
        server.Receive([.. message, .. bomb]);
        Assert.True(server.TryReadEvent(out WsEvent? first));
        Assert.Equal(new BytesMessage(new byte[before]), first);
        long joined = pool.Peak;
        Assert.Equal(ProtocolError.MessageTooBig, Assert.IsType<CloseConnection>(Assert.Single(server.ReadAll())).Error);
        Assert.InRange(pool.Peak, 1, Math.Max(joined, Limit + (64 * 1024)));
        Assert.Equal(0, pool.Outstanding);
    }

    /// <summary>A message that is complete is joined: what it has once more, and the array goes on to the next.</summary>
    [Theory]
    [InlineData(MessageDelivery.Whole)]
    [InlineData(MessageDelivery.Chunks)]
    public void Large_messages_in_a_row__are_delivered_and_take_twice_their_size_at_most(MessageDelivery delivery)
    {
        const int Size = 5_000_000;
        var pool = new CountingPool();
        var options = new WsConnectionOptions { MaxMessageSize = 16 << 20, MessageDelivery = delivery, Pool = pool };
        using var zip = new Zip();
        byte[][] data = [Deflated.Prose(Size, seed: 1), new byte[Size], Deflated.Prose(Size, seed: 2)];
        byte[] frames = Wire.Concat(data.Select(d => Deflated.First(ConnectionRole.Server, Opcode.Binary, zip.Message(d))));
        ConnectionOutcome outcome = Cuts.Feed(() => Deflated.Connection(ConnectionRole.Server, options: options), [frames]);
        Assert.Equal(new ConnectionOutcome([.. data.Select(d => new BytesMessage(d))], ConnectionState.Open), outcome);
        Assert.InRange(pool.Peak, 1, frames.Length + (2 * Size) + (2 << 20));
        Assert.Equal(0, pool.Outstanding);
    }

    /// <summary>Characters of each length lie across the ends of the arrays, wherever they are cut.</summary>
    [Theory]
    [InlineData("ä")]
    [InlineData("€")]
    [InlineData("𝄞")]
    [Trait("RFC", "6455 §8.1")]
    public void Text_of_several_arrays__is_delivered_or_fails_as_one(string character)
    {
        for (int front = 0; front < 4; front++)
        {
            string text = new string('x', front) + string.Concat(Enumerable.Repeat(character, 700_000));
            byte[] utf8 = Wire.Utf8(text);
            byte[] Frame(byte[] data) => Deflated.First(ConnectionRole.Server, Opcode.Text, Zip.One(data));
            WsConnection Create() => Deflated.Connection(ConnectionRole.Server, options: Limit(utf8.Length));
            Assert.Equal(new ConnectionOutcome([new TextMessage(text)], ConnectionState.Open), Cuts.Feed(Create, Frame(utf8).Chunk(500)));

            Deflated.Fails(Cuts.Feed(Create, [Frame(utf8[..^1])]), ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
            foreach (int bad in new[] { (1 << 20) - 1, 1 << 20 })
            {
                byte[] broken = [.. utf8];
                broken[bad] = 0xFF;
                Deflated.Fails(Cuts.Feed(Create, [Frame(broken)]), ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
            }
        }
    }

    [Fact]
    public void Writer_gives_what_is_asked_for_and_counts_what_is_written()
    {
        var pool = new CountingPool();
        var message = new ReceiveBuffer(pool);
        var writer = new LimitedWriter(message, pool);
        writer.Begin(10);
        Assert.Equal(10, writer.GetMemory().Length);
        "0123"u8.CopyTo(writer.GetSpan(4));
        writer.Advance(4);
        Assert.Equal(6, writer.GetSpan(6).Length);
        writer.Advance(0);
        Assert.Equal((4L, false), (writer.Written, writer.IsOverrun));

        // More was asked for than there is room: what is written counts, not what was asked for.
        Assert.InRange(writer.GetSpan(7).Length, 7, 100);
        Assert.InRange(writer.GetSpan(5_000).Length, 5_000, 5_100);
        Assert.InRange(writer.GetSpan(100).Length, 5_000, 5_100);
        writer.Advance(0);
        "45"u8.CopyTo(writer.GetSpan(100));
        writer.Advance(2);
        Assert.Equal((6L, false), (writer.Written, writer.IsOverrun));
        "6789AB"u8.CopyTo(writer.GetSpan(6));
        writer.Advance(5);
        writer.Advance(0);
        Assert.Equal((10L, true), (writer.Written, writer.IsOverrun));
        Assert.Equal("0123456789"u8.ToArray(), message.Message.ToArray());

        writer.Release();
        writer.Release();
        writer.Begin(100_000);
        Assert.Equal((0L, false), (writer.Written, writer.IsOverrun));
        Assert.Equal(40_000, writer.GetSpan(40_000).Length);
        writer.Advance(0);
        message.Release();
        Assert.Equal(0, pool.Outstanding);
    }
}
