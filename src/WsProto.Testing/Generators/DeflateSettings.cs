// Settings of permessage-deflate that a caller may choose.

using System.Collections.Generic;
using FsCheck;
using FsCheck.Fluent;

namespace WsProto.Testing.Generators;

/// <summary>Generates settings of permessage-deflate (RFC 7692).</summary>
public static class DeflateSettings
{
    /// <summary>
    /// Generates all settings with which a side can send: windows of 9 to 15 bits, all levels, thresholds of up to 200 bytes.
    /// </summary>
    public static Gen<PerMessageDeflate> Any { get; } =
        from serverForgets in Gen.Elements(true, false)
        from clientForgets in Gen.Elements(true, false)
        from server in Gen.Frequency((1, Gen.Constant(15)), (1, Gen.Choose(9, 15)))
        from client in Gen.Frequency((1, Gen.Constant(15)), (1, Gen.Choose(9, 15)))
        from level in Gen.Choose(1, 9)
        from memory in Gen.Choose(1, 9)
        from threshold in Gen.Frequency((2, Gen.Constant(0)), (1, Gen.Constant(64)), (1, Gen.Choose(0, 200)))
        select new PerMessageDeflate
        {
            ServerNoContextTakeover = serverForgets,
            ClientNoContextTakeover = clientForgets,
            ServerMaxWindowBits = server,
            ClientMaxWindowBits = client,
            CompressionLevel = level,
            MemoryLevel = memory,
            MinCompressedSize = threshold,
        };

    /// <summary>The default settings with a threshold of 0, so that every message is compressed.</summary>
    public static PerMessageDeflate Plain { get; } = new() { MinCompressedSize = 0 };

    /// <summary>Shrinks to <see cref="Plain"/>.</summary>
    /// <param name="settings">The value to shrink.</param>
    /// <returns>Smaller values.</returns>
    public static IEnumerable<PerMessageDeflate> Shrink(PerMessageDeflate settings)
    {
        if (Show(settings) != Show(Plain))
            yield return Plain;
    }

    internal static string Show(PerMessageDeflate settings) =>
        $"{settings.Offer()[0]} level {settings.CompressionLevel} memory {settings.MemoryLevel} threshold {settings.MinCompressedSize}";
}
