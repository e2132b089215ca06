// Sec-WebSocket-Extensions, RFC 6455 §9.1:
//
//   extension-list  = 1#extension
//   extension       = extension-token *( ";" extension-param )
//   extension-param = token [ "=" (token | quoted-string) ]
//       ;When using the quoted-string syntax variant, the value after quoted-string unescaping MUST conform to the 'token' ABNF.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text;

namespace WsProto.Negotiation;

internal static class ExtensionHeader
{
    private static readonly SearchValues<char> _tokenEnds = SearchValues.Create(",;=\" \t");

    /// <summary>
    /// Parses all lines of the header; null if one breaks the grammar. Empty elements are passed over (RFC 9110 §5.6.1), but one has to be
    /// there.
    /// </summary>
    internal static List<ExtensionElement>? Parse(IEnumerable<string> lines)
    {
        var offers = new List<ExtensionElement>();
        bool isPresent = false;
        foreach (string line in lines)
        {
            isPresent = true;
            if (!ParseLine(line, offers))
                return null;
        }

        return isPresent && offers.Count == 0 ? null : offers;
    }

    /// <summary>Parses one line of the header; null if it breaks the grammar.</summary>
    internal static List<ExtensionElement>? Parse(ReadOnlySpan<char> line)
    {
        var elements = new List<ExtensionElement>();
        return ParseLine(line, elements) ? elements : null;
    }

    /// <summary>How many extensions and parameters the lines may have at the most, without making anything of them.</summary>
    internal static int CountParts(ReadOnlySpan<string> lines)
    {
        int count = 0;
        foreach (string line in lines)
            count += line.AsSpan().CountAny(',', ';') + 1;
        return count;
    }

    private static bool ParseLine(ReadOnlySpan<char> rest, List<ExtensionElement> offers)
    {
        rest = rest.TrimStart(" \t");
        while (!rest.IsEmpty)
        {
            if (rest[0] != ',')
            {
                if (!ParseExtension(ref rest, out ExtensionElement? offer))
                    return false;
                offers.Add(offer!);
            }

            if (!rest.IsEmpty && !Take(ref rest, ','))
                return false;
        }

        return true;
    }

    private static bool ParseExtension(ref ReadOnlySpan<char> rest, out ExtensionElement? offer)
    {
        offer = null;
        if (!TakeToken(ref rest, out string name))
            return false;
        var parameters = new List<ExtensionParameter>();
        while (Take(ref rest, ';'))
        {
            if (!TakeToken(ref rest, out string parameter))
                return false;
            string? value = null;
            if (Take(ref rest, '=') && !(rest.StartsWith("\"") ? TakeQuoted(ref rest, out value) : TakeToken(ref rest, out value)))
                return false;
            parameters.Add(new ExtensionParameter(parameter, value));
        }

        offer = new ExtensionElement(name, [.. parameters]);
        return true;
    }

    private static bool Take(ref ReadOnlySpan<char> rest, char separator)
    {
        if (rest.IsEmpty || rest[0] != separator)
            return false;
        rest = rest[1..].TrimStart(" \t");
        return true;
    }

    private static bool TakeToken(ref ReadOnlySpan<char> rest, out string token)
    {
        int end = rest.IndexOfAny(_tokenEnds);
        ReadOnlySpan<char> taken = end < 0 ? rest : rest[..end];
        token = taken.ToString();
        rest = rest[taken.Length..].TrimStart(" \t");
        return HttpGrammar.IsToken(taken);
    }

    private static bool TakeQuoted(ref ReadOnlySpan<char> rest, out string? value)
    {
        var text = new StringBuilder();
        int i = 1;
        while (i < rest.Length && rest[i] != '"')
        {
            if (rest[i] == '\\')
                i++;
            if (i < rest.Length)
                text.Append(rest[i++]);
        }

        value = text.ToString();
        if (i >= rest.Length)
            return false;
        rest = rest[(i + 1)..].TrimStart(" \t");
        return HttpGrammar.IsToken(value);
    }
}
