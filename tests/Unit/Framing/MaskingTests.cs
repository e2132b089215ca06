using System.Runtime.InteropServices;
using WsProto.Framing;

namespace WsProto.Tests.Framing;

/// <summary>
/// "octet i of the transformed data … is the XOR of octet i of the original data with octet at index i modulo 4 of the masking key".
/// </summary>
[Trait("RFC", "6455 §5.3")]
public class MaskingTests
{
    private static readonly byte[] _data = Enumerable.Range(0, 400).Select(i => (byte)(i * 7)).ToArray();

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::test_xor_mask_simple")]
    public void Known_text_gives_known_bytes_and_nothing_stays_nothing()
    {
        Assert.Equal([], Mask("1234"u8, []));
        Assert.Equal(
            Wire.Hex("425d5e511144564648125f5b5f55135050465214575d41145c53405f585c5414534b13435450405b52595640"),
            Mask("1234"u8, "some very long data for masking by websocket"u8));
    }

    [Fact]
    public void Every_length_at_every_alignment_is_masked_octet_by_octet()
    {
        for (int start = 0; start < 36; start++)
        {
            for (int length = 0; length < 330; length++)
            {
                byte[] source = _data[start..(start + length)];
                byte[] destination = new byte[start + length + 1];
                Masking.Apply(KeyOf(Wire.Key), _data.AsSpan(start, length), destination.AsSpan(start));
                byte[] expected = [.. new byte[start], .. Wire.Mask(source, Wire.Key), 0];
                Assert.Equal(expected, destination);
            }
        }
    }

    [Fact]
    public void Data_may_be_masked_where_it_stands_and_downwards_over_itself()
    {
        foreach (int distance in Enumerable.Range(0, 36))
        {
            for (int length = 0; length < 330; length++)
            {
                byte[] memory = _data[..(distance + length)];
                byte[] expected = Wire.Mask(memory[distance..], Wire.Key);
                Masking.Apply(KeyOf(Wire.Key), memory.AsSpan(distance, length), memory);
                Assert.Equal(expected, memory[..length]);
            }
        }
    }

    [Fact]
    public void Masking_in_pieces_with_the_advanced_key_is_masking_at_once()
    {
        byte[] whole = Wire.Mask(_data[..50], Wire.Key);
        for (int cut = 0; cut <= 50; cut++)
        {
            byte[] pieces = new byte[50];
            uint key = KeyOf(Wire.Key);
            Masking.Apply(key, _data.AsSpan(0, cut), pieces);
            Masking.Apply(Masking.Advance(key, cut), _data.AsSpan(cut, 50 - cut), pieces.AsSpan(cut));
            Assert.Equal(whole, pieces);
        }
    }

    [Fact]
    public void Masking_tells_whether_all_that_it_wrote_is_ASCII()
    {
        for (int length = 0; length < 330; length++)
        {
            byte[] text = Wire.Mask(Wire.Repeat(0x7F, length), Wire.Key);
            byte[] plain = new byte[length];
            Assert.True(Masking.Apply(KeyOf(Wire.Key), text, plain));
            for (int i = 0; i < length; i++)
            {
                text[i] ^= 0x80;
                Assert.False(Masking.Apply(KeyOf(Wire.Key), text, plain));
                text[i] ^= 0x80;
            }
        }
    }

    /// <summary>Which of them <see cref="Masking.Apply"/> takes depends on the processor.</summary>
    [Fact]
    public void Wide_vectors_and_others_mask_the_same()
    {
        for (int length = 64; length <= 128; length++)
        {
            foreach (byte[] data in (byte[][])[_data[..length], Wire.Mask(Wire.Repeat(0x7F, length), Wire.Key)])
            {
                byte[] wide = new byte[length];
                byte[] others = new byte[length];
                bool isAscii = Masking.ApplyToWidePair(KeyOf(Wire.Key), data, wide);
                Assert.Equal(isAscii, Masking.ApplyToVectors(KeyOf(Wire.Key), data, others));
                Assert.Equal(Wire.Mask(data, Wire.Key), wide);
                Assert.Equal(wide, others);
                Assert.Equal(isAscii, Array.TrueForAll(wide, octet => octet < 0x80));
            }
        }
    }

    [Fact]
    public void Masking_twice_gives_the_data_back() =>
        Assert.Equal(_data, Mask(Wire.Key, Mask(Wire.Key, _data)));

    [Fact]
    [Trait("MUST", "6.2-5")]
    public void Server_receives_frames_under_different_keys__each_key_begins_anew()
    {
        byte[][] keys = [[0x37, 0xFA, 0x21, 0x3D], [0, 0, 0, 0], [0xFF, 0, 0xFF, 0], [1, 2, 3, 4]];
        byte[] input =
            keys.SelectMany((key, i) => Wire.Frame(i == 0 ? Opcode.Binary : Opcode.Continuation, _data[..(i + 41)], fin: i == 3, key: key))
                .ToArray();
        byte[] message = [.. _data[..41], .. _data[..42], .. _data[..43], .. _data[..44]];
        Ends.Expect(ConnectionRole.Server, input, new BytesMessage(message));
    }

    [Fact]
    [Trait("MUST", "6.2-5")]
    public void Server_receives_the_masked_example__delivers_it_unmasked() =>
        Ends.Expect(ConnectionRole.Server, Wire.Hex("81 85 37 FA 21 3D 7F 9F 4D 51 58"), new TextMessage("Hello"));

    private static uint KeyOf(ReadOnlySpan<byte> octets) => MemoryMarshal.Read<uint>(octets);

    private static byte[] Mask(ReadOnlySpan<byte> key, ReadOnlySpan<byte> data)
    {
        byte[] masked = new byte[data.Length];
        Masking.Apply(KeyOf(key), data, masked);
        return masked;
    }
}
