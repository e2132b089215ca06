using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;

namespace WsProto.Conformance;

/// <summary>A frame to send. It may break every rule.</summary>
internal sealed record SentFrame(int Opcode, byte[] Payload, bool Fin = true, int Rsv = 0)
{
    private const int Masked = 0x80;

    internal const int OpcodeOfContinuation = 0x0;
    internal const int OpcodeOfText = 0x1;
    internal const int OpcodeOfBinary = 0x2;
    internal const int OpcodeOfClose = 0x8;
    internal const int OpcodeOfPing = 0x9;
    internal const int OpcodeOfPong = 0xA;

    /// <summary>The masking key; null for one that is made of the number of the frame.</summary>
    public byte[]? Key { get; init; }

    public static SentFrame Text(byte[] payload, bool fin = true, int rsv = 0) => new(OpcodeOfText, payload, fin, rsv);

    public static SentFrame Text(string payload, bool fin = true, int rsv = 0) => Text(Encoding.UTF8.GetBytes(payload), fin, rsv);

    public static SentFrame Binary(byte[] payload, int rsv = 0) => new(OpcodeOfBinary, payload, Rsv: rsv);

    /// <summary>A continuation.</summary>
    public static SentFrame Next(string payload, bool fin = true) => new(OpcodeOfContinuation, Encoding.UTF8.GetBytes(payload), fin);

    public static SentFrame Ping(byte[] payload, bool fin = true, int rsv = 0) => new(OpcodeOfPing, payload, fin, rsv);

    public static SentFrame Ping(string payload, bool fin = true, int rsv = 0) => Ping(Encoding.UTF8.GetBytes(payload), fin, rsv);

    public static SentFrame Pong(string payload, bool fin = true) => new(OpcodeOfPong, Encoding.UTF8.GetBytes(payload), fin);

    public static SentFrame Close(int code = 1000, string reason = "") =>
        Close([(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)]);

    /// <summary>A Close with any payload.</summary>
    public static SentFrame Close(byte[] payload, int rsv = 0) => new(OpcodeOfClose, payload, Rsv: rsv);

    /// <summary>A message whose frames have these payloads.</summary>
    public static SentFrame[] Message(int opcode, int rsv, params IReadOnlyList<byte[]> parts) =>
    [
        .. parts.Select((part, i) => i == 0
            ? new SentFrame(opcode, part, parts.Count == 1, rsv)
            : new SentFrame(OpcodeOfContinuation, part, i == parts.Count - 1)),
    ];

    /// <summary>A message in frames of at most so many octets.</summary>
    public static SentFrame[] Split(int opcode, byte[] payload, int size, int rsv = 0) =>
        Message(opcode, rsv, payload.Length == 0 ? [payload] : [.. payload.Chunk(size)]);

    /// <summary>The octets of frames that follow each other.</summary>
    public static byte[] Join(IReadOnlyList<SentFrame> frames, bool masks)
    {
        if (frames.Count == 1)
            return frames[0].Encode(masks);
        using var octets = new MemoryStream();
        for (int i = 0; i < frames.Count; i++)
            octets.Write(frames[i].Encode(masks, i));
        return octets.ToArray();
    }

    /// <summary>The octets of the frame.</summary>
    /// <param name="masks">Whether it is masked, as a client has to and a server must not (RFC 6455 §5.1).</param>
    /// <param name="number">Which frame of several it is; their masking keys differ.</param>
    /// <param name="form">How many octets of length follow the second: 2 or 8; less is as few as do.</param>
    public byte[] Encode(bool masks, int number = 0, int form = 0)
    {
        int length = Payload.Length;
        form = Math.Max(form, length < 126 ? 0 : length <= ushort.MaxValue ? 2 : 8);
        int start = 2 + form + (masks ? 4 : 0);
        byte[] octets = new byte[start + length];
        octets[0] = (byte)((Fin ? 0x80 : 0) | (Rsv << 4) | Opcode);
        octets[1] = (byte)((masks ? Masked : 0) | (form == 0 ? length : form == 2 ? 126 : 127));
        if (form == 2)
            BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(2), (ushort)length);
        else if (form == 8)
            BinaryPrimitives.WriteInt64BigEndian(octets.AsSpan(2), length);
        Payload.CopyTo(octets, start);
        if (masks)
        {
            Span<byte> key = octets.AsSpan(start - 4, 4);
            if (Key is null)
                BinaryPrimitives.WriteUInt32BigEndian(key, (uint)(number + 1) * 0x9E3779B9);
            else
                Key.CopyTo(key);
            Masking.Apply(octets.AsSpan(start), key);
        }

        return octets;
    }
}
