using System.Buffers;
using System.Globalization;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Tests.Generators;

/// <summary>
/// An extension whose effect is easy to tell: XORs data with an octet that the client chooses and the server may refuse, sets its bit on
/// the first frame of each message, and undoes it in small steps.
/// </summary>
internal sealed class XorExtension(string name, ReservedBits bits, byte octet, byte largest = byte.MaxValue) : WsExtension(name)
{
    public byte Octet => octet;

    public ReservedBits Bits => bits;

    public override IReadOnlyList<ExtensionElement> Offer() => [Named(octet)];

    public override ExtensionCodec? Accept(ExtensionElement offer) =>
        OctetOf(offer) is { } wanted && wanted <= largest ? Codec(wanted) : null;

    public override ExtensionCodec? Confirm(ExtensionElement answer) => OctetOf(answer) == octet ? Codec(octet) : null;

    public override string ToString() => $"{Name} {octet:X2} up to {largest:X2} {bits}";

    /// <summary>The codec, where nothing is negotiated.</summary>
    public XorCodec Codec() => Codec(octet);

    private XorCodec Codec(byte value) => new(Named(value), bits, value);

    private ExtensionElement Named(byte value) => new(Name, new ExtensionParameter("octet", value.ToString(CultureInfo.InvariantCulture)));

    private static byte? OctetOf(ExtensionElement offer) =>
        offer.Parameters is [{ Name: "octet", Value: { } value }]
        && byte.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out byte number)
            ? number
            : null;
}

/// <summary>What was agreed on.</summary>
internal sealed class XorCodec(ExtensionElement agreed, ReservedBits bits, byte octet) : ExtensionCodec(agreed, bits)
{
    /// <summary>Small, so that one piece takes several steps.</summary>
    private const int Step = 5;

    public byte Octet => octet;

    /// <summary>How often receiving and sending were ended.</summary>
    public (int Receiving, int Sending) Endings { get; private set; }

    protected internal override ExtensionResult ReceivePayload(
        ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output)
    {
        int count = Math.Min(Step, payload.Length);
        Xor(payload[..count], output);
        payload = payload[count..];
        return payload.IsEmpty ? ExtensionResult.Done : ExtensionResult.More;
    }

    protected internal override ReservedBits SendPayload(
        in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        Xor(payload, output);
        return header.Opcode == Opcode.Continuation ? ReservedBits.None : ReservedBits;
    }

    protected internal override void EndReceiving() => Endings = (Endings.Receiving + 1, Endings.Sending);

    protected internal override void EndSending() => Endings = (Endings.Receiving, Endings.Sending + 1);

    private void Xor(ReadOnlySpan<byte> source, IBufferWriter<byte> output)
    {
        Span<byte> target = output.GetSpan(source.Length);
        for (int i = 0; i < source.Length; i++)
            target[i] = (byte)(source[i] ^ octet);
        output.Advance(source.Length);
    }
}
