using System;
using System.Buffers;
using System.Globalization;

namespace WsProto.EngineIO;

/// <summary>When a browser sends a cookie with requests that another site has caused.</summary>
public enum CookieSameSite
{
    /// <summary>Always; browsers want <see cref="EngineIOCookie.IsSecure"/> too.</summary>
    None = 0,

    /// <summary>When a user follows a link.</summary>
    Lax = 1,

    /// <summary>Never.</summary>
    Strict = 2,
}

/// <summary>A cookie whose value is the session's id (RFC 6265 §4.1). Immutable.</summary>
public sealed record EngineIOCookie
{
    private static readonly SearchValues<char> _tokenSeparators = SearchValues.Create("()<>@,;:\\\"/[]?={} \t");

    /// <summary>The name. Default: "io".</summary>
    /// <exception cref="ArgumentException">Empty, or a character that no name has.</exception>
    public string Name
    {
        get;
        init
        {
            ArgumentException.ThrowIfNullOrEmpty(value);
            if (value.AsSpan().ContainsAny(_tokenSeparators) || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
                throw new ArgumentException("The name of a cookie is a token (RFC 6265 §4.1.1).", nameof(value));
            field = value;
        }
    }

    = "io";

    /// <summary>The path. Null: none. Default: "/".</summary>
    /// <exception cref="ArgumentException">A character that no attribute has.</exception>
    public string? Path { get; init => field = Attribute(value); } = "/";

    /// <summary>The domain. Null: the host alone. Default: null.</summary>
    /// <exception cref="ArgumentException">A character that no attribute has.</exception>
    public string? Domain { get; init => field = Attribute(value); }

    /// <summary>How long it lives, in whole seconds. Null: as long as the browser runs. Default: null.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Whether scripts cannot read it. Default: true.</summary>
    public bool IsHttpOnly { get; init; } = true;

    /// <summary>Whether it is sent over TLS alone. Default: false.</summary>
    public bool IsSecure { get; init; }

    /// <summary>When it is sent with requests that another site has caused. Default: <see cref="CookieSameSite.Lax"/>.</summary>
    public CookieSameSite SameSite { get; init; } = CookieSameSite.Lax;

    /// <summary>The value of <c>Set-Cookie</c>.</summary>
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
            : throw new ArgumentException("An attribute has no control characters and no semicolon (RFC 6265 §4.1.1).", nameof(value));
}
