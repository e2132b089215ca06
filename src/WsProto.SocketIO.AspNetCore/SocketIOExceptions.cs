using System;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>Thrown by a handler of connections to refuse a client; it is told the message and the data.</summary>
public sealed class SocketIORefusedException : Exception
{
    /// <summary>Refuses without a word.</summary>
    public SocketIORefusedException()
        : base(DefaultMessage)
    {
    }

    /// <summary>Refuses.</summary>
    /// <param name="message">What the client is told, as the message of its error.</param>
    public SocketIORefusedException(string message)
        : base(message)
    {
    }

    /// <summary>Refuses.</summary>
    /// <param name="message">What the client is told, as the message of its error.</param>
    /// <param name="innerException">Why; the client is not told.</param>
    public SocketIORefusedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal const string DefaultMessage = "Connection refused";

    /// <summary>What the client is told, as the data of its error; null for nothing. It cannot hold bytes.</summary>
    public object? Details { get; init; }
}

/// <summary>The client has left the namespace, or was never in it, before it could answer.</summary>
public sealed class SocketIODisconnectedException : Exception
{
    /// <summary>It has left.</summary>
    public SocketIODisconnectedException()
        : base("The client has left the namespace.")
    {
    }

    /// <summary>It has left.</summary>
    /// <param name="message">What happened.</param>
    public SocketIODisconnectedException(string message)
        : base(message)
    {
    }

    /// <summary>It has left.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public SocketIODisconnectedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>The arguments of an event are not those of its handler. The client stays.</summary>
public sealed class SocketIOBindingException : Exception
{
    /// <summary>They do not fit.</summary>
    public SocketIOBindingException()
        : base("The arguments of the event are not those of its handler.")
    {
    }

    /// <summary>They do not fit.</summary>
    /// <param name="message">Which.</param>
    public SocketIOBindingException(string message)
        : base(message)
    {
    }

    /// <summary>They do not fit.</summary>
    /// <param name="message">Which.</param>
    /// <param name="innerException">Why.</param>
    public SocketIOBindingException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Which argument, from 0.</summary>
    public int Index { get; init; }
}
