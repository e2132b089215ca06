// JSONP polling, for browsers without CORS: a response is a script that calls a function of the page, and a body is a form. The protocol's
// documents leave it out, so this follows the reference server.

using System;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace WsProto.EngineIO;

internal static class Jsonp
{
    internal const string ContentType = "text/javascript; charset=UTF-8";

    private const byte Backslash = (byte)'\\';

    /// <summary>
    /// Whether the index consists of digits. Anything else would let the client run a script in the origin of the server.
    /// </summary>
    internal static bool IsIndex(string index) => index.Length is > 0 and <= 10 && !index.AsSpan().ContainsAnyExceptInRange('0', '9');

    /// <summary>
    /// Makes a script of a payload. Everything that could end a string or a script element is escaped, including U+2028 and U+2029.
    /// </summary>
    internal static ReadOnlyMemory<byte> Wrap(string index, ReadOnlySpan<byte> payload) =>
        Encoding.UTF8.GetBytes($"___eio[{index}](\"{JsonEncodedText.Encode(payload)}\");");

    /// <summary>Gets the payload of a form (<c>d=…</c>). Returns null if there is none.</summary>
    internal static ReadOnlyMemory<byte>? Unwrap(ReadOnlySpan<byte> body)
    {
        foreach (Range range in body.Split((byte)'&'))
        {
            ReadOnlySpan<byte> field = body[range];
            if (field.StartsWith("d="u8))
                return Unescape(field[2..]);
        }

        return null;
    }

    /// <summary>
    /// Decodes a form field, and then the client's own escapes: it writes a line feed as <c>\n</c>, because browsers change line feeds in
    /// forms, and <c>\n</c> as <c>\\n</c>.
    /// </summary>
    private static ReadOnlyMemory<byte> Unescape(ReadOnlySpan<byte> value)
    {
        byte[] text = new byte[value.Length];
        int length = 0;
        while (!value.IsEmpty)
        {
            byte next = Decode(value, out int read);
            value = value[read..];
            if (next == 'n' && length > 0 && text[length - 1] == Backslash)
            {
                length--;
                next = length > 0 && text[length - 1] == Backslash ? next : (byte)'\n';
            }

            text[length++] = next;
        }

        return text.AsMemory(0, length);
    }

    private static byte Decode(ReadOnlySpan<byte> value, out int read)
    {
        if (value[0] == '%'
            && value.Length >= 3
            && byte.TryParse(value[1..3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte decoded))
        {
            read = 3;
            return decoded;
        }

        read = 1;
        return value[0] == '+' ? (byte)' ' : value[0];
    }
}
