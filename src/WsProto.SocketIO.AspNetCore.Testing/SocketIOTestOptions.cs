using System;
using System.Text.Json;
using WsProto.Adapters;

namespace WsProto.SocketIO.AspNetCore.Testing;

/// <summary>How a <see cref="SocketIOTestClient"/> connects. Immutable.</summary>
public sealed record SocketIOTestOptions
{
    /// <summary>The namespace to be in. Default: <c>/</c>.</summary>
    /// <exception cref="ArgumentException">It does not begin with a slash, or has a comma.</exception>
    public string Namespace
    {
        get;
        init => field = CheckedName(value);
    }
    = "/";

    /// <summary>What the client brings for the handlers of <c>OnConnecting</c>; null for nothing. It becomes a JSON object.</summary>
    public object? Auth { get; init; }

    /// <summary>What comes after the <c>?</c> of the request's target, beside what the protocol needs: <c>"room=red"</c>. Default: nothing.</summary>
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
    /// The WebSocket: headers of the request, the version of HTTP, and the session. Default: without pings of its own, and without a limit
    /// for messages.
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

    /// <summary>How arguments are written and read; null for the defaults for the web, as on the server.</summary>
    public JsonSerializerOptions? Json { get; init; }

    /// <summary>The form of packets on the wire, as <see cref="SocketIOOptions.Parser"/> of the server. Null (the default): the protocol's own.</summary>
    public SocketIOParser? Parser { get; init; }

    /// <summary>
    /// Whether the server's pings are answered, which a server expects within 20 seconds of its time. Default: true. False plays a client
    /// that has gone silent.
    /// </summary>
    public bool AnswersPings { get; init; } = true;

    /// <summary>
    /// How long anything is waited for, that the server takes what is sent included, before the test fails by a <see cref="TimeoutException"/>, in real time, whatever clock the server
    /// runs on. Default: 30 seconds, as machines that run tests may be slow.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not positive, or longer than 24 days.</exception>
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
            : throw new ArgumentException("The name of a namespace begins with a slash and has no comma.", nameof(name));
    }
}
