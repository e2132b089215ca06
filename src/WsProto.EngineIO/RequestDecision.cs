using System;
using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>The decision of the application about a handshake; see <see cref="EngineIOServerOptions.AsksForDecision"/>.</summary>
public sealed class RequestDecision
{
    private RequestDecision()
    {
    }

    /// <summary>Whether the handshake is accepted.</summary>
    public bool IsAllowed { get; private init; }

    /// <summary>The message that a refused client gets.</summary>
    public string Message { get; private init; } = "";

    /// <summary>Additional response headers, which follow <see cref="EngineIOServerOptions.InitialHeaders"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; private init; } = [];

    /// <summary>Accepts the handshake.</summary>
    /// <param name="headers">Additional response headers; null for none.</param>
    /// <returns>The decision.</returns>
    public static RequestDecision Allow(IReadOnlyList<KeyValuePair<string, string>>? headers = null) =>
        new() { IsAllowed = true, Headers = headers ?? [] };

    /// <summary>Refuses the handshake with status 403 and code 4. No session is created.</summary>
    /// <param name="message">The message that the client gets, and shows in its error.</param>
    /// <returns>The decision.</returns>
    public static RequestDecision Refuse(string message = "Forbidden")
    {
        ArgumentNullException.ThrowIfNull(message);
        return new() { Message = message };
    }
}
