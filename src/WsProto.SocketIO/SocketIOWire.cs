namespace WsProto.SocketIO;

/// <summary>Numbers and names of the protocol that both directions share.</summary>
internal static class SocketIOWire
{
    /// <summary>The namespace that is not written.</summary>
    internal const string MainNamespace = "/";

    /// <summary>From an event or ack to the type that it has with attachments.</summary>
    internal const int BinaryOffset = 3;
}
