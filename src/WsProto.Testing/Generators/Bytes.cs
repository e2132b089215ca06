// Payloads: sizes near the limits at which something changes, and contents.

using System;
using System.Linq;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing.Generators;

/// <summary>Generates payloads.</summary>
public static class Bytes
{
    /// <summary>Generates sizes of the payloads of control frames, in bytes: 0 to 125, mostly up to 20.</summary>
    public static Gen<int> ControlSizes { get; } = Gen.Frequency((4, Gen.Choose(0, 20)), (1, Gen.Elements(0, 1, 2, 123, 124, 125)));

    /// <summary>
    /// Generates sizes of payloads, in bytes, up to 70,000: mostly up to 40, and near the limits at which the form of the length changes
    /// (RFC 6455 §5.2: 125, 65535), vectors begin and end, or buffers grow.
    /// </summary>
    public static Gen<int> Sizes { get; } = Gen.Frequency(
        (40, Gen.Choose(0, 40)),
        (20, Gen.Elements(1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 124, 125, 126, 127, 128)),
        (4, Gen.Elements(1000, 4081, 4095, 4096, 4097, 8192)),
        (1, Gen.Elements(65_534, 65_535, 65_536, 65_537, 70_000)));

    /// <summary>Generates random bytes with one of <see cref="Sizes"/>.</summary>
    public static Gen<byte[]> Any { get; } = Sizes.SelectMany(OfSize);

    /// <summary>Generates random payloads of control frames: 0 to 125 bytes.</summary>
    public static Gen<byte[]> Control { get; } = ControlSizes.SelectMany(OfSize);

    /// <summary>Generates masking keys of four bytes, including keys of four equal bytes and zero, which is valid too (§5.3).</summary>
    public static Gen<byte[]> Keys { get; } = Gen.Frequency(
        (6, OfSize(4)),
        (1, Gen.Constant(new byte[4])),
        (1, Gen.Constant(new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })));

    /// <summary>Generates <see cref="Any"/>, shrunk with <see cref="Shrinks.Bytes"/>: fewer bytes, then zeros.</summary>
    public static Arbitrary<byte[]> Arbitrary => Arb.From(Any, Shrinks.Bytes);

    /// <summary>Generates random bytes of one size.</summary>
    /// <param name="size">The size in bytes.</param>
    /// <returns>The generator.</returns>
    public static Gen<byte[]> OfSize(int size) => Gen.Choose(0, int.MaxValue - 1).Select(seed =>
    {
        // One seed for the whole array, because a generator for each byte would be slow.
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    });

    /// <summary>Shows bytes for the description of a case. Long ones are cut.</summary>
    internal static string Show(ReadOnlySpan<byte> bytes) =>
        bytes.Length <= 200 ? Convert.ToHexString(bytes) : $"{Convert.ToHexString(bytes[..200])}… {bytes.Length} bytes";
}
