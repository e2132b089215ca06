using System;
using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>What the application has decided about a handshake, see <see cref="EngineIOServerOptions.AsksForDecision"/>.</summary>
public sealed class RequestDecision
{
    private RequestDecision()
    {
    }

    /// <summary>Whether the handshake goes on.</summary>
    public bool IsAllowed { get; private init; }

    /// <summary>What a refused client is told.</summary>
    public string Message { get; private init; } = "";

    /// <summary>Headers of the answer, after <see cref="EngineIOServerOptions.InitialHeaders"/>.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; private init; } = [];

    /// <summary>The handshake goes on.</summary>
    /// <param name="headers">Headers of the answer; null is none.</param>
    public static RequestDecision Allow(IReadOnlyList<KeyValuePair<string, string>>? headers = null) =>
        new() { IsAllowed = true, Headers = headers ?? [] };

    /// <summary>The handshake is refused with 403 and code 4, and no session comes of it.</summary>
    /// <param name="message">What the client is told. Clients show it in their error.</param>
    public static RequestDecision Refuse(string message = "Forbidden")
    {
        ArgumentNullException.ThrowIfNull(message);
        return new() { Message = message };
    }
}
