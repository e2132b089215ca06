// What a peer may send after the handshake: valid frames, frames with any field wrong, and random bytes.

using System;
using System.Collections.Generic;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing.Generators;

/// <summary>What a peer may send after the handshake, valid or not: frames, followed by random bytes.</summary>
/// <param name="Frames">The frames, in order.</param>
/// <param name="Tail">The random bytes.</param>
public sealed record WireStream(WireFrame[] Frames, byte[] Tail)
{
    /// <summary>
    /// Generates frames of which each field may be wrong, but mostly is not: reserved opcodes and bits, the mask, the form of the length,
    /// control frames that are fragmented or too long, close codes, and announced lengths of up to 2⁶⁴.
    /// </summary>
    public static Gen<WireFrame> AnyFrame { get; } =
        from opcode in Gen.Frequency((8, Gen.Elements(0, 1, 1, 2, 8, 9, 10)), (1, Gen.Choose(0, 15)))
        from payload in Gen.Frequency((3, Bytes.Control), (3, Texts.Brief.Select(Wire.Utf8)), (1, Bytes.Any))
        from code in Closes.Codes
        from fin in Gen.Frequency((3, Gen.Constant(true)), (1, Gen.Constant(false)))
        from rsv in Gen.Frequency((12, Gen.Constant(0)), (1, Gen.Choose(1, 7)))
        from wrongMask in Rarely
        from longForm in Rarely
        from announced in Gen.Frequency((20, Gen.Constant<ulong?>(null)), (1, _lengths.Select(length => (ulong?)length)))
        from key in Bytes.Keys
        select new WireFrame((Opcode)opcode, opcode == 8 && payload.Length > 1 ? [(byte)(code >> 8), (byte)code, .. payload[2..]] : payload)
        {
            Fin = fin,
            Rsv = rsv,
            WrongMask = wrongMask,
            Form = announced is not null ? LengthForm.EightBytes : longForm ? LengthForm.TwoBytes : LengthForm.Shortest,
            Announced = announced,
            Key = key,
        };

    /// <summary>
    /// Generates the frames of a <see cref="Talk"/> with up to three of <see cref="AnyFrame"/> between them, followed by up to 125 random
    /// bytes.
    /// </summary>
    public static Gen<WireStream> Any { get; } =
        from talk in Talk.Any
        from key in Bytes.Keys
        from strange in Gen.Frequency((1, Gen.Constant(0)), (2, Gen.Choose(1, 3))).SelectMany(count => AnyFrame.ListOf(count))
        from places in Gen.Choose(0, 1000).ArrayOf(3)
        from tail in Gen.Frequency((2, Gen.Constant(Array.Empty<byte>())), (1, Bytes.Control))
        select Mix([.. talk.OnWire().Select(frame => frame with { Key = key })], [.. strange], places, tail);

    private static Gen<bool> Rarely => Gen.Frequency((15, Gen.Constant(false)), (1, Gen.Constant(true)));

    private static Gen<ulong> _lengths => Gen.Elements<ulong>(
        0UL, 125UL, 126UL, 65535UL, 65536UL, (1UL << 20) - 1, 1UL << 20, (1UL << 20) + 1, int.MaxValue, 1UL << 31, 1UL << 32, 1UL << 40,
        1UL << 53, long.MaxValue, 1UL << 63, ulong.MaxValue);

    /// <summary>Generates <see cref="Any"/>, shrunk with <see cref="Shrink"/>.</summary>
    public static Arbitrary<WireStream> Arbitrary => Arb.From(Any, Shrink);

    /// <summary>Encodes the stream as the peer of <paramref name="receiver"/> sends it.</summary>
    /// <param name="receiver">The end that receives the stream.</param>
    /// <returns>The bytes.</returns>
    public byte[] BytesFor(ConnectionRole receiver) => [.. Frames.SelectMany(frame => frame.BytesFor(receiver)), .. Tail];

    /// <summary>Describes the stream, with payloads in hexadecimal.</summary>
    public override string ToString() => $"{string.Join("\n", Frames.AsEnumerable())}\nand {Bytes.Show(Tail)}";

    /// <summary>Shrinks to fewer random bytes, and to fewer, simpler and shorter frames.</summary>
    /// <param name="stream">The value to shrink.</param>
    /// <returns>Smaller values.</returns>
    public static IEnumerable<WireStream> Shrink(WireStream stream) =>
    [
        .. Shrinks.Bytes(stream.Tail).Select(tail => stream with { Tail = tail }),
        .. Shrinks.List(stream.Frames, Plainer).Select(frames => stream with { Frames = frames }),
    ];

    private static IEnumerable<WireFrame> Plainer(WireFrame frame)
    {
        if (frame.Rsv != 0)
            yield return frame with { Rsv = 0 };
        if (frame.WrongMask)
            yield return frame with { WrongMask = false };
        if (frame.Announced is not null)
            yield return frame with { Announced = null, Form = LengthForm.Shortest };
        if (frame.Key.Any(octet => octet != 0))
            yield return frame with { Key = new byte[4] };
        foreach (byte[] payload in Shrinks.Bytes(frame.Payload))
            yield return frame with { Payload = payload };
    }

    private static WireStream Mix(List<WireFrame> frames, WireFrame[] strange, int[] places, byte[] tail)
    {
        for (int i = 0; i < strange.Length; i++)
        {
            bool isTooLarge = strange[i] is { Form: LengthForm.TwoBytes, Payload.Length: > 65535 };
            frames.Insert(places[i] % (frames.Count + 1), isTooLarge ? strange[i] with { Form = LengthForm.Shortest } : strange[i]);
        }

        return new WireStream([.. frames], tail);
    }
}
