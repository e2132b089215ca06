using System;

namespace WsProto.Testing;

/// <summary>Thrown if the outcome is not the expected one. Uncaught, it fails a test in any framework.</summary>
public sealed class UnexpectedOutcomeException : Exception
{
    /// <summary>Creates the exception with a default message.</summary>
    public UnexpectedOutcomeException()
    {
    }

    /// <summary>Creates the exception with what was expected and what happened.</summary>
    public UnexpectedOutcomeException(string message)
        : base(message)
    {
    }

    /// <summary>Creates the exception with what was expected, what happened, and the cause.</summary>
    public UnexpectedOutcomeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
