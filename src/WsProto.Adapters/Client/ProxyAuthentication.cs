using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Text;

namespace WsProto.Adapters.Client;

/// <summary>What a client says to a proxy about who it is (RFC 9110 §11.7): first what the URI has, then what a 407 asks for.</summary>
internal sealed class ProxyAuthentication(ProxyTarget proxy) : IDisposable
{
    /// <summary>The best first. Digest is not among them: who has a password for it has one for Basic, and goes by TLS.</summary>
    private static readonly string[] _schemes = ["Negotiate", "NTLM", "Basic"];

    private readonly HashSet<string> _failed = new(StringComparer.OrdinalIgnoreCase);
    private IProxyNegotiation? _negotiation;
    private string? _scheme;

    /// <summary>The value of Proxy-Authorization for the next request; null for none.</summary>
    internal string? Authorization { get; private set; } = proxy.FromUri is { } credential ? BasicOf(credential) : null;

    /// <summary>Whether the steps so far count on this connection only.</summary>
    internal bool IsUnderWay { get; private set; }

    /// <summary>Answers a 407.</summary>
    /// <returns>Whether there is something new to say.</returns>
    internal bool TryAnswer(HeaderList headers)
    {
        Dictionary<string, string?> challenges = ChallengesIn(headers);
        if (_negotiation is not null && challenges.GetValueOrDefault(_scheme!) is { } token && _negotiation.Next(token) is { } next)
        {
            Authorization = $"{_scheme} {next}";
            return IsUnderWay = true;
        }

        if (_scheme is not null)
            _failed.Add(_scheme);
        _negotiation?.Dispose();
        _negotiation = null;
        IsUnderWay = false;
        return _schemes.Any(scheme => challenges.ContainsKey(scheme) && !_failed.Contains(scheme) && TryBegin(scheme));
    }

    public void Dispose() => _negotiation?.Dispose();

    private bool TryBegin(string scheme)
    {
        if (proxy.Credentials?.GetCredential(proxy.Uri, scheme) is not { } credential)
            return false;
        _scheme = scheme;
        if (scheme == "Basic")
        {
            Authorization = BasicOf(credential);
            return true;
        }

        _negotiation = proxy.Options.Negotiate(scheme, credential, "HTTP/" + proxy.Uri.IdnHost);
        if (_negotiation.Next(null) is not { } first)
        {
            _negotiation.Dispose();
            _negotiation = null;
            _failed.Add(scheme);
            return false;
        }

        Authorization = $"{scheme} {first}";
        return true;
    }

    /// <summary>
    /// Each scheme with its token. Challenges share lines with each other and with their parameters (RFC 9110 §11.3); a scheme is a word
    /// that no "=" follows.
    /// </summary>
    private static Dictionary<string, string?> ChallengesIn(HeaderList headers)
    {
        Dictionary<string, string?> found = new(StringComparer.OrdinalIgnoreCase);
        foreach (string part in headers.GetValues("Proxy-Authenticate").SelectMany(line => line.Split(',', StringSplitOptions.TrimEntries)))
        {
            string[] words = part.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (words.Length > 0 && !words[0].Contains('=', StringComparison.Ordinal))
                found.TryAdd(words[0], words.Length > 1 ? words[1] : null);
        }

        return found;
    }

    /// <summary>user-id ":" password in UTF-8 and Base64 (RFC 7617 §2).</summary>
    private static string BasicOf(NetworkCredential credential) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credential.UserName}:{credential.Password}"));
}
