// Bytes of the wire format, written by the tests and not by the code under test.

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Text;

namespace WsProto.Testing;

/// <summary>How the length of a frame is encoded (RFC 6455 §5.2).</summary>
public enum LengthForm
{
    /// <summary>In as few bytes as possible: one for up to 125, three for up to 65,535, nine for more.</summary>
    Shortest = 0,

    /// <summary>As 126 and two bytes, whatever the length.</summary>
    TwoBytes = 1,

    /// <summary>As 127 and eight bytes, whatever the length.</summary>
    EightBytes = 2,
}

/// <summary>Makes bytes that a peer may send, valid or not, without the writers of the library.</summary>
public static class Wire
{
    /// <summary>The key of the examples in RFC 6455 §5.7.</summary>
    internal static readonly byte[] Key = [0x37, 0xFA, 0x21, 0x3D];

    /// <summary>Makes a frame as the peer of <paramref name="receiver"/> sends it: masked for a server, not masked for a client.</summary>
    /// <param name="receiver">The end that receives the frame.</param>
    /// <param name="opcode">The opcode: any value of four bits.</param>
    /// <param name="payload">The payload before masking.</param>
    /// <param name="fin">The FIN bit.</param>
    /// <param name="rsv">RSV1 to RSV3 as a number of three bits: 4, 2, 1.</param>
    /// <param name="form">How the length is encoded.</param>
    /// <returns>The bytes.</returns>
    public static byte[] FrameFor(
        ConnectionRole receiver, Opcode opcode, byte[] payload, bool fin = true, int rsv = 0, LengthForm form = LengthForm.Shortest) =>
        Frame(opcode, payload, fin, rsv, receiver == ConnectionRole.Server ? Key : null, form);

    /// <summary>Makes a frame of which the caller determines each field.</summary>
    /// <param name="opcode">The opcode: any value of four bits.</param>
    /// <param name="payload">The payload before masking.</param>
    /// <param name="fin">The FIN bit.</param>
    /// <param name="rsv">RSV1 to RSV3 as a number of three bits: 4, 2, 1.</param>
    /// <param name="key">The masking key of four bytes; null for no mask.</param>
    /// <param name="form">How the length is encoded.</param>
    /// <param name="announced">A length in bytes to announce instead of that of the payload.</param>
    /// <returns>The bytes.</returns>
    public static byte[] Frame(
        Opcode opcode,
        byte[] payload,
        bool fin = true,
        int rsv = 0,
        byte[]? key = null,
        LengthForm form = LengthForm.Shortest,
        ulong? announced = null)
    {
        ulong length = announced ?? (ulong)payload.Length;
        if (form == LengthForm.Shortest && length > 125)
            form = length > 65535 ? LengthForm.EightBytes : LengthForm.TwoBytes;
        var bytes = new List<byte> { (byte)((fin ? 0x80 : 0) | (rsv << 4) | (int)opcode) };
        int mask = key is null ? 0 : 0x80;
        byte[] number = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(number, length);
        switch (form)
        {
            case LengthForm.Shortest:
                bytes.Add((byte)(mask | (int)length));
                break;
            case LengthForm.TwoBytes:
                bytes.Add((byte)(mask | 126));
                bytes.AddRange(number[6..]);
                break;
            default:
                bytes.Add((byte)(mask | 127));
                bytes.AddRange(number);
                break;
        }

        if (key is not null)
            bytes.AddRange(key);
        bytes.AddRange(key is null ? payload : Mask(payload, key));
        return [.. bytes];
    }

    /// <summary>Makes a Close as the peer of <paramref name="receiver"/> sends it.</summary>
    /// <param name="receiver">The end that receives the Close.</param>
    /// <param name="code">The code: any 16-bit number; null for a Close without a code.</param>
    /// <param name="reason">The reason, of any length. It is encoded as UTF-8.</param>
    /// <returns>The bytes.</returns>
    public static byte[] CloseFor(ConnectionRole receiver, int? code, string reason = "") =>
        FrameFor(receiver, Opcode.Close, ClosePayload(code, reason));

    /// <summary>Makes a head: the given lines, followed by an empty line. Each character up to U+00FF is one byte.</summary>
    /// <param name="lines">The start line, and then each header line.</param>
    /// <returns>The bytes.</returns>
    public static byte[] Head(params IEnumerable<string> lines) => Latin1(string.Concat(lines.Select(line => line + "\r\n")) + "\r\n");

    internal static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    internal static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);

    internal static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    internal static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    internal static byte[] Concat(params IEnumerable<byte[]> parts) => parts.SelectMany(part => part).ToArray();

    internal static byte[] Repeat(byte value, int count) => Enumerable.Repeat(value, count).ToArray();

    internal static byte[] ClosePayload(int? code, string reason = "") =>
        code is { } number ? [(byte)(number >> 8), (byte)number, .. Utf8(reason)] : [];

    internal static byte[] Mask(byte[] payload, byte[] key)
    {
        byte[] masked = [.. payload];
        for (int octet = 0; octet < key.Length; octet++)
        {
            for (int i = octet; i < masked.Length; i += key.Length)
                masked[i] ^= key[octet];
        }

        return masked;
    }
}
