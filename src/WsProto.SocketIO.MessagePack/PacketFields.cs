using System;

namespace WsProto.SocketIO.MessagePack;

/// <summary>The keys of a packet that have a meaning.</summary>
[Flags]
internal enum PacketFields
{
    None = 0,
    Type = 1,
    Namespace = 2,
    Id = 4,
    Data = 8,
}
