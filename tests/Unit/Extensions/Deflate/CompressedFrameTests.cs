
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>The bit that says "compressed", and what frames a compressed message may have.</summary>
[Trait("RFC", "7692 §6")]
public class CompressedFrameTests
{
    /// <summary>wsproto's own payload: 23 times x.</summary>
    private static readonly byte[] _payload = Wire.Repeat((byte)'x', 23);
    private static readonly byte[] _compressed = Wire.Hex("aa a8 c0 0a 00 00");

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "7692-6.2-1")]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_client_inbound_compressed_single_data_frame")]
    public void Compressed_message_of_one_frame__is_inflated(ConnectionRole role) =>
        Cuts.Expect(
            () => Deflated.Connection(role),
            Deflated.First(role, Opcode.Binary, _compressed),
            ConnectionState.Open,
            new BytesMessage(_payload));

    /// <summary>Also cuts between the octets of a block's header, and frames without any octet.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "7692-6.2-1")]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_client_inbound_compressed_multiple_data_frames")]
    public void Compressed_message_cut_into_frames_anywhere__is_inflated(ConnectionRole role)
    {
        for (int cut = 0; cut <= _compressed.Length; cut++)
        {
            byte[] frames =
            [
                .. Deflated.First(role, Opcode.Binary, _compressed[..cut], fin: false),
                .. Deflated.Next(role, [], fin: false),
                .. Deflated.Next(role, _compressed[cut..], fin: false),
                .. Deflated.Next(role, []),
            ];
            Cuts.Expect(() => Deflated.Connection(role), frames, ConnectionState.Open, new BytesMessage(_payload));
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Compressed_message_of_one_octet_a_frame__is_inflated(ConnectionRole role)
    {
        byte[] compressed = Zip.One(Deflated.Prose(300));
        IEnumerable<byte[]> frames = compressed.Select((octet, i) =>
            i == 0
                ? Deflated.First(role, Opcode.Text, [octet], fin: false)
                : Deflated.Next(role, [octet], fin: i == compressed.Length - 1));
        Cuts.Expect(
            () => Deflated.Connection(role), Wire.Concat(frames), ConnectionState.Open,
            new TextMessage(System.Text.Encoding.ASCII.GetString(Deflated.Prose(300))));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_inbound_uncompressed_data_frame")]
    [Trait("MUST", "7692-6.2-2")]
    public void Data_without_the_bit__is_delivered_as_it_is(ConnectionRole role)
    {
        byte[] frames =
        [
            .. Wire.FrameFor(role, Opcode.Binary, _payload),
            .. Wire.FrameFor(role, Opcode.Binary, _compressed, fin: false),
            .. Wire.FrameFor(role, Opcode.Continuation, _payload),
        ];
        Cuts.Expect(
            () => Deflated.Connection(role),
            frames,
            ConnectionState.Open,
            new BytesMessage(_payload),
            new BytesMessage(Wire.Concat(_compressed, _payload)));
    }

    /// <summary>The window is that of the last compressed message; others leave it alone.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "7692-7.2.2-1")]
    [Trait("MUST", "7692-7.2.2-2")]
    public void Compressed_and_uncompressed_messages_in_turn__are_delivered(ConnectionRole role)
    {
        byte[] frames =
        [
            .. Deflated.First(role, Opcode.Text, Wire.Hex("f2 48 cd c9 c9 07 00")),
            .. Wire.FrameFor(role, Opcode.Text, "plain"u8.ToArray()),
            .. Deflated.First(role, Opcode.Text, Wire.Hex("f2 00 11 00 00")),
        ];
        Cuts.Expect(
            () => Deflated.Connection(role), frames, ConnectionState.Open, new TextMessage("Hello"), new TextMessage("plain"),
            new TextMessage("Hello"));
    }

    /// <summary>Where no window was agreed on it is the largest that DEFLATE has.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "7692-7.2.2-4")]
    [Trait("MUST", "7692-7.2.2-5")]
    public void Reference_over_nearly_32_KiB__is_understood(ConnectionRole role)
    {
        byte[] noise = Deflated.Noise(32_000);
        using var zip = new Zip();
        byte[] first = zip.Message(noise);
        byte[] second = zip.Message(noise);
        Assert.InRange(second.Length, 1, noise.Length / 10);
        byte[] frames = [.. Deflated.First(role, Opcode.Binary, first), .. Deflated.First(role, Opcode.Binary, second)];
        ConnectionOutcome outcome = Deflated.Run(() => Deflated.Connection(role), frames, 1, 1_000);
        Assert.Equal(new ConnectionOutcome([new BytesMessage(noise), new BytesMessage(noise)], ConnectionState.Open), outcome);
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_inbound_uncompressed_control_frame")]
    public void Ping_without_the_bit__is_delivered_as_it_is(ConnectionRole role) =>
        Cuts.Expect(() => Deflated.Connection(role), Wire.FrameFor(role, Opcode.Ping, _payload), ConnectionState.Open, new Ping(_payload));

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_client_decompress_after_uncompressible_frame")]
    public void Ping_before_compressed_text__both_are_delivered(ConnectionRole role) =>
        Cuts.Expect(
            () => Deflated.Connection(role),
            [.. Wire.FrameFor(role, Opcode.Ping, "x"u8.ToArray()), .. Deflated.First(role, Opcode.Text, _compressed)],
            ConnectionState.Open,
            new Ping("x"u8.ToArray()),
            new TextMessage(new string('x', 23)));

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "C1")]
    [Trait("Register", "B1")]
    public void Control_frames_between_compressed_fragments__all_are_delivered(ConnectionRole role)
    {
        byte[] compressed = Zip.One("hello hello hello world"u8.ToArray());
        for (int cut = 0; cut <= compressed.Length; cut++)
        {
            byte[] frames =
            [
                .. Deflated.First(role, Opcode.Text, compressed[..cut], fin: false),
                .. Wire.FrameFor(role, Opcode.Ping, "a"u8.ToArray()),
                .. Wire.FrameFor(role, Opcode.Pong, []),
                .. Deflated.Next(role, compressed[cut..]),
                .. Wire.FrameFor(role, Opcode.Ping, []),
            ];
            Cuts.Expect(
                () => Deflated.Connection(role), frames, ConnectionState.Open,
                new Ping("a"u8.ToArray()), new Pong(), new TextMessage("hello hello hello world"), new Ping());
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Close_between_compressed_fragments__drops_the_message(ConnectionRole role) =>
        Cuts.Expect(
            () => Deflated.Connection(role),
            [
                .. Deflated.First(role, Opcode.Text, _compressed[..3], fin: false),
                .. Wire.CloseFor(role, 1000),
                .. Deflated.Next(role, _compressed[3..]),
            ],
            ConnectionState.RemoteClosing,
            new CloseConnection(CloseCode.NormalClosure));

    [Theory]
    [InlineData(ConnectionRole.Client, Opcode.Ping)]
    [InlineData(ConnectionRole.Server, Opcode.Ping)]
    [InlineData(ConnectionRole.Client, Opcode.Pong)]
    [InlineData(ConnectionRole.Server, Opcode.Pong)]
    [InlineData(ConnectionRole.Client, Opcode.Close)]
    [InlineData(ConnectionRole.Server, Opcode.Close)]
    [Trait("MUST", "7692-6-2")]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_inbound_compressed_control_frame")]
    public void Control_frame_with_the_bit__fails_with_1002(ConnectionRole role, Opcode opcode)
    {
        byte[] frames = [.. Wire.FrameFor(role, opcode, [], rsv: Deflated.Rsv1), .. Wire.FrameFor(role, Opcode.Ping, [])];
        Deflated.Fails(Cuts.Run(() => Deflated.Connection(role), frames), ProtocolError.ExtensionFailed, CloseCode.ProtocolError);
    }

    [Theory]
    [InlineData(ConnectionRole.Client, Deflated.Rsv1)]
    [InlineData(ConnectionRole.Server, Deflated.Rsv1)]
    [InlineData(ConnectionRole.Client, 0)]
    [InlineData(ConnectionRole.Server, 0)]
    [Trait("MUST", "7692-6-2")]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_inbound_compressed_continuation_frame")]
    public void Continuation_with_the_bit__fails_with_1002(ConnectionRole role, int first)
    {
        byte[] frames =
        [
            .. Wire.FrameFor(role, Opcode.Binary, _compressed[..3], fin: false, rsv: first),
            .. Wire.FrameFor(role, Opcode.Continuation, _compressed[3..], rsv: Deflated.Rsv1),
        ];
        Deflated.Fails(Cuts.Run(() => Deflated.Connection(role), frames), ProtocolError.ExtensionFailed, CloseCode.ProtocolError);
    }

    [Theory]
    [InlineData(ConnectionRole.Client, 0b110)]
    [InlineData(ConnectionRole.Server, 0b101)]
    [InlineData(ConnectionRole.Client, 0b001)]
    [InlineData(ConnectionRole.Server, 0b010)]
    public void Other_reserved_bits__fail_with_1002(ConnectionRole role, int bits) =>
        Deflated.Fails(
            Cuts.Run(() => Deflated.Connection(role), Wire.FrameFor(role, Opcode.Binary, _compressed, rsv: bits)),
            ProtocolError.ReservedBitSet,
            CloseCode.ProtocolError);

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "S20")]
    public void Bit_without_an_agreement__fails_with_1002(ConnectionRole role)
    {
        byte[] frame = Deflated.First(role, Opcode.Binary, _compressed);
        Deflated.Fails(Cuts.Run(() => WsConnection.Established(role), frame), ProtocolError.ReservedBitSet, CloseCode.ProtocolError);
    }

    /// <summary>A template is there on one side only: nothing was agreed on, so nobody has anything to inflate with.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Register", "S20")]
    public void Bit_where_only_one_side_wanted_it__fails_with_1002_and_no_object_is_made(bool clientOffers)
    {
        IReadOnlyList<WsExtension> template = [new PerMessageDeflate()];
        using Link link = Link.Connected(
            new Request("h", "/") { Extensions = clientOffers ? template : [] },
            new AcceptConnection { Extensions = clientOffers ? [] : template });
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            Assert.Empty(link[role].Extensions);
            var close = Assert.IsType<CloseConnection>(Assert.Single(link[role].Read(Deflated.First(role, Opcode.Binary, _compressed))));
            Assert.Equal((ProtocolError.ReservedBitSet, CloseCode.ProtocolError), (close.Error, close.Code));
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "7692-6-1")]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_outbound_uncompressible_opcode")]
    public void Control_frames_are_sent_without_the_bit(ConnectionRole role)
    {
        using WsConnection sender = Deflated.Connection(role);
        sender.Send(new TextMessage("x") { MessageFinished = false, Compress = true });
        Assert.Equivalent(new SentFrame(true, 0, Opcode.Ping, _payload), SentFrame.One(sender.Send(new Ping(_payload))), strict: true);
        Assert.Equivalent(new SentFrame(true, 0, Opcode.Pong, _payload), SentFrame.One(sender.Send(new Pong(_payload))), strict: true);
        Assert.Equivalent(
            new SentFrame(true, 0, Opcode.Close, [0x03, 0xE8]),
            SentFrame.One(sender.Send(new CloseConnection(CloseCode.NormalClosure))),
            strict: true);
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "7692-6.1-1")]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_outbound_compress_single_frame")]
    public void Message_of_one_frame__is_sent_with_the_bit(ConnectionRole role)
    {
        using WsConnection sender = Deflated.Connection(role);
        SentFrame frame = SentFrame.One(sender.Send(new BytesMessage(_payload) { Compress = true }));
        Assert.Equal((true, Deflated.Rsv1, Opcode.Binary), (frame.Fin, frame.Rsv, frame.Opcode));
        Assert.Equal(_payload, Zip.Inflate(frame.Payload));
        Assert.True(frame.Payload.Length <= _compressed.Length);
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "7692-6-1")]
    [Trait("MUST", "7692-7.2.1-2")]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_outbound_compress_multiple_frames")]
    public void Message_of_several_frames__is_sent_with_the_bit_on_the_first_alone(ConnectionRole role)
    {
        using WsConnection sender = Deflated.Connection(role);
        SentFrame first =
            SentFrame.One(sender.Send(new BytesMessage(_payload.AsMemory(0, 12)) { MessageFinished = false, Compress = true }));
        SentFrame middle = SentFrame.One(sender.Send(new BytesMessage(default) { MessageFinished = false }));
        SentFrame last = SentFrame.One(sender.Send(new BytesMessage(_payload.AsMemory(12)) { Compress = false }));
        Assert.Equal((false, Deflated.Rsv1, Opcode.Binary), (first.Fin, first.Rsv, first.Opcode));
        Assert.Equal((false, 0, Opcode.Continuation), (middle.Fin, middle.Rsv, middle.Opcode));
        Assert.Equal((true, 0, Opcode.Continuation), (last.Fin, last.Rsv, last.Opcode));
        Assert.Equal([0x00, 0x00, 0xFF, 0xFF], first.Payload[^4..]);
        Assert.Equal(_payload, Zip.Inflate(Wire.Concat(first.Payload, middle.Payload, last.Payload)));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("Register", "B17")]
    public void Header_is_shown_to_an_extension_once_however_it_was_cut(ConnectionRole role)
    {
        byte[] frames =
        [
            .. Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray(), fin: false),
            .. Wire.FrameFor(role, Opcode.Ping, []),
            .. Wire.FrameFor(role, Opcode.Continuation, []),
        ];
        foreach (int size in new[] { 1, 3, frames.Length })
        {
            var counter = new HeaderCounter();
            using WsConnection connection = WsConnection.Established(role, [counter]);
            foreach (byte[] piece in frames.Chunk(size))
                connection.Read(piece);
            Assert.Equal([Opcode.Text, Opcode.Ping, Opcode.Continuation], counter.Seen);
        }
    }

    private sealed class HeaderCounter() : ExtensionCodec(new ExtensionElement("counter"))
    {
        public List<Opcode> Seen { get; } = [];

        protected internal override ExtensionResult ReceiveHeader(in FrameHeader header)
        {
            Seen.Add(header.Opcode);
            return ExtensionResult.Done;
        }
    }
}
