using System;

namespace WsProto.Framing;

/// <summary>The three bits of a frame header that belong to extensions (RFC 6455 §5.2), as they stand in the first octet.</summary>
[Flags]
public enum ReservedBits : byte
{
    /// <summary>No bit is set: no extension touched the frame.</summary>
    None = 0,

    /// <summary>The third bit from below.</summary>
    Rsv3 = 0b0001_0000,

    /// <summary>The middle bit.</summary>
    Rsv2 = 0b0010_0000,

    /// <summary>The bit next to FIN; permessage-deflate uses it (RFC 7692 §6).</summary>
    Rsv1 = 0b0100_0000,

    /// <summary>All three.</summary>
    All = Rsv1 | Rsv2 | Rsv3,
}
