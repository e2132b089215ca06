using System.Buffers.Binary;

namespace WsProto.Tests.Framing;

/// <summary>A frame as a strict reader finds it on the wire; the reader shares nothing with the code under test.</summary>
internal sealed record WireFrame(bool Fin, int Reserved, Opcode Opcode, byte[]? Key, byte[] Payload)
{
    /// <summary>Reads whole frames only, lengths in their shortest form only, and nothing but frames.</summary>
    public static List<WireFrame> ReadAll(byte[] bytes)
    {
        var frames = new List<WireFrame>();
        for (int at = 0; at < bytes.Length;)
            frames.Add(Read(bytes, ref at));
        return frames;
    }

    public static WireFrame Only(byte[] bytes) => Assert.Single(ReadAll(bytes));

    private static WireFrame Read(byte[] bytes, ref int at)
    {
        byte first = bytes[at++];
        byte second = bytes[at++];
        ulong length = (ulong)(second & 0x7F);
        if (length == 126)
        {
            length = BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at, 2));
            Assert.True(length > 125, "The length is not in its shortest form.");
            at += 2;
        }
        else if (length == 127)
        {
            length = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at, 8));
            Assert.True(length > 65535, "The length is not in its shortest form.");
            at += 8;
        }

        byte[]? key = null;
        if ((second & 0x80) != 0)
        {
            key = bytes[at..(at + 4)];
            at += 4;
        }

        byte[] payload = bytes[at..(at + (int)length)];
        at += (int)length;
        return new WireFrame(
            (first & 0x80) != 0, (first >> 4) & 7, (Opcode)(first & 0xF), key, key is null ? payload : Wire.Mask(payload, key));
    }
}
