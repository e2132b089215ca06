// The first eight bytes of an input of the connection targets: how the connection is set up, how the rest of the bytes arrive, and
// what the caller does. Every byte means something, whatever its value, so no mutation is wasted.

using WsProto.Extensions;
using WsProto.Tests;

namespace WsProto.Fuzz;

[Flags]
internal enum SceneFlags : byte
{
    None = 0,

    /// <summary>Established: the connection is a server's.</summary>
    Server = 1,
    Chunks = 2,
    EndOfStream = 4,

    /// <summary>The cut run reads through TryReadFrame first.</summary>
    ByFrames = 8,

    /// <summary>The cut run reads only after all has arrived.</summary>
    ReadLate = 16,

    /// <summary>The caller does not answer a Close, a refusal or a request.</summary>
    Silent = 32,

    /// <summary>The caller sends back what it reads.</summary>
    Echo = 64,

    /// <summary>The request is answered after all bytes have arrived.</summary>
    AnswerLate = 128,
}

internal enum Kind
{
    Established,
    Server,
    Client,
}

internal sealed record Scene(
    SceneFlags Flags,
    byte Message = 0,
    byte Fragments = 0,
    byte Frame = 0,
    byte Head = 0,
    byte Extension = 0,
    byte Cut = 0,
    byte Script = 0)
{
    public const int Size = 8;

    private static readonly long?[] _messages = [1 << 20, 0, 1, 5, 16, 125, 126, 1000, 65535, 65536, 100_000, null];
    private static readonly int?[] _fragments = [1024, 1, 2, 3, 8, null];
    private static readonly long?[] _wholes = [null, 0, 1, 5, 125, 126, 1000, 65536];
    private static readonly long?[] _frames = [null, 0, 1, 125, 126, 1000, 65535, 65536];

    /// <summary>Head size, header count, line length, body of a refusal.</summary>
    private static readonly (int Size, int Count, int Line, int Body)[] _heads =
    [
        (16384, 100, 8192, 65536), (256, 100, 8192, 65536), (16384, 6, 8192, 0), (16384, 100, 48, 1), (300, 8, 64, 10),
        (16384, 100, 8192, 100), (1, 1, 1, 0),
    ];

    public bool Has(SceneFlags flag) => (Flags & flag) != 0;

    public ConnectionRole Role => Has(SceneFlags.Server) ? ConnectionRole.Server : ConnectionRole.Client;

    public MessageDelivery Delivery => Has(SceneFlags.Chunks) ? MessageDelivery.Chunks : MessageDelivery.Whole;

    /// <summary>Whether no message comes in pieces.</summary>
    public bool DeliversWhole => Delivery == MessageDelivery.Whole && MaxWholeMessageSize is null;

    /// <summary>0 for no extension; else permessage-deflate in one of three settings.</summary>
    public int ExtensionKind => Extension % 4;

    /// <summary>The number of events of the peer after which the caller sends a Close; 0 for never.</summary>
    public int CloseAfter => Script % 8;

    /// <summary>What the caller offers, asks for or answers with.</summary>
    public int Answer => Script >> 3;

    /// <summary>Unlimited only without extension: a bomb is refused by its limit and not by the machine.</summary>
    public long? MaxMessageSize => _messages[Message % _messages.Length] ?? (ExtensionKind == 0 ? null : 1 << 20);

    public int? MaxFragmentCount => _fragments[Fragments % _fragments.Length];

    public long? MaxWholeMessageSize => _wholes[Fragments / _fragments.Length % _wholes.Length];

    public long? MaxFrameSize => _frames[Frame % _frames.Length];

    public (int Size, int Count, int Line, int Body) HeadLimits => _heads[Head % _heads.Length];

    public static Scene Read(ReadOnlySpan<byte> input, out ReadOnlySpan<byte> rest)
    {
        Span<byte> first = stackalloc byte[Size];
        input[..Math.Min(Size, input.Length)].CopyTo(first);
        rest = input.Length < Size ? [] : input[Size..];
        return new Scene((SceneFlags)first[0], first[1], first[2], first[3], first[4], first[5], first[6], first[7]);
    }

    /// <summary>An input that begins with this scene.</summary>
    public byte[] With(params IEnumerable<byte[]> parts) =>
        Wire.Concat([[(byte)Flags, Message, Fragments, Frame, Head, Extension, Cut, Script], .. parts]);

    public WsConnectionOptions Options(CountingPool pool) => new()
    {
        MessageDelivery = Delivery,
        MaxMessageSize = MaxMessageSize,
        MaxFragmentCount = MaxFragmentCount,
        MaxWholeMessageSize = MaxWholeMessageSize,
        MaxFrameSize = MaxFrameSize,
        MaxHandshakeSize = HeadLimits.Size,
        MaxHeaderCount = HeadLimits.Count,
        MaxHeaderLineSize = HeadLimits.Line,
        MaxRejectBodySize = HeadLimits.Body,
        Pool = pool,
        Random = FillFixed,
    };

    /// <summary>The template of the extension.</summary>
    public PerMessageDeflate Template() => ExtensionKind switch
    {
        2 => new PerMessageDeflate { ServerNoContextTakeover = true, ClientNoContextTakeover = true, MinCompressedSize = 0 },
        3 => new PerMessageDeflate { ServerMaxWindowBits = 9, ClientMaxWindowBits = 9, MinCompressedSize = 0 },
        _ => new PerMessageDeflate { MinCompressedSize = 0 },
    };

    /// <summary>The extension as two ends have agreed on it.</summary>
    public (IReadOnlyList<ExtensionCodec> Client, IReadOnlyList<ExtensionCodec> Server) Agreed()
    {
        if (ExtensionKind == 0)
            return ([], []);
        PerMessageDeflate template = Template();
        ExtensionCodec codec = template.Accept(template.Offer()[0])!;
        return ([template.Confirm(codec.Agreed)!], [codec]);
    }

    /// <summary>
    /// The nonce of the examples, and one masking key for all frames: keys come in blocks, and how far a block reaches depends on how the
    /// input was cut.
    /// </summary>
    private static void FillFixed(Span<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] = Heads.Nonce[bytes.Length == Heads.Nonce.Length ? i : i % 4];
    }
}
