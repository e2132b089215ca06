// A sample of an extension, written against the public surface only. ("internal" stands in the overrides because these tests may
// see the library's internals; other assemblies write "protected override".)

using System.Buffers;
using System.Globalization;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Tests.Extensions.Samples;

/// <summary>
/// Inverts bits of every byte of a message, and marks such a message with RSV2 in its first frame. The pattern is negotiated: the server
/// may change it.
/// </summary>
internal sealed class FlipExtension(byte pattern = 0xFF) : WsExtension(FlipCodec.Name)
{
    public override IReadOnlyList<ExtensionElement> Offer() => [FlipCodec.Describe(pattern), new ExtensionElement(Name)];

    public override ExtensionCodec? Accept(ExtensionElement offer) =>
        offer.Parameters.Count == 0 ? new FlipCodec(pattern)
        : PatternOf(offer) is { } asked ? new FlipCodec(asked, offer)
        : null;

    public override ExtensionCodec? Confirm(ExtensionElement answer) =>
        PatternOf(answer) is { } agreed ? new FlipCodec(agreed, answer) : null;

    private static byte? PatternOf(ExtensionElement offer) =>
        offer.Parameters is [("pattern", { } value)]
        && byte.TryParse(value, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte pattern)
            ? pattern
            : null;
}

/// <summary>What was agreed on.</summary>
internal sealed class FlipCodec(byte pattern = 0xFF, ExtensionElement? agreed = null)
    : ExtensionCodec(agreed ?? Describe(pattern), ReservedBits.Rsv2)
{
    public const string Name = "x-flip";

    private bool _flipped;

    public byte Pattern => pattern;

    public static ExtensionElement Describe(byte pattern) =>
        new(Name, new ExtensionParameter("pattern", pattern.ToString("x2", CultureInfo.InvariantCulture)));

    protected internal override ExtensionResult ReceiveHeader(in FrameHeader header)
    {
        if (header.Opcode is Opcode.Text or Opcode.Binary)
            _flipped = (header.Reserved & ReservedBits.Rsv2) != 0;
        else if ((header.Reserved & ReservedBits.Rsv2) != 0)
            return ExtensionResult.Failed(CloseCode.ProtocolError);
        return ExtensionResult.Done;
    }

    protected internal override ExtensionResult ReceivePayload(
        ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output)
    {
        Flip(payload, _flipped ? pattern : (byte)0, output);
        payload = default;
        return ExtensionResult.Done;
    }

    protected internal override ReservedBits SendPayload(
        in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        Flip(payload, pattern, output);
        return header.Opcode == Opcode.Continuation ? ReservedBits.None : ReservedBits.Rsv2;
    }

    private static void Flip(ReadOnlySpan<byte> data, byte pattern, IBufferWriter<byte> output)
    {
        Span<byte> target = output.GetSpan(data.Length);
        for (int i = 0; i < data.Length; i++)
            target[i] = (byte)(data[i] ^ pattern);
        output.Advance(data.Length);
    }
}
