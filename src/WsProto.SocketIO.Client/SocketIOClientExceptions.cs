using System;
using System.Collections.Generic;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Client;

/// <summary>
/// Thrown if there is no connection: the server could not be reached or refused the session, or the connection was lost and is given up.
/// </summary>
public sealed class SocketIOConnectException : Exception
{
    /// <summary>Creates the exception with a default message.</summary>
    public SocketIOConnectException()
        : base("There is no connection.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    public SocketIOConnectException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public SocketIOConnectException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The details: transport, status, body, and the server's code and message; null if there was no error.</summary>
    public EngineIOFailure? Failure { get; init; }

    /// <summary>The headers of the server's refusal; empty if there was none.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];
}

/// <summary>Thrown if the client could not connect to a namespace.</summary>
public sealed class SocketIOJoinException : Exception
{
    /// <summary>Creates the exception with a default message.</summary>
    public SocketIOJoinException()
        : base("The client could not connect to the namespace.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message of the server.</param>
    public SocketIOJoinException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message of the server.</param>
    /// <param name="innerException">The cause.</param>
    public SocketIOJoinException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The kind of refusal.</summary>
    public SocketIORefusalKind Kind { get; init; }

    /// <summary>The namespace.</summary>
    public string Namespace { get; init; } = "/";

    /// <summary>The data of the server's refusal: one argument, or none.</summary>
    public SocketIOArguments Details { get; init; } = SocketIOArguments.None;
}

/// <summary>Thrown if an event was not sent, or its acknowledgement cannot arrive any more.</summary>
public sealed class SocketIOEmitException : Exception
{
    /// <summary>Creates the exception with a default message.</summary>
    public SocketIOEmitException()
        : base("The event was not sent.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    public SocketIOEmitException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public SocketIOEmitException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The outcome of the emit.</summary>
    public SocketIOEmitOutcome Outcome { get; init; } = SocketIOEmitOutcome.NotConnected;

    /// <summary>For an event that is too large: the size of its largest message in bytes, on the transport in use; otherwise 0.</summary>
    public int MessageSize { get; init; }

    /// <summary>For an event that is too large: the maximum size in bytes that the server accepts; otherwise 0.</summary>
    public int MaxPayload { get; init; }
}
