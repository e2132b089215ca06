using System.IO.Compression;
using WsProto.Tests;

namespace WsProto.Fuzz.Targets;

/// <summary>Frames for the mutator: mostly right, sometimes wrong in one field.</summary>
internal static class FramePieces
{
    private static readonly Opcode[] _usual =
    [
        Opcode.Text, Opcode.Binary, Opcode.Continuation, Opcode.Continuation, Opcode.Ping, Opcode.Pong, Opcode.Close,
    ];
    private static readonly int[] _lengths = [0, 0, 1, 2, 3, 5, 16, 17, 124, 125, 126, 127, 300, 1000];
    private static readonly string[] _texts = ["", "a", "hello", "κόσμε", "😀", "\uFFFF\u0800"];

    public static byte[] Frame(Random random, ConnectionRole receiver)
    {
        Opcode opcode = random.Next(40) == 0 ? (Opcode)random.Next(16) : _usual[random.Next(_usual.Length)];
        byte[] payload = Payload(random, opcode);
        if (opcode.IsControl && payload.Length > 125 && random.Next(10) > 0)
            payload = payload[..(payload.Length % 126)];
        int rsv = random.Next(6) == 0 ? 4 : random.Next(40) == 0 ? random.Next(8) : 0;
        if (rsv == 4)
            payload = Deflate(payload);
        bool fin = opcode.IsControl ? random.Next(40) > 0 : random.Next(2) == 0;
        bool masked = receiver == ConnectionRole.Server != (random.Next(60) == 0);
        LengthForm form = random.Next(40) == 0 ? (LengthForm)random.Next(3) : LengthForm.Shortest;
        ulong? announced = random.Next(40) == 0 ? (ulong)random.NextInt64() >> random.Next(64) : null;
        return Wire.Frame(
            opcode,
            payload,
            fin,
            rsv,
            masked ? Wire.Key : null,
            payload.Length > ushort.MaxValue ? LengthForm.Shortest : form,
            announced < 126 ? null : announced);
    }

    /// <summary>A message as permessage-deflate has it on the wire (RFC 7692 §7.2.1).</summary>
    public static byte[] Deflate(byte[] data)
    {
        var output = new MemoryStream();
        using var deflate = new DeflateStream(output, CompressionLevel.Optimal);
        deflate.Write(data);
        deflate.Flush();
        byte[] bytes = output.ToArray();
        return bytes is [.., 0x00, 0x00, 0xFF, 0xFF] ? bytes[..^4] : [0x00];
    }

    private static byte[] Payload(Random random, Opcode opcode)
    {
        if (opcode == Opcode.Close)
            return Wire.ClosePayload(
                random.Next(6) == 0 ? null : random.Next(8) == 0 ? random.Next(5100) : 1000 + random.Next(4),
                _texts[random.Next(_texts.Length)]);
        if (random.Next(2) == 0)
            return Wire.Utf8(_texts[random.Next(_texts.Length)]);
        byte[] bytes = new byte[_lengths[random.Next(_lengths.Length)]];
        Array.Fill(bytes, (byte)random.Next(random.Next(4) == 0 ? 256 : 128));
        return bytes;
    }
}
