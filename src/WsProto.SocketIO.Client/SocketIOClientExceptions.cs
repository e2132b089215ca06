using System;
using System.Collections.Generic;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Client;

/// <summary>There is no connection: the server was not reached, refused the session, or it was lost and is given up.</summary>
public sealed class SocketIOConnectException : Exception
{
    /// <summary>There is none.</summary>
    public SocketIOConnectException()
        : base("There is no connection.")
    {
    }

    /// <summary>There is none.</summary>
    /// <param name="message">Why.</param>
    public SocketIOConnectException(string message)
        : base(message)
    {
    }

    /// <summary>There is none.</summary>
    /// <param name="message">Why.</param>
    /// <param name="innerException">What was thrown on the way.</param>
    public SocketIOConnectException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>What is known of it: transport, status, body, the server's code and message; null if nothing went wrong.</summary>
    public EngineIOFailure? Failure { get; init; }

    /// <summary>The headers of the refusal; empty if there was none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}

/// <summary>The client did not get into a namespace.</summary>
public sealed class SocketIOJoinException : Exception
{
    /// <summary>It did not.</summary>
    public SocketIOJoinException()
        : base("The client did not get into the namespace.")
    {
    }

    /// <summary>It did not.</summary>
    /// <param name="message">What the server says.</param>
    public SocketIOJoinException(string message)
        : base(message)
    {
    }

    /// <summary>It did not.</summary>
    /// <param name="message">What the server says.</param>
    /// <param name="innerException">What was thrown on the way.</param>
    public SocketIOJoinException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Why.</summary>
    public SocketIORefusalKind Kind { get; init; }

    /// <summary>The namespace.</summary>
    public string Namespace { get; init; } = "/";

    /// <summary>More of what the server says: one argument, or none.</summary>
    public SocketIOArguments Details { get; init; } = SocketIOArguments.None;
}

/// <summary>An event was not sent, or its answer will not come.</summary>
public sealed class SocketIOEmitException : Exception
{
    /// <summary>It was not.</summary>
    public SocketIOEmitException()
        : base("The event was not sent.")
    {
    }

    /// <summary>It was not.</summary>
    /// <param name="message">Why.</param>
    public SocketIOEmitException(string message)
        : base(message)
    {
    }

    /// <summary>It was not.</summary>
    /// <param name="message">Why.</param>
    /// <param name="innerException">What was thrown on the way.</param>
    public SocketIOEmitException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Why.</summary>
    public SocketIOEmitOutcome Outcome { get; init; } = SocketIOEmitOutcome.NotConnected;

    /// <summary>Of one that is too large: its largest message in bytes, as the transport would have carried it; else 0.</summary>
    public int MessageSize { get; init; }

    /// <summary>Of one that is too large: how many bytes the server takes; else 0.</summary>
    public int MaxPayload { get; init; }
}
