using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Framing;

namespace WsProto.Tests.Laws;

/// <summary>Headers and masks.</summary>
[Trait("RFC", "6455 §5.2, §5.3")]
public class FramingLaws
{
    private static readonly long[] _boundaries =
    [
        0, 1, 125, 126, 127, 255, 256, 32767, 32768, 65535, 65536, int.MaxValue, 1L << 31, uint.MaxValue, 1L << 32, (1L << 53) - 1,
        1L << 53, long.MaxValue - 1, long.MaxValue,
    ];

    [Fact]
    [Trait("MUST", "5.2-5")]
    [Trait("Register", "S06")]
    public void A_header_says_its_length_in_the_fewest_octets() => Law.Holds(Lengths, Law.Many, length =>
    {
        foreach (bool masked in new[] { true, false })
        {
            byte[] bytes = new byte[14];
            int size = FrameHeader.Write(bytes, 0x82, length, masked);
            byte[] number =
            [
                (byte)(length >> 56), (byte)(length >> 48), (byte)(length >> 40), (byte)(length >> 32), (byte)(length >> 24),
                (byte)(length >> 16), (byte)(length >> 8), (byte)length,
            ];
            int mask = masked ? 0x80 : 0;
            byte[] expected = length switch
            {
                < 126 => [0x82, (byte)(mask + length)],
                < 65536 => [0x82, (byte)(mask + 126), .. number[6..]],
                _ => [0x82, (byte)(mask + 127), .. number],
            };
            Assert.Equal(expected, bytes[..size]);
        }
    });

    [Fact]
    [Trait("MUST", "5.2-5")]
    public void A_header_of_every_kind_is_written_as_the_RFC_draws_it()
    {
        foreach (long length in _boundaries)
        {
            for (int first = 0; first <= 0xFF; first++)
            {
                var opcode = (Opcode)(first & 0xF);
                var header = new FrameHeader(first >= 0x80, (ReservedBits)(first & 0x70), opcode, length);
                byte[] plain = Wire.Frame(opcode, [], first >= 0x80, (first >> 4) & 7, announced: (ulong)length);
                byte[] masked = Wire.Frame(opcode, [], first >= 0x80, (first >> 4) & 7, Wire.Key, announced: (ulong)length);
                byte[] written = new byte[14];
                Assert.Equal(plain, written[..FrameHeader.Write(written, header.FirstOctet, length, masked: false)]);
                Assert.Equal(
                    masked,
                    (byte[])[.. written[..FrameHeader.Write(written, header.FirstOctet, length, masked: true)], .. Wire.Key]);
                if (length <= int.MaxValue)
                    Assert.Equal(
                        (plain.Length, masked.Length),
                        (FrameHeader.SizeFor((int)length, masked: false), FrameHeader.SizeFor((int)length, masked: true)));
            }
        }
    }

