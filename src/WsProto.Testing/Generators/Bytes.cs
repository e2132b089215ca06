// Payloads: sizes that lie around the places where something changes, and contents.

using System;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing.Generators;

/// <summary>Payloads.</summary>
public static class Bytes
{
    /// <summary>Sizes in bytes of what fits into a control frame: 0 to 125, mostly up to 20.</summary>
    public static Gen<int> ControlSizes { get; } = Gen.Frequency((4, Gen.Choose(0, 20)), (1, Gen.Elements(0, 1, 2, 123, 124, 125)));

    /// <summary>
    /// Sizes in bytes, up to 70,000: mostly up to 40; around the places where the form of a length changes (RFC 6455 §5.2: 125, 65535),
    /// where vectors of any width begin and end, and where buffers grow.
    /// </summary>
    public static Gen<int> Sizes { get; } = Gen.Frequency(
        (40, Gen.Choose(0, 40)),
        (20, Gen.Elements(1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 124, 125, 126, 127, 128)),
        (4, Gen.Elements(1000, 4081, 4095, 4096, 4097, 8192)),
        (1, Gen.Elements(65_534, 65_535, 65_536, 65_537, 70_000)));

    /// <summary>Any bytes of any of <see cref="Sizes"/>.</summary>
    public static Gen<byte[]> Any { get; } = Sizes.SelectMany(OfSize);

    /// <summary>Any bytes that a control frame can carry: 0 to 125.</summary>
    public static Gen<byte[]> Control { get; } = ControlSizes.SelectMany(OfSize);

    /// <summary>Masking keys, of four bytes. Zero is one too (§5.3), and so is one whose octets are all alike.</summary>
    public static Gen<byte[]> Keys { get; } = Gen.Frequency(
        (6, OfSize(4)),
        (1, Gen.Constant(new byte[4])),
        (1, Gen.Constant(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })));

    /// <summary><see cref="Any"/>, shrunk by <see cref="Shrinks.Bytes"/>: fewer bytes, then zeros.</summary>
    public static Arbitrary<byte[]> Arbitrary => Arb.From(Any, Shrinks.Bytes);

    /// <summary>Bytes of one size.</summary>
    /// <param name="size">The size in bytes.</param>
    public static Gen<byte[]> OfSize(int size) => Gen.Choose(0, int.MaxValue - 1).Select(seed =>
    {
        // A generator for each byte would be slow.
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    });

    /// <summary>For the description of a case: all of what is short, the beginning of what is long.</summary>
    internal static string Show(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= 200 ? Convert.ToHexString(bytes) : $"{Convert.ToHexString(bytes[..200])}… {bytes.Length} bytes";
}
