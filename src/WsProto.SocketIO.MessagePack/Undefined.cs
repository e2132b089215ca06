using MessagePack;

namespace WsProto.SocketIO.MessagePack;

/// <summary>JavaScript's undefined, which npm's parser writes as an extension of type 0 with one byte.</summary>
internal static class Undefined
{
    /// <summary>Reads undefined if it is the next value.</summary>
    internal static bool TryRead(ref MessagePackReader reader)
    {
        if (reader.NextCode != MessagePackCode.FixExt1)
            return false;
        MessagePackReader ahead = reader.CreatePeekReader();
        ExtensionHeader header = ahead.ReadExtensionFormatHeader();
        if (header.TypeCode != ExtensionTypes.Npm)
            return false;
        _ = ahead.ReadRaw(header.Length);
        reader = ahead;
        return true;
    }
}
