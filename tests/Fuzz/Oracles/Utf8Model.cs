// UTF-8 by the table of RFC 3629 §4, one byte at a time: slow, plain, and nothing like the code under test.

namespace WsProto.Fuzz.Oracles;

internal static class Utf8Model
{
    /// <summary>Reads text.</summary>
    public static Reading Read(ReadOnlySpan<byte> text)
    {
        int whole = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i];
            int position = i - whole;
            byte lead = text[whole];
            bool fits = position switch
            {
                0 => b is <= 0x7F or (>= 0xC2 and <= 0xF4),
                1 => lead switch
                {
                    0xE0 => b is >= 0xA0 and <= 0xBF,
                    0xED => b is >= 0x80 and <= 0x9F,
                    0xF0 => b is >= 0x90 and <= 0xBF,
                    0xF4 => b is >= 0x80 and <= 0x8F,
                    _ => b is >= 0x80 and <= 0xBF,
                },
                _ => b is >= 0x80 and <= 0xBF,
            };
            if (!fits)
                return new Reading(whole, i, text.Length);
            if (position + 1 == LengthOf(lead))
                whole = i + 1;
        }

        return new Reading(whole, -1, text.Length);
    }

    private static int LengthOf(byte lead) => lead switch { <= 0x7F => 1, <= 0xDF => 2, <= 0xEF => 3, _ => 4 };

    /// <summary>What was found.</summary>
    /// <param name="Whole">How many bytes of whole characters stand at the beginning.</param>
    /// <param name="Bad">The first byte that cannot be right; -1 if there is none.</param>
    /// <param name="Length">How many bytes there are.</param>
    internal readonly record struct Reading(int Whole, int Bad, int Length)
    {
        public bool IsComplete => Bad < 0 && Whole == Length;
    }
}
