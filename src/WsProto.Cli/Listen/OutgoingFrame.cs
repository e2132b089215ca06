using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace WsProto.Cli.Listen;

/// <summary>A frame that a server is about to send, to be spoiled (RFC 6455 §5.2).</summary>
/// <param name="First">The first octet: FIN, reserved bits, opcode.</param>
/// <param name="Payload">The payload, unmasked.</param>
internal sealed record OutgoingFrame(byte First, byte[] Payload)
{
    public const int Text = 1;
    public const int Close = 8;
    public const int Ping = 9;
    public const int Pong = 10;

    public int Opcode => First & 0xF;

    public bool IsControl => Opcode >= Close;

    /// <summary>Whether it is the first frame of a compressed message.</summary>
    public bool IsCompressed => (First & 0x40) != 0;

    /// <summary>The octets of the frame as they should be.</summary>
    /// <param name="key">The masking key; null for none.</param>
    public byte[] Encode(byte[]? key = null) => Encode(Payload.Length < 126 ? 0 : Payload.Length <= ushort.MaxValue ? 2 : 8, key);

    /// <summary>The octets of the frame.</summary>
    /// <param name="form">How many octets of length follow the second: 0, 2 or 8.</param>
    /// <param name="key">The masking key; null for none.</param>
    public byte[] Encode(int form, byte[]? key)
    {
        int start = 2 + form + (key?.Length ?? 0);
        byte[] octets = new byte[start + Payload.Length];
        octets[0] = First;
        octets[1] = (byte)((key is null ? 0 : 0x80) | (form == 0 ? Payload.Length : form == 2 ? 126 : 127));
        if (form == 2)
            BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), (ushort)Payload.Length);
        else if (form == 8)
            BinaryPrimitives.WriteInt64BigEndian(octets.AsSpan(2), Payload.Length);
        Payload.CopyTo(octets, start);
        if (key is null)
            return octets;
        key.CopyTo(octets, start - key.Length);
        for (int i = 0; i < Payload.Length; i++)
            octets[start + i] ^= key[i & 3];
        return octets;
    }

    /// <summary>Takes whole frames from the beginning of what a server writes, and leaves the rest.</summary>
    public static List<OutgoingFrame> Take(List<byte> octets)
    {
        var frames = new List<OutgoingFrame>();
        while (octets.Count >= 2)
        {
            int form = octets[1] switch { 126 => 2, 127 => 8, _ => 0 };
            if (octets.Count < 2 + form)
                break;
            long length = form == 0 ? octets[1] : 0;
            for (int i = 0; i < form; i++)
                length = (length << 8) | octets[2 + i];
            if (octets.Count - 2 - form < length)
                break;
            int whole = 2 + form + (int)length;
            frames.Add(new OutgoingFrame(octets[0], [.. octets.GetRange(2 + form, (int)length)]));
            octets.RemoveRange(0, whole);
        }

        return frames;
    }
}
