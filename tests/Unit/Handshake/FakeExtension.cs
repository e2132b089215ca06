using System.Buffers;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Tests.Handshake;

/// <summary>An extension that only negotiates: offers, answers and confirms parameters. Equal by content, so that outcomes can be compared.</summary>
internal sealed class FakeExtension(string name, params ExtensionParameter[] parameters) : WsExtension(name), IEquatable<FakeExtension>
{
    /// <summary>Whether the client keeps it out of the request.</summary>
    public bool OffersNothing { get; init; }

    /// <summary>Whether it refuses what the other end says.</summary>
    public bool Declines { get; init; }

    public override ReservedBits ReservedBits => Bits;

    public ReservedBits Bits { get; init; }

    /// <summary>What the server's template was shown.</summary>
    public List<ExtensionElement> Seen { get; } = [];

    /// <summary>How often data or headers came by.</summary>
    public int Frames { get; private set; }

    public override IReadOnlyList<ExtensionElement> Offer() => OffersNothing ? [] : [new ExtensionElement(Name, parameters)];

    public override ExtensionAgreement? Accept(ExtensionElement offer)
    {
        Seen.Add(offer);
        return Declines ? null : new ExtensionAgreement(new FakeExtension(Name, parameters) { Bits = Bits }, new ExtensionElement(Name, parameters));
    }

    public override WsExtension? Confirm(ExtensionElement answer) => Declines ? null : new FakeExtension(Name, [.. answer.Parameters]) { Bits = Bits };

    public bool Equals(FakeExtension? other) => other is not null && new ExtensionElement(Name, parameters).Equals(other.Itself);

    public override bool Equals(object? obj) => Equals(obj as FakeExtension);

    public override int GetHashCode() => Name.GetHashCode(StringComparison.Ordinal);

    protected internal override ExtensionResult ReceiveHeader(in FrameHeader header)
    {
        Frames++;
        return base.ReceiveHeader(header);
    }

    protected internal override ReservedBits SendPayload(in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        Frames++;
        return base.SendPayload(header, compress, payload, output);
    }

    private ExtensionElement Itself => new(Name, parameters);
}
