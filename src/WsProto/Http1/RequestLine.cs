using System;
using WsProto.Negotiation;

namespace WsProto.Http1;

/// <summary>method SP request-target SP HTTP-version (RFC 9112 §3).</summary>
internal readonly ref struct RequestLine
{
    internal ReadOnlySpan<char> Method { get; private init; }

    internal string Target { get; private init; }

    internal HttpVersion Version { get; private init; }

    internal static bool TryParse(string line, out RequestLine parsed)
    {
        parsed = default;
        int first = line.IndexOf(' ', StringComparison.Ordinal);
        int last = line.LastIndexOf(' ');
        ReadOnlySpan<char> method = line.AsSpan(0, Math.Max(first, 0));
        // A third space would stand in the target, which has none.
        string target = first < last ? line[(first + 1)..last] : "";
        if (!HttpGrammar.IsToken(method)
            || !HttpGrammar.IsTarget(target)
            || !HttpVersion.TryParse(line.AsSpan(last + 1), out HttpVersion version))
        {
            return false;
        }

        parsed = new RequestLine { Method = method, Target = target, Version = version };
        return true;
    }
}
