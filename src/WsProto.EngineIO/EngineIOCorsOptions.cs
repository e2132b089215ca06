using System;
using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>
/// The CORS headers of answers to pages that <see cref="EngineIOServerOptions.AllowedOrigins"/> allows (Fetch standard, "CORS protocol").
/// Immutable.
/// </summary>
/// <remarks>
/// They stand on every answer, refusals too, so that a page can read why it was refused. Where the host writes CORS headers on the same
/// route, set <see cref="EngineIOServerOptions.Cors"/> to null: a header that stands twice is refused by browsers.
/// </remarks>
public sealed record EngineIOCorsOptions
{
    /// <summary>
    /// Whether pages of other origins may send cookies and read the answers. The origin is then echoed even if all are allowed, as <c>*</c>
    /// is not valid with credentials. Default: false.
    /// </summary>
    public bool AllowCredentials { get; init; }

    /// <summary>The request headers that a preflight allows. Null: those that it asks for. Default: null.</summary>
    public IReadOnlyList<string>? AllowedHeaders { get; init; }

    /// <summary>The answer headers that a page may read beside those that it always may. Default: none.</summary>
    public IReadOnlyList<string> ExposedHeaders { get; init; } = [];

    /// <summary>How long a browser may remember a preflight, in whole seconds. Null: as the browser likes. Default: null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
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
