namespace WsProto.Tests.Extensions.Deflate;

/// <summary>Which messages are compressed, and how well.</summary>
[Trait("RFC", "7692 §6.1, §7.2.1")]
public class SendingTests
{
    private static readonly byte[] _prose = Deflated.Prose(2_000);
    private static readonly byte[] _noise = Deflated.Noise(2_000);

    [Theory]
    [InlineData(64, 0, null, false)]
    [InlineData(64, 63, null, false)]
    [InlineData(64, 64, null, true)]
    [InlineData(64, 63, true, true)]
    [InlineData(64, 0, true, true)]
    [InlineData(64, 2_000, false, false)]
    [InlineData(1_000, 999, null, false)]
    [InlineData(1_000, 1_000, null, true)]
    [InlineData(0, 0, null, true)]
    [InlineData(0, 1, null, true)]
    [InlineData(0, 1, false, false)]
    [InlineData(int.MaxValue, 2_000, null, false)]
    [InlineData(int.MaxValue, 2_000, true, true)]
    [Trait("Register", "C24")]
    public void Threshold_and_the_message_decide(int threshold, int length, bool? compress, bool compressed)
    {
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            using WsConnection sender = Deflated.Connection(role, settings: new() { MinCompressedSize = threshold });
            byte[] data = new byte[length];
            SentFrame frame = SentFrame.One(sender.Send(new BytesMessage(data) { Compress = compress }));
            Assert.Equal((true, Opcode.Binary, compressed ? Deflated.Rsv1 : 0), (frame.Fin, frame.Opcode, frame.Rsv));
            Assert.Equal(data, compressed ? Zip.Inflate(frame.Payload) : frame.Payload);
            SentFrame text = SentFrame.One(sender.Send(new TextMessage(new string('x', length)) { Compress = compress }));
            Assert.Equal((true, Opcode.Text, compressed ? Deflated.Rsv1 : 0), (text.Fin, text.Opcode, text.Rsv));
        }
    }

    /// <summary>
    /// How long a message becomes is not known at its first frame, so the threshold does not hold for it; the switch does.
    /// </summary>
    [Theory]
    [InlineData(null, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [Trait("Register", "C24")]
    public void First_frame_decides_for_a_fragmented_message(bool? compress, bool compressed)
    {
        using WsConnection sender = Deflated.Connection(ConnectionRole.Server);
        SentFrame first = SentFrame.One(sender.Send(new TextMessage("a") { MessageFinished = false, Compress = compress }));
        SentFrame middle = SentFrame.One(sender.Send(new TextMessage("b") { MessageFinished = false, Compress = !compress }));
        SentFrame last = SentFrame.One(sender.Send(new TextMessage("c") { Compress = !compress }));
        Assert.Equal((compressed ? Deflated.Rsv1 : 0, 0, 0), (first.Rsv, middle.Rsv, last.Rsv));
        byte[] wire = Wire.Concat(first.Payload, middle.Payload, last.Payload);
        Assert.Equal("abc"u8.ToArray(), compressed ? Zip.Inflate(wire) : wire);
    }

    [Fact]
    public void Spans_are_sent_compressed_too()
    {
        using WsConnection sender = Deflated.Connection(ConnectionRole.Server);
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        sender.SendBytes(_prose, output);
        sender.SendText(_prose, output);
        sender.SendText(System.Text.Encoding.ASCII.GetString(_prose), output);
        List<SentFrame> frames = SentFrame.Parse(output.WrittenSpan.ToArray());
        Assert.All(frames, frame => Assert.Equal(Deflated.Rsv1, frame.Rsv));
        Assert.Equal(Wire.Concat(_prose, _prose, _prose), Zip.Inflate(frames.Select(frame => frame.Payload)));
    }

    /// <summary>Nobody has to remember it, so it goes as it is where that is shorter, unless the caller insists.</summary>
    [Theory]
    [InlineData(true, null, false)]
    [InlineData(true, true, true)]
    [InlineData(false, null, true)]
    public void Incompressible_message_without_takeover__goes_as_it_is(bool forgets, bool? compress, bool compressed)
    {
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            using Link link = Deflated.Link(forgets ? Deflated.NoTakeover : null);
            byte[] bytes = link[role].Send(new BytesMessage(_noise) { Compress = compress });
            SentFrame frame = SentFrame.One(bytes);
            Assert.Equal(compressed ? Deflated.Rsv1 : 0, frame.Rsv);
            Assert.Equal(_noise, compressed ? Zip.Inflate(frame.Payload) : frame.Payload);
            Assert.Equal([new BytesMessage(_noise)], link.PeerOf(role).Read(bytes));
            Assert.Equal([new BytesMessage(_prose)], link.Send(role, new BytesMessage(_prose)));
        }
    }

    [Fact]
    public void Message_without_takeover__goes_compressed_exactly_where_that_is_shorter()
    {
        using WsConnection sender = Deflated.Connection(ConnectionRole.Server, Deflated.NoTakeover);
        for (int zeros = 0; zeros < 40; zeros++)
        {
            byte[] data = [.. Deflated.Noise(200), .. new byte[zeros]];
            int compressed = SentFrame.One(sender.Send(new BytesMessage(data) { Compress = true })).Payload.Length;
            SentFrame frame = SentFrame.One(sender.Send(new BytesMessage(data)));
            Assert.Equal(
                (compressed < data.Length ? Deflated.Rsv1 : 0, Math.Min(compressed, data.Length)),
                (frame.Rsv, frame.Payload.Length));
        }
    }

    /// <summary>What the compressor makes of it fills all the room that there is.</summary>
    [Fact]
    public void Large_incompressible_message_without_takeover__goes_as_it_is()
    {
        using WsConnection sender = Deflated.Connection(ConnectionRole.Server, Deflated.NoTakeover, new() { MemoryLevel = 1 });
        byte[] noise = Deflated.Noise((1 << 20) - 64);
        SentFrame frame = SentFrame.One(sender.Send(new BytesMessage(noise)));
        Assert.Equal(0, frame.Rsv);
        Assert.Equal(noise, frame.Payload);
    }

    /// <summary>Once the first frame has said that the message is compressed, its frames are.</summary>
    [Fact]
    public void Incompressible_fragments__are_compressed_all_the_same()
    {
        using WsConnection sender = Deflated.Connection(ConnectionRole.Server, Deflated.NoTakeover);
        SentFrame first = SentFrame.One(sender.Send(new BytesMessage(_noise) { MessageFinished = false }));
        SentFrame last = SentFrame.One(sender.Send(new BytesMessage(_noise)));
        Assert.Equal((Deflated.Rsv1, 0), (first.Rsv, last.Rsv));
        Assert.Equal(Wire.Concat(_noise, _noise), Zip.Inflate(Wire.Concat(first.Payload, last.Payload)));
    }

    /// <summary>
    /// "MUST start compressing each new message with an empty LZ77 sliding window", or may go on with the last. No block is the final one:
    /// the inflater of the base class library would stop there.
    /// </summary>
    [Theory]
    [InlineData(ConnectionRole.Client, false, false)]
    [InlineData(ConnectionRole.Client, false, true)]
    [InlineData(ConnectionRole.Server, false, false)]
    [InlineData(ConnectionRole.Server, true, false)]
    [InlineData(ConnectionRole.Client, true, false)]
    [InlineData(ConnectionRole.Server, false, true)]
    [Trait("MUST", "7692-7.2.1-1")]
    [Trait("MUST", "7692-7.2.1-4")]
    [Trait("MUST", "7692-7.2.1-5")]
    public void History_is_kept_or_forgotten_as_agreed(ConnectionRole role, bool serverForgets, bool clientForgets)
    {
        bool forgets = role == ConnectionRole.Server ? serverForgets : clientForgets;
        using WsConnection sender =
            Deflated.Connection(role, new() { ServerNoContextTakeover = serverForgets, ClientNoContextTakeover = clientForgets });
        byte[][] payloads = [.. Enumerable.Range(0, 3).Select(_ => SentFrame.One(sender.Send(new BytesMessage(_prose))).Payload)];
        if (forgets)
        {
            Assert.All(payloads, payload => Assert.Equal(payloads[0], payload));
            Assert.All(payloads, payload => Assert.Equal(_prose, Zip.Inflate(payload)));
        }
        else
        {
            Assert.Equal(Wire.Concat(_prose, _prose, _prose), Zip.Inflate(payloads));
            Assert.InRange(payloads[1].Length, 1, payloads[0].Length / 4);
        }
    }

    /// <summary>
    /// No distance is larger than the window: noise that comes again just beyond it stays noise, and within it is found again. An inflater
    /// with exactly that window understands all.
    /// </summary>
    [Theory]
    [InlineData(ConnectionRole.Client, 9)]
    [InlineData(ConnectionRole.Server, 9)]
    [InlineData(ConnectionRole.Client, 10)]
    [InlineData(ConnectionRole.Server, 11)]
    [InlineData(ConnectionRole.Client, 12)]
    [InlineData(ConnectionRole.Server, 13)]
    [InlineData(ConnectionRole.Client, 14)]
    [InlineData(ConnectionRole.Server, 15)]
    [Trait("MUST", "7692-7.2.1-3")]
    [Trait("MUST", "7692-7.2.1-6")]
    [Trait("MUST", "7692-7.2.1-7")]
    public void Distances_keep_within_the_window(ConnectionRole role, int bits)
    {
        int window = 1 << bits;
        var own = role == ConnectionRole.Client
            ? new DeflateParameters { ClientMaxWindowBits = bits }
            : new DeflateParameters { ServerMaxWindowBits = bits };
        byte[] beyond = [.. Deflated.Noise(window), .. Deflated.Noise(window)];
        byte[] within = [.. Deflated.Noise(window / 4), .. Deflated.Noise(window / 4)];
        using Link link = new(Deflated.Connection(ConnectionRole.Client, own), Deflated.Connection(ConnectionRole.Server, own));
        int Sent(byte[] data)
        {
            byte[] bytes = link[role].Send(new BytesMessage(data));
            Assert.Equal([new BytesMessage(data)], bytes.Chunk(1).SelectMany(piece => link.PeerOf(role).Read(piece)));
            return SentFrame.One(bytes).Payload.Length;
        }

        Assert.InRange(Sent(beyond), beyond.Length, int.MaxValue);
        Assert.InRange(Sent(within), 1, within.Length * 7 / 10);
    }

    /// <summary>
    /// zlib cannot compress with a window of 8 bits. A distance of one byte fits into any: noise that comes again stays noise.
    /// </summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Window_of_8_bits__has_no_distance_but_of_one_byte(ConnectionRole role)
    {
        var own = role == ConnectionRole.Client
            ? new DeflateParameters { ClientMaxWindowBits = 8 }
            : new DeflateParameters { ServerMaxWindowBits = 8 };
        using WsConnection sender = Deflated.Connection(role, own);
        byte[] again = [.. Deflated.Noise(64), .. Deflated.Noise(64)];
        Assert.InRange(SentFrame.One(sender.Send(new BytesMessage(again))).Payload.Length, again.Length, int.MaxValue);
        Assert.InRange(SentFrame.One(sender.Send(new BytesMessage(new byte[128]))).Payload.Length, 1, 16);
    }

    [Fact]
    public void Level_and_memory_level_reach_the_compressor()
    {
        byte[] data = Deflated.Prose(60_000);
        int Size(PerMessageDeflate settings)
        {
            using WsConnection sender = Deflated.Connection(ConnectionRole.Server, settings: settings);
            byte[] payload = SentFrame.One(sender.Send(new BytesMessage(data))).Payload;
            Assert.Equal(data, Zip.Inflate(payload));
            return payload.Length;
        }

        Assert.True(Size(new() { CompressionLevel = 9 }) < Size(new() { CompressionLevel = 1 }));
        Assert.True(Size(new() { MemoryLevel = 9 }) < Size(new() { MemoryLevel = 1 }));
        for (int level = 1; level <= 9; level++)
            Assert.InRange(Size(new() { CompressionLevel = level, MemoryLevel = 10 - level }), 1, data.Length - 1);
    }

    /// <summary>Around the sizes of the buffer that takes the compressed bytes, of the frame's length, and of the writer's steps.</summary>
    [Fact]
    [Trait("Register", "S21")]
    public void Messages_of_every_size_around_the_boundaries__arrive()
    {
        using Link link = Deflated.Link();
        int[] boundaries = [0, 125, 4_096, 8_192, 65_536];
        foreach (int boundary in boundaries)
        {
            for (int length = Math.Max(0, boundary - 20); length <= boundary + 8; length++)
            {
                byte[] data = Deflated.Noise(length);
                Assert.Equal([new BytesMessage(data)], link.Send(ConnectionRole.Client, new BytesMessage(data) { Compress = true }));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(8 << 20)]
    [Trait("Register", "S21")]
    public void Large_messages__arrive(int length)
    {
        using Link link = Deflated.Link(options: new() { MaxMessageSize = null });
        byte[] data = Deflated.Noise(length);
        Array.Clear(data, length / 2, length / 2);
        Assert.Equal([new BytesMessage(data)], link.Send(ConnectionRole.Client, new BytesMessage(data)));
        Assert.Equal([new BytesMessage(data)], link.Send(ConnectionRole.Server, new BytesMessage(data)));
    }

    /// <summary>Text that cannot be sent leaves the compressor as it was.</summary>
    [Fact]
    public void Lone_surrogate__is_refused_and_nothing_is_remembered()
    {
        using Link link = Deflated.Link();
        Assert.Equal(
            [new TextMessage("Hello Hello")],
            link.Send(ConnectionRole.Client, new TextMessage("Hello Hello") { Compress = true }));
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        Assert.ThrowsAny<ArgumentException>(() => link.Client.Send(new TextMessage("\uD800") { Compress = true }, output));
        Assert.Equal(0, output.WrittenCount);
        Assert.Equal(
            [new TextMessage("Hello Hello")],
            link.Send(ConnectionRole.Client, new TextMessage("Hello Hello") { Compress = true }));
    }

    [Fact]
    public void Message_that_may_not_be_sent__is_refused_and_nothing_is_remembered()
    {
        using Link link = Deflated.Link();
        link.Send(ConnectionRole.Client, new TextMessage("a") { MessageFinished = false });
        Assert.Throws<LocalProtocolException>(() => link.Client.Send(new BytesMessage(_prose)));
        Assert.Equal([new TextMessage("ab")], link.Send(ConnectionRole.Client, new TextMessage("b")));
        link.Client.Send(new CloseConnection(CloseCode.NormalClosure));
        Assert.Throws<LocalProtocolException>(() => link.Client.Send(new BytesMessage(_prose)));
    }
}
