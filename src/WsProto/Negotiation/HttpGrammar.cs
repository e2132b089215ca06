// The parts of HTTP's grammar that the handshake needs (RFC 9110 §5.6, RFC 9112 §2-§5), as questions about strings that were
// decoded as Latin-1, one char for each byte. Everything runs once over its input; there is no backtracking.

using System;
using System.Buffers;
using System.Collections.Generic;

namespace WsProto.Negotiation;

internal static class HttpGrammar
{
    // token = 1*tchar (RFC 9110 §5.6.2)
    private static readonly SearchValues<char> _tokenChars =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // reg-name without its colon, IPv4address; and what may stand between the brackets of an IP-literal (RFC 3986 §3.2.2)
    private static readonly SearchValues<char> _hostChars =
        SearchValues.Create("-._~%!$&'()*+,;=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> _ipLiteralChars = SearchValues.Create("0123456789ABCDEFabcdef:.");

    // Everything but "field-vchar, SP and HTAB" and obs-text (RFC 9110 §5.5)
    private static readonly SearchValues<byte> _notInFieldValues =
        SearchValues.Create(
        [
            0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 0x7F,
        ]);

    internal static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(_tokenChars);

    /// <summary>"field-vchar, SP and HTAB" and obs-text (RFC 9110 §5.5): no other control byte.</summary>
    internal static bool IsFieldValue(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (c is (< ' ' and not '\t') or '\x7F' or > '\xFF')
                return false;
        }

        return true;
    }

    /// <summary>The same for bytes.</summary>
    internal static bool IsFieldValue(ReadOnlySpan<byte> text) => !text.ContainsAny(_notInFieldValues);

    /// <summary>
    /// Visible ASCII without spaces, as a request target has to be (RFC 9112 §3.2); "#" begins a fragment, which is never sent.
    /// </summary>
    internal static bool IsTarget(ReadOnlySpan<char> text) =>
        !text.IsEmpty && !text.ContainsAnyExceptInRange('!', '~') && !text.Contains('#');

    /// <summary>Host = uri-host [ ":" port ] (RFC 9110 §7.2), with a host.</summary>
    internal static bool IsHost(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith("["))
        {
            int colon = text.IndexOf(':');
            ReadOnlySpan<char> name = colon < 0 ? text : text[..colon];
            return !name.IsEmpty && !name.ContainsAnyExcept(_hostChars) && (colon < 0 || IsPort(text[(colon + 1)..]));
        }

        int end = text.IndexOf(']');
        return end > 1
            && !text[1..end].ContainsAnyExcept(_ipLiteralChars)
            && (end + 1 == text.Length || (text[end + 1] == ':' && IsPort(text[(end + 2)..])));
    }

    /// <summary>Splits a comma-separated list (RFC 9110 §5.6.1), trimmed; empty elements are left out, as a recipient must.</summary>
    internal static List<string> SplitList(ReadOnlySpan<string> lines)
    {
        var elements = new List<string>();
        foreach (string line in lines)
        {
            foreach (Range range in line.AsSpan().Split(','))
            {
                ReadOnlySpan<char> element = line.AsSpan(range).Trim(" \t");
                if (!element.IsEmpty)
                    elements.Add(element.ToString());
            }
        }

        return elements;
    }

    /// <summary>How many elements a list may have at the most, empty ones included, without making anything of them.</summary>
    internal static int CountElements(ReadOnlySpan<string> lines)
    {
        int count = 0;
        foreach (string line in lines)
            count += line.AsSpan().Count(',') + 1;
        return count;
    }

    /// <summary>Whether a list of tokens holds one, without regard to case.</summary>
    internal static bool ListHas(ReadOnlySpan<string> lines, string token)
    {
        foreach (string line in lines)
        {
            foreach (Range range in line.AsSpan().Split(','))
            {
                if (line.AsSpan(range).Trim(" \t").Equals(token, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }

    internal static void ThrowIfNotToken(string text, string parameter)
    {
        ArgumentNullException.ThrowIfNull(text, parameter);
        if (!IsToken(text))
            throw new ArgumentException(
                "It has to be a token: one or more visible ASCII characters without separators (RFC 9110 §5.6.2).", parameter);
    }

    private static bool IsPort(ReadOnlySpan<char> text) => text.Length <= 5 && !text.ContainsAnyExceptInRange('0', '9');
}
