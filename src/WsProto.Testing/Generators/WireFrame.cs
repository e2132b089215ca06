using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace WsProto.Testing.Generators;

/// <summary>A frame on the wire, valid or not: each field may have any value. Two frames are equal if their contents are.</summary>
/// <param name="Opcode">The opcode: any value of four bits.</param>
/// <param name="Payload">The payload before masking.</param>
public sealed record WireFrame(Opcode Opcode, byte[] Payload)
{
    /// <summary>The FIN bit. Default: set.</summary>
    public bool Fin { get; init; } = true;

    /// <summary>RSV1 to RSV3 as a number of three bits: 4, 2, 1. Default: 0.</summary>
    public int Rsv { get; init; }

    /// <summary>The masking key of four bytes, if the frame is masked. Default: the key of the examples in RFC 6455 §5.7.</summary>
    public byte[] Key { get; init; } = Wire.Key;

    /// <summary>Whether the frame is masked although it must not be, or is not although it must be. Default: false.</summary>
    public bool WrongMask { get; init; }

    /// <summary>How the length is encoded. Default: the shortest form.</summary>
    public LengthForm Form { get; init; }

    /// <summary>A length in bytes to announce instead of that of the payload. Default: null.</summary>
    public ulong? Announced { get; init; }

    internal static WireFrame Of(WsEvent control) => control switch
    {
        Ping ping => new WireFrame(Opcode.Ping, ping.Payload.ToArray()),
        Pong pong => new WireFrame(Opcode.Pong, pong.Payload.ToArray()),
        _ => throw new ArgumentOutOfRangeException(nameof(control)),
    };

    /// <summary>Encodes the frame as the peer of <paramref name="receiver"/> sends it.</summary>
    /// <param name="receiver">The end that receives the frame.</param>
    /// <returns>The bytes.</returns>
    public byte[] BytesFor(ConnectionRole receiver) =>
        Wire.Frame(Opcode, Payload, Fin, Rsv, receiver == ConnectionRole.Server != WrongMask ? Key : null, Form, Announced);

    /// <summary>Parses frames strictly, without the reader of the library, to check what was sent.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="sender">The end that sent them.</param>
    /// <returns>
    /// The frames. Null if the bytes are not whole frames, a length is not in its shortest form, or a mask is missing or wrong for the
    /// sender.
    /// </returns>
    public static IReadOnlyList<WireFrame>? Parse(byte[] bytes, ConnectionRole sender)
    {
        var frames = new List<WireFrame>();
        for (int at = 0; at < bytes.Length;)
        {
            if (bytes.Length < at + 2 || bytes[at + 1] >> 7 == 1 != (sender == ConnectionRole.Client))
                return null;
            int field = bytes[at + 1] & 0x7F;
            int lengthBytes = field switch { 126 => 2, 127 => 8, _ => 0 };
            int keyBytes = sender == ConnectionRole.Client ? 4 : 0;
            int start = at + 2 + lengthBytes + keyBytes;
            if (bytes.Length < start)
                return null;
            byte[] number = new byte[8];
            bytes.AsSpan(at + 2, lengthBytes).CopyTo(number.AsSpan(8 - lengthBytes));
            ulong length = lengthBytes == 0 ? (ulong)field : BinaryPrimitives.ReadUInt64BigEndian(number);
            bool shortest = lengthBytes switch { 0 => true, 2 => length > 125, _ => length is > 65535 and < 1UL << 63 };
            if (!shortest || (ulong)(bytes.Length - start) < length)
                return null;
            int end = start + (int)length;
            byte[] key = bytes[(start - keyBytes)..start];
            frames.Add(new WireFrame((Opcode)(bytes[at] & 15), keyBytes == 0 ? bytes[start..end] : Wire.Mask(bytes[start..end], key))
            {
                Fin = bytes[at] >> 7 == 1,
                Rsv = (bytes[at] >> 4) & 7,
                Key = key,
            });
            at = end;
        }

        return frames;
    }

    /// <summary>Whether all fields are the same. Arrays are compared by content.</summary>
    public bool Equals(WireFrame? other) =>
        other is not null
        && (Opcode, Fin, Rsv, WrongMask, Form, Announced)
            == (other.Opcode, other.Fin, other.Rsv, other.WrongMask, other.Form, other.Announced)
        && Key.AsSpan().SequenceEqual(other.Key) && Payload.AsSpan().SequenceEqual(other.Payload);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Opcode, Fin, Rsv, Payload.Length);

    /// <summary>Describes the frame, with key and payload in hexadecimal.</summary>
    public override string ToString() =>
        $"{Opcode}{(Fin ? "" : "…")}{(Rsv == 0 ? "" : $" rsv {Rsv}")}{(WrongMask ? " wrong mask" : "")}{(Form == 0 ? "" : $" {Form}")}"
        + $"{(Announced is { } length ? $" announces {length}" : "")} key {Convert.ToHexString(Key)} ({Bytes.Show(Payload)})";
}
