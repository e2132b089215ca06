using System;

namespace WsProto.Testing;

/// <summary>What came is not what had to come. Not caught, it fails a test in any framework.</summary>
public sealed class UnexpectedOutcomeException : Exception
{
    /// <summary>Without a message.</summary>
    public UnexpectedOutcomeException()
    {
    }

    /// <summary>With what was expected and what came.</summary>
    public UnexpectedOutcomeException(string message)
        : base(message)
    {
    }

    /// <summary>With what was expected, what came, and why.</summary>
    public UnexpectedOutcomeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
