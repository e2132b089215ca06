namespace WsProto.SocketIO.MessagePack;

/// <summary>The types of MessagePack extensions that are supported.</summary>
internal static class ExtensionTypes
{
    /// <summary>A timestamp, as in the specification of MessagePack.</summary>
    internal const sbyte Timestamp = -1;

    /// <summary>
    /// The type that npm's parser uses. Its form determines the meaning: one byte is undefined, eight bytes are a date, and a form with a
    /// length is a Buffer of Node.
    /// </summary>
    internal const sbyte Npm = 0;
}
