using System;
using System.Buffers;
using System.Globalization;

namespace WsProto.EngineIO;

/// <summary>Whether a browser sends a cookie with requests that another site causes (the <c>SameSite</c> attribute).</summary>
public enum CookieSameSite
{
    /// <summary>Always. Browsers require <see cref="EngineIOCookie.IsSecure"/> for it.</summary>
    None = 0,

    /// <summary>Only when the user follows a link.</summary>
    Lax = 1,

    /// <summary>Never.</summary>
    Strict = 2,
}

/// <summary>A cookie whose value is the id of the session (RFC 6265 §4.1). Immutable.</summary>
public sealed record EngineIOCookie
{
    private static readonly SearchValues<char> _tokenSeparators = SearchValues.Create("()<>@,;:\\\"/[]?={} \t");

    /// <summary>The name. Default: "io".</summary>
    /// <exception cref="ArgumentException">The value is empty, or has a character that is not allowed in a name.</exception>
    public string Name
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            if (value.AsSpan().ContainsAny(_tokenSeparators) || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                throw new ArgumentException("The name of a cookie must be a token (RFC 6265 §4.1.1).", nameof(value));
            field = value;
        }
    }

    = "io";

    /// <summary>The <c>Path</c> attribute; null for none. Default: "/".</summary>
    /// <exception cref="ArgumentException">The value has a character that is not allowed in an attribute.</exception>
    public string? Path { get; init => field = Attribute(value); } = "/";

    /// <summary>The <c>Domain</c> attribute. Default: null, which restricts the cookie to the host that sets it.</summary>
    /// <exception cref="ArgumentException">The value has a character that is not allowed in an attribute.</exception>
    public string? Domain { get; init => field = Attribute(value); }

    /// <summary>
    /// The <c>Max-Age</c> attribute, sent in whole seconds. Default: null, which keeps the cookie until the browser is closed.
    /// </summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Whether scripts cannot read the cookie. Default: true.</summary>
    public bool IsHttpOnly { get; init; } = true;

    /// <summary>Whether the cookie is sent over TLS only. Default: false.</summary>
    public bool IsSecure { get; init; }

    /// <summary>Whether the cookie is sent with requests that another site causes. Default: <see cref="CookieSameSite.Lax"/>.</summary>
    public CookieSameSite SameSite { get; init; } = CookieSameSite.Lax;

    /// <summary>The value of the <c>Set-Cookie</c> header.</summary>
    internal string For(string sessionId)
    {
        string domain = Domain is null ? "" : $"; Domain={Domain}";
        string path = Path is null ? "" : $"; Path={Path}";
        string maxAge = MaxAge is { } age ? string.Create(CultureInfo.InvariantCulture, $"; Max-Age={(long)age.TotalSeconds}") : "";
        string flags = $"{(IsHttpOnly ? "; HttpOnly" : "")}{(IsSecure ? "; Secure" : "")}";
        return $"{Name}={sessionId}{maxAge}{domain}{path}{flags}; SameSite={SameSite}";
    }

    private static string? Attribute(string? value) =>
        value is null || !(value.Contains(';', StringComparison.Ordinal) || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            ? value
            : throw new ArgumentException(
                "An attribute of a cookie must not have control characters or a semicolon (RFC 6265 §4.1.1).", nameof(value));
}
