using System;
using System.Text.Json;
using WsProto.Adapters;

namespace WsProto.SocketIO.AspNetCore.Testing;

/// <summary>The options of a <see cref="SocketIOTestClient"/>. Immutable.</summary>
public sealed record SocketIOTestOptions
{
    /// <summary>The namespace. Default: <c>/</c>.</summary>
    /// <exception cref="ArgumentException">The value does not begin with a slash, or contains a comma.</exception>
    public string Namespace
    {
        get;
        init => field = CheckedName(value);
    }
    = "/";

    /// <summary>The <c>auth</c> payload, which must serialize to a JSON object. Default: null, no payload.</summary>
    public object? Auth { get; init; }

    /// <summary>Additional parameters of the request's query, for example <c>"room=red"</c>. Default: empty.</summary>
    public string Query
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = "";

    /// <summary>
    /// The options of the WebSocket: request headers, the version of HTTP, and the session. Default: no keep-alive Pings, and no limit for
    /// messages.
    /// </summary>
    public WsClientOptions WebSocket
    {
        get;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            field = value;
        }
    }
    = new() { Session = new() { KeepAliveInterval = null, Connection = new() { MaxMessageSize = null } } };

    /// <summary>The JSON options of arguments. Default: null, the web defaults, as on the server.</summary>
    public JsonSerializerOptions? Json { get; init; }

    /// <summary>
    /// The parser, which must be that of the server (<see cref="SocketIOOptions.Parser"/>). Default: null, the protocol's encoding.
    /// </summary>
    public SocketIOParser? Parser { get; init; }

    /// <summary>
    /// Whether to answer the server's pings. Default: true. Use false to simulate a silent client, which the server disconnects after its
    /// <see cref="EngineIO.EngineIOServerOptions.PingTimeout"/>.
    /// </summary>
    public bool AnswersPings { get; init; } = true;

    /// <summary>
    /// How long each operation may take, in real time and whatever clock the server uses. Then it throws a <see cref="TimeoutException"/>.
    /// Default: 30 seconds, because machines that run tests may be slow.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive, or more than 2^31 - 1 ms (24 days).</exception>
    public TimeSpan Patience
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMilliseconds(int.MaxValue));
            field = value;
        }
    }
    = TimeSpan.FromSeconds(30);

    internal static string CheckedName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith('/') && !name.Contains(',', StringComparison.Ordinal)
            ? name
            : throw new ArgumentException("The name of a namespace begins with a slash and contains no comma.", nameof(name));
    }
}
