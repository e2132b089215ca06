// Closes: codes, reasons, and events.

using System.Collections.Generic;
using System.Linq;
using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing.Generators;

/// <summary>Generates Closes: codes, reasons and events.</summary>
public static class Closes
{
    /// <summary>The codes that a Close frame may carry, other than 3000-4999 (RFC 6455 §7.4 and IANA's registry).</summary>
    internal static IReadOnlyList<int> Registered { get; } = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014];

    /// <summary>Generates codes, valid or not: any 16-bit number, mostly near the codes with a meaning.</summary>
    public static Gen<int> Codes { get; } =
        Gen.Frequency((3, Gen.Choose(995, 1020)), (1, Gen.Choose(2995, 5005)), (1, Gen.Choose(0, 65535)));

    /// <summary>
    /// Generates reasons: null, short ones, and ones of 100 to 140 characters. A Close frame has room for 123 bytes of UTF-8.
    /// </summary>
    public static Gen<string?> Reasons { get; } = Gen.Frequency(
        (1, Gen.Constant<string?>(null)),
        (3, Texts.Brief.Select(text => (string?)text)),
        (1, Gen.Choose(100, 140).SelectMany(count => Texts.Characters.ListOf(count)).Select(runes => (string?)string.Concat(runes))));

    /// <summary>Generates Closes that both sides may send, with every registered code, 3000 to 4999, or no code, and any reason.</summary>
    public static Gen<CloseConnection> Sendable { get; } = Gen.Frequency(
        (1, Gen.Constant(new CloseConnection(CloseCode.NoStatusReceived))),
        (4, from code in Gen.Frequency((1, Gen.Elements(Registered.Where(code => code != 1010))), (1, Gen.Choose(3000, 4999)))
            from reason in Reasons
            select new CloseConnection((CloseCode)code, reason)));

    /// <summary>Generates <see cref="Sendable"/>, shrunk to shorter reasons of simpler characters.</summary>
    public static Arbitrary<CloseConnection> Arbitrary => Arb.From(Sendable, Shrink);

    internal static bool MayBeOnTheWire(int code) => Registered.Contains(code) || code is >= 3000 and <= 4999;

    /// <summary>The reason as it is received: as many whole characters as fit into 123 bytes, or null if it is empty.</summary>
    internal static string? Arriving(string? reason)
    {
        var text = new StringBuilder();
        int room = 123;
        foreach (Rune rune in (reason ?? "").EnumerateRunes())
        {
            room -= rune.Utf8SequenceLength;
            if (room < 0)
                break;
            text.Append(rune);
        }

        return text.Length == 0 ? null : text.ToString();
    }

    private static IEnumerable<CloseConnection> Shrink(CloseConnection close) =>
        close.Reason is null ? [] : Texts.Shrink(close.Reason).Append(null).Select(reason => close with { Reason = reason });
}
