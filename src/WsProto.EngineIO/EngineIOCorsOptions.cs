using System;
using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>
/// The CORS headers of responses to pages that <see cref="EngineIOServerOptions.AllowedOrigins"/> allows (Fetch standard, "CORS protocol").
/// Immutable.
/// </summary>
/// <remarks>
/// Every response has them, including refusals, so that a page can read why it was refused. If the host adds CORS headers to the same
/// route, set <see cref="EngineIOServerOptions.Cors"/> to null: browsers refuse a response that has the headers twice.
/// </remarks>
public sealed record EngineIOCorsOptions
{
    /// <summary>
    /// Whether pages of other origins may send cookies and read the responses. Default: false. If true, responses name the origin even if
    /// all origins are allowed, because <c>*</c> is not valid with credentials.
    /// </summary>
    public bool AllowCredentials { get; init; }

    /// <summary>The request headers that a preflight allows. Default: null, which allows those that it asks for.</summary>
    public IReadOnlyList<string>? AllowedHeaders { get; init; }

    /// <summary>The response headers that a page may read, in addition to those that it always may. Default: empty.</summary>
    public IReadOnlyList<string> ExposedHeaders { get; init; } = [];

    /// <summary>How long a browser may cache a preflight, sent in whole seconds. Default: null, which leaves it to the browser.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan? MaxAge
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? TimeSpan.Zero, TimeSpan.Zero, nameof(value));
            field = value;
        }
    }
}
