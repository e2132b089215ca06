using System;

namespace WsProto;

/// <summary>
/// The base of all exceptions that WsProto defines. Catch it for everything that can go wrong with a WebSocket. Bytes from the peer never
/// throw in the core: whatever a peer sends ends in an event.
/// </summary>
public class WsException : Exception
{
    /// <summary>Initializes an exception without a message of its own.</summary>
    public WsException()
    {
    }

    /// <summary>Initializes an exception with a message.</summary>
    /// <param name="message">What went wrong.</param>
    public WsException(string message)
        : base(message)
    {
    }

    /// <summary>Initializes an exception with a message and its cause.</summary>
    /// <param name="message">What went wrong.</param>
    /// <param name="innerException">The exception that caused it.</param>
    public WsException(string message, Exception? innerException)
        : base(message, innerException)
    {
    }
}
