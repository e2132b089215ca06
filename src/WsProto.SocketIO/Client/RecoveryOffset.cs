// The last argument of an event, by which a server numbers its events for recovery. Nothing in a packet distinguishes it from an argument
// of the application. The reference client takes any string for one, and a volatile event, which has none, corrupts its offset. So only
// what the known servers write is taken for an offset, and kept from the application:
//
//   our server           20 characters of base64url, a dot, digits
// the reference server milliseconds since 1970 in base 64: 7 characters, the first of which is O to Z until 2048; sometimes a dot and more
//   Redis Streams        digits, a hyphen, digits
//   MongoDB              24 hexadecimal digits

using System;
using System.Buffers;

namespace WsProto.SocketIO;

internal static class RecoveryOffset
{
    private const int EpochLength = 20;
    private const int TimeLength = 7;
    private const int ObjectIdLength = 24;

    /// <summary>A longer argument, in bytes of JSON, is never an offset.</summary>
    private const int MaxLength = 64;

    private static readonly SearchValues<char> _base64 =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_");

    private static readonly SearchValues<char> _hexadecimal = SearchValues.Create("0123456789abcdef");

    /// <summary>Gets the offset of an event; null if it has none.</summary>
    internal static string? Of(SocketIOArguments arguments)
    {
        if (arguments.Count == 0)
            return null;
        ReadOnlySpan<byte> json = arguments.GetText(arguments.Count - 1);
        if (json.Length is < 2 or > MaxLength)
            return null;
        Span<char> text = stackalloc char[json.Length - 2];
        for (int i = 0; i < text.Length; i++)
            text[i] = (char)json[i + 1];
        return IsOffset(text) ? text.ToString() : null;
    }

    private static bool IsOffset(ReadOnlySpan<char> text) =>
        IsPair(text, '.', EpochLength)
        || (text.Length >= TimeLength && text[0] is >= 'O' and <= 'Z' && IsTime(text))
        || (text.IndexOf('-') is > 0 and var hyphen && AreDigits(text[..hyphen]) && AreDigits(text[(hyphen + 1)..]))
        || (text.Length == ObjectIdLength && !text.ContainsAnyExcept(_hexadecimal));

    private static bool IsPair(ReadOnlySpan<char> text, char separator, int length) =>
        text.Length > length && text[length] == separator && !text[..length].ContainsAnyExcept(_base64) && AreDigits(text[(length + 1)..]);

    private static bool IsTime(ReadOnlySpan<char> text) =>
        !text[..TimeLength].ContainsAnyExcept(_base64)
        && (text.Length == TimeLength || (text[TimeLength] == '.' && !text[(TimeLength + 1)..].ContainsAnyExcept(_base64)));

    private static bool AreDigits(ReadOnlySpan<char> text) => text.Length > 0 && !text.ContainsAnyExceptInRange('0', '9');
}