    [Fact]
    [Trait("Register", "S06")]
    [Trait("Register", "S07")]
    public void A_length_that_is_announced_is_read_as_it_was_written() => Law.Holds(Lengths, Law.Many, length =>
    {
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            // The limit is met exactly, and missed by one; that shows the number which was read.
            byte[] bytes = new byte[14];
            int size = FrameHeader.Write(bytes, 0x82, length, masked: role == ConnectionRole.Server);
            byte[] head = bytes[..(role == ConnectionRole.Server ? size + 4 : size)];
            var pool = new CountingPool();
            WsConnectionOptions options = new() { MessageDelivery = MessageDelivery.Chunks, MaxMessageSize = null, Pool = pool };
            using var exact = WsConnection.Established(role, options: options with { MaxFrameSize = length });
            WsEvent[] nothingYet = length == 0 ? [new BytesMessage(default)] : [];
            Assert.Equal(nothingYet, exact.Read(head));
            Assert.True(pool.Peak <= 4096);
            if (length > 0)
            {
                using var less = WsConnection.Established(role, options: options with { MaxFrameSize = length - 1 });
                Assert.Equal(ProtocolError.FrameTooBig, Assert.IsType<CloseConnection>(Assert.Single(less.Read(head))).Error);
            }
        }
    });

    [Fact]
    public void Reading_a_frame_undoes_writing_it() => Law.Holds(Arb.From(FramesOfAllKinds, Shrink), Law.Usual, frame =>
    {
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            var output = new ArrayBufferWriter<byte>();
            bool masked = role == ConnectionRole.Client;
            uint key = masked ? BitConverter.ToUInt32(frame.Key) : 0;
            FrameWriter.Write(FrameHeader.FirstOctetOf(frame.Fin, ReservedBits.None, frame.Opcode), frame.Payload, masked, key, output);
            ConnectionRole receiver = role == ConnectionRole.Client ? ConnectionRole.Server : ConnectionRole.Client;
            Assert.Equal(frame.BytesFor(receiver), output.WrittenSpan.ToArray());

            var input = new ReceiveBuffer(ArrayPool<byte>.Shared);
            input.Append(output.WrittenSpan);
            var reader = new FrameReader(
                input, receiver, new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks }, extensions: null);
            Assert.Equal(ReadStatus.Done, reader.Read(out Frame read, out _));
            Assert.Equal((frame.Opcode, frame.Fin), (read.Opcode, read.MessageFinished));
            Assert.True(read.FrameFinished);
            Assert.Equal(frame.Payload, read.Payload.ToArray());
            Assert.Equal(0, input.UnreadCount);
        }
    });

    [Fact]
    [Trait("MUST", "6.2-5")]
    public void Masking_is_an_involution_at_every_alignment_and_length()
    {
        byte[] source = new byte[400];
        new Random(1).NextBytes(source);
        foreach (byte[] key in new byte[][] { [1, 2, 3, 4], [0, 0, 0, 0], [0xFF, 0, 0x80, 1] })
        {
            uint number = BitConverter.ToUInt32(key);
            byte[] target = new byte[400];
            for (int offset = 0; offset <= 32; offset++)
            {
                for (int length = 0; length <= 140; length++)
                {
                    Span<byte> masked = target.AsSpan(offset, length);
                    Masking.Apply(number, source.AsSpan(32 - offset, length), masked);
                    for (int i = 0; i < length; i++)
                    {
                        if (masked[i] != (source[32 - offset + i] ^ key[i % 4]))
                            Assert.Fail($"Octet {i} of {length} at {offset}");
                    }

                    Masking.Apply(number, masked, masked);
                    Assert.True(masked.SequenceEqual(source.AsSpan(32 - offset, length)));
                }
            }
        }
    }

    [Fact]
    public void Masking_downwards_over_itself_is_masking() => Law.Holds(Masks, Law.Usual, mask =>
    {
        byte[] memory = [.. new byte[mask.Cut], .. mask.Data];
        Masking.Apply(BitConverter.ToUInt32(mask.Key), memory.AsSpan(mask.Cut), memory.AsSpan(0, mask.Data.Length));
        Assert.Equal(Wire.Mask(mask.Data, mask.Key), memory[..mask.Data.Length]);
    });

    [Fact]
    public void Masking_in_two_pieces_is_masking_whole() => Law.Holds(Masks, Law.Usual, mask =>
    {
        int cut = Math.Min(mask.Cut, mask.Data.Length);
        byte[] pieces = new byte[mask.Data.Length];
        uint key = BitConverter.ToUInt32(mask.Key);
        Masking.Apply(key, mask.Data.AsSpan(0, cut), pieces);
        Masking.Apply(Masking.Advance(key, cut), mask.Data.AsSpan(cut), pieces.AsSpan(cut));
        Assert.Equal(Wire.Mask(mask.Data, mask.Key), pieces);
    });

    private static Arbitrary<long> Lengths => Arb.From(
        Gen.Frequency((1, Gen.Elements(_boundaries)), (2, Gen.Choose(0, 62)
            .SelectMany(bits => Gen.Choose(0, int.MaxValue - 1), (bits, low) => (1L << bits) + (low & ((1L << bits) - 1))))),
        length => length == 0 ? [] : [0, length / 2, length - 1]);

    private static Gen<WireFrame> FramesOfAllKinds =>
        from opcode in Gen.Elements(Opcode.Text, Opcode.Binary, Opcode.Ping, Opcode.Pong)
        from payload in opcode.IsControl
            ? Testing.Generators.Bytes.Control
            : opcode == Opcode.Text ? Texts.Any.Select(Wire.Utf8)
            : Testing.Generators.Bytes.Any
        from fin in Gen.Elements(true, false)
        from key in Testing.Generators.Bytes.Keys
        select new WireFrame(opcode, payload) { Fin = fin || opcode.IsControl, Key = key };

    private static IEnumerable<WireFrame> Shrink(WireFrame frame) =>
        frame.Opcode == Opcode.Text ? [] : Shrinks.Bytes(frame.Payload).Select(payload => frame with { Payload = payload });

    private static Arbitrary<Mask> Masks => Arb.From(
        from data in Testing.Generators.Bytes.Any
        from key in Testing.Generators.Bytes.Keys
        from cut in Gen.Choose(0, 70)
        select new Mask(data, key, cut),
        mask => Shrinks.Bytes(mask.Data).Select(data => mask with { Data = data }));

    private sealed record Mask(byte[] Data, byte[] Key, int Cut)
    {
        public override string ToString() => $"{Testing.Generators.Bytes.Show(Data)} with {Convert.ToHexString(Key)} at {Cut}";
    }
}
