namespace WsProto.SocketIO;

/// <summary>Numbers and names of the protocol that the encoder and the decoder share.</summary>
internal static class SocketIOWire
{
    /// <summary>The main namespace, which is not written.</summary>
    internal const string MainNamespace = "/";

    /// <summary>The difference between the type of an event or an acknowledgement and its type with attachments.</summary>
    internal const int BinaryOffset = 3;
}
