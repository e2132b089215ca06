// Text of characters of all planes, so that each length in UTF-8 and each boundary between two lengths occurs.

using System.Collections.Generic;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing.Generators;

/// <summary>Generates text. It has whole characters only, no lone surrogates.</summary>
public static class Texts
{
    /// <summary>
    /// Generates characters of 1, 2, 3 and 4 bytes in UTF-8, including control characters, and the first and last of each length.
    /// </summary>
    public static Gen<Rune> Characters { get; } = Gen.Frequency(
        (3, Gen.Choose(0, 0x7F)),
        (2, Gen.Choose(0x80, 0x7FF)),
        (1, Gen.Choose(0x800, 0xD7FF)),
        (1, Gen.Choose(0xE000, 0xFFFF)),
        (2, Gen.Choose(0x1_0000, 0x10_FFFF)),
        (2, Gen.Elements(
            0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFF,
            0x1_0000, 0x3_FFFF, 0x4_0000, 0xF_FFFF, 0x10_0000, 0x10_FFFF)))
        .Select(code => new Rune(code));

    /// <summary>Generates text of up to 12 characters.</summary>
    public static Gen<string> Brief { get; } = Gen.Choose(0, 12).SelectMany(count =>
        Characters.ListOf(count)).Select(runes => string.Concat(runes));

    /// <summary>Generates text whose size in UTF-8 is one of <see cref="Bytes.Sizes"/>.</summary>
    public static Gen<string> Any { get; } = Gen.Frequency((3, Brief), (1, Bytes.Sizes.SelectMany(_ => Brief, OfSize)));

    /// <summary>Generates <see cref="Any"/>, shrunk with <see cref="Shrink"/>.</summary>
    public static Arbitrary<string> Arbitrary => Arb.From(Any, Shrink);

    /// <summary>Shrinks text to fewer characters, or to an <c>a</c> instead of one.</summary>
    /// <param name="text">The text to shrink.</param>
    /// <returns>Smaller texts.</returns>
    public static IEnumerable<string> Shrink(string text)
    {
        Rune[] runes = [.. text.EnumerateRunes()];
        if (runes.Length > 200)
            return Shrinks.Number(runes.Length).Select(count => string.Concat(runes[..count]));
        return Shrinks.List(runes, rune => rune.Value == 'a' ? [] : [new Rune('a')]).Select(smaller => string.Concat(smaller));
    }

    /// <summary>Repeats a text up to a size in bytes, and fills the rest with single bytes.</summary>
    private static string OfSize(int size, string text)
    {
        int each = Encoding.UTF8.GetByteCount(text);
        int times = each == 0 ? 0 : size / each;
        return string.Concat(Enumerable.Repeat(text, times)) + new string('x', size - (times * each));
    }
}
