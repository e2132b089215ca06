// Text is UTF-8 (RFC 6455 §8.1, RFC 3629), may be cut anywhere by frames and by the transport, and is refused at the first
// byte that can no longer become valid. The state that this needs between pieces is at most three bytes, the beginning of a
// character; the caller keeps them and shows them again before the bytes that follow.

using System;
using System.Buffers;
using System.Runtime.Intrinsics.X86;
using System.Text;
using System.Text.Unicode;

namespace WsProto.Framing;

internal static class Utf8Validator
{
    /// <summary>Encodes, and throws <see cref="ArgumentException"/> for a lone surrogate.</summary>
    internal static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Whether text is whole characters.</summary>
    internal static bool IsValid(ReadOnlySpan<byte> text) =>
        Avx2.IsSupported & text.Length >= Utf8Vectors.Least ? Utf8Vectors.IsValid(text) : Utf8.IsValid(text);

    /// <summary>
    /// How many bytes of whole characters stand before the end or before an unfinished last character; -1 if the bytes are not UTF-8.
    /// </summary>
    internal static int CountWhole(ReadOnlySpan<byte> text)
    {
        int unfinished = CountUnfinished(text);
        int whole = text.Length - unfinished;
        if (!IsValid(text[..whole]))
            return -1;
        // Some beginnings have no valid end: overlong forms (E0 80), surrogates (ED A0), beyond U+10FFFF (F4 90, F5).
        if (unfinished > 0 && Rune.DecodeFromUtf8(text[whole..], out _, out _) != OperationStatus.NeedMoreData)
            return -1;
        return whole;
    }

    /// <summary>How many of the last bytes, 0 to 3, are a lead byte with fewer continuation bytes than it announces.</summary>
    private static int CountUnfinished(ReadOnlySpan<byte> text)
    {
        int most = Math.Min(3, text.Length);
        for (int count = 1; count <= most; count++)
        {
            byte b = text[^count];
            if ((b & 0b1100_0000) == 0b1000_0000)
                continue;
            int announced = b switch { >= 0xF0 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 1 };
            return announced > count ? count : 0;
        }

        return 0;
    }
}
