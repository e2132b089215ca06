// Templates of permessage-deflate, as a caller may set them.

using FsCheck;
using FsCheck.Fluent;
using WsProto.Extensions;

namespace WsProto.Tests.Generators;

internal static class DeflateSettings
{
    /// <summary>Any setting; the defaults often enough.</summary>
    public static readonly Gen<PerMessageDeflate> Any =
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
            Threshold = threshold,
        };

    /// <summary>The defaults, but for a threshold under which nothing falls.</summary>
    public static readonly PerMessageDeflate Plain = new() { Threshold = 0 };

    /// <summary>Nearer to <see cref="Plain"/>.</summary>
    public static IEnumerable<PerMessageDeflate> Shrink(PerMessageDeflate settings)
    {
        if (Show(settings) != Show(Plain))
            yield return Plain;
    }

    public static string Show(PerMessageDeflate settings) =>
        $"{settings.Offer()[0]} level {settings.CompressionLevel} memory {settings.MemoryLevel} threshold {settings.Threshold}";
}
