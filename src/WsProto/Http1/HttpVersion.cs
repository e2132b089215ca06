using System;

namespace WsProto.Http1;

/// <summary>HTTP-version = "HTTP/" DIGIT "." DIGIT (RFC 9112 §2.3).</summary>
internal readonly record struct HttpVersion(int Major, int Minor)
{
    /// <summary>Whether the Upgrade header means something: from 1.1 on, in HTTP/1.x (RFC 9110 §7.8).</summary>
    internal bool CanUpgrade => Major == 1 && Minor >= 1;

    internal static bool TryParse(ReadOnlySpan<char> text, out HttpVersion version)
    {
        version = default;
        if (text.Length != 8 || !text.StartsWith("HTTP/") || text[6] != '.' || !char.IsAsciiDigit(text[5]) || !char.IsAsciiDigit(text[7]))
            return false;
        version = new HttpVersion(text[5] - '0', text[7] - '0');
        return true;
    }
}
