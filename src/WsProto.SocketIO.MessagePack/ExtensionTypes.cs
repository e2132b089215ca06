namespace WsProto.SocketIO.MessagePack;

/// <summary>The types of extensions that are understood.</summary>
internal static class ExtensionTypes
{
    /// <summary>A time, of MessagePack's specification.</summary>
    internal const sbyte Timestamp = -1;

    /// <summary>
    /// Of npm's parser, by its form: with one byte undefined, with eight a date, with a length before it a buffer, which Node writes so.
    /// </summary>
    internal const sbyte Npm = 0;
}
