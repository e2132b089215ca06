using System;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>
/// Thrown by a handler of <see cref="SocketIONamespace.OnConnecting"/> to refuse a client. The client gets the message and
/// <see cref="Details"/>.
/// </summary>
public sealed class SocketIORefusedException : Exception
{
    /// <summary>Creates the exception with the message "Connection refused".</summary>
    public SocketIORefusedException()
        : base(DefaultMessage)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message for the client.</param>
    public SocketIORefusedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message for the client.</param>
    /// <param name="innerException">The cause. The client does not get it.</param>
    public SocketIORefusedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    internal const string DefaultMessage = "Connection refused";

    /// <summary>The data of the error that the client gets; null for none. It must not contain byte arrays.</summary>
    public object? Details { get; init; }
}

/// <summary>Thrown by a call if the client is disconnected from the namespace before it has answered, or was not connected.</summary>
public sealed class SocketIODisconnectedException : Exception
{
    /// <summary>Creates the exception with a default message.</summary>
    public SocketIODisconnectedException()
        : base("The client has left the namespace.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    public SocketIODisconnectedException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public SocketIODisconnectedException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>Thrown if the arguments of an event do not fit its handler. The client stays connected.</summary>
public sealed class SocketIOBindingException : Exception
{
    /// <summary>Creates the exception with a default message.</summary>
    public SocketIOBindingException()
        : base("The arguments of the event do not fit its handler.")
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    public SocketIOBindingException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The cause.</param>
    public SocketIOBindingException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>The index of the argument, from 0.</summary>
    public int Index { get; init; }
}
