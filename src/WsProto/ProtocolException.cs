using System;

namespace WsProto;

/// <summary>The base of what this library throws of its own. Bytes from the peer never throw: whatever a peer sends ends in an event.</summary>
public class ProtocolException : Exception
{
    private protected ProtocolException(string message)
        : base(message)
    {
    }
}

/// <summary>The caller asked for something that the state of the connection forbids. Nothing was written and no state changed.</summary>
public sealed class LocalProtocolException : ProtocolException
{
    internal LocalProtocolException(string message)
        : base(message)
    {
    }
}
