using System.Buffers;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Tests.Handshake;

/// <summary>An extension that only negotiates: offers, answers and confirms parameters.</summary>
internal sealed class FakeExtension(string name, params ExtensionParameter[] parameters) : WsExtension(name)
{
    /// <summary>Whether the client keeps it out of the request.</summary>
    public bool OffersNothing { get; init; }

    /// <summary>Whether it refuses what the other end says.</summary>
    public bool Declines { get; init; }

    public ReservedBits Bits { get; init; }

    /// <summary>What the server's template was shown.</summary>
    public List<ExtensionElement> Seen { get; } = [];

    public override IReadOnlyList<ExtensionElement> Offer() => OffersNothing ? [] : [new ExtensionElement(Name, parameters)];

    public override ExtensionCodec? Accept(ExtensionElement offer)
    {
        Seen.Add(offer);
        return Declines ? null : new FakeCodec(new ExtensionElement(Name, parameters), Bits);
    }

    public override ExtensionCodec? Confirm(ExtensionElement answer) => Declines ? null : new FakeCodec(answer, Bits);
}

/// <summary>What was agreed on.</summary>
internal sealed class FakeCodec(ExtensionElement agreed, ReservedBits bits) : ExtensionCodec(agreed, bits)
{
    /// <summary>How often data or headers came by.</summary>
    public int Frames { get; private set; }

    protected internal override ExtensionResult ReceiveHeader(in FrameHeader header)
    {
        Frames++;
        return base.ReceiveHeader(header);
    }

    protected internal override ReservedBits SendPayload(
        in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        Frames++;
        return base.SendPayload(header, compress, payload, output);
    }
}
