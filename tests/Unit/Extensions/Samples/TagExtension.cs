using System.Buffers;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Tests.Extensions.Samples;

/// <summary>
/// Puts a tag byte behind every data frame, and takes it off again. It needs no bit, keeps one byte between pieces, and stacks with others.
/// </summary>
internal sealed class TagExtension(string name = "x-tag", byte tag = (byte)'#') : WsExtension(name)
{
    public override ExtensionCodec? Accept(ExtensionElement offer) => offer.Parameters.Count == 0 ? new TagCodec(offer, tag) : null;

    public override ExtensionCodec? Confirm(ExtensionElement answer) => answer.Parameters.Count == 0 ? new TagCodec(answer, tag) : null;
}

/// <summary>What was agreed on.</summary>
internal sealed class TagCodec(ExtensionElement agreed, byte tag = (byte)'#') : ExtensionCodec(agreed)
{
    private byte? _held;

    public TagCodec(string name = "x-tag", byte tag = (byte)'#')
        : this(new ExtensionElement(name), tag)
    {
    }

    protected internal override ExtensionResult ReceivePayload(
        ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output)
    {
        foreach (byte b in payload)
        {
            if (_held is { } previous)
                output.Write([previous]);
            _held = b;
        }

        payload = default;
        if (!frameFinished)
            return ExtensionResult.Done;
        bool tagged = _held == tag;
        _held = null;
        return tagged ? ExtensionResult.Done : ExtensionResult.Failed(CloseCode.InvalidPayloadData);
    }

    protected internal override ReservedBits SendPayload(
        in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        output.Write(payload);
        output.Write([tag]);
        return ReservedBits.None;
    }
}
