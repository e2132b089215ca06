using System;

namespace WsProto;

/// <summary>The caller asked for something that the state of the connection forbids. Nothing was written and no state changed.</summary>
public sealed class LocalProtocolException : WsException
{
    /// <summary>Initializes an exception without a message of its own.</summary>
    public LocalProtocolException()
    {
    }

    /// <summary>Initializes an exception with a message.</summary>
    /// <param name="message">What the state forbids.</param>
    public LocalProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes an exception with a message and its cause.</summary>
    /// <param name="message">What the state forbids.</param>
    /// <param name="innerException">The exception that caused it.</param>
    public LocalProtocolException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Why the state forbids it.</summary>
    public LocalProtocolError Error { get; init; }
}
