using System.Buffers;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Tests.Extensions.Samples;

/// <summary>Puts a tag byte behind every data frame, and takes it off again. It needs no bit, keeps one byte between pieces, and stacks with others.</summary>
internal sealed class TagExtension(string name = "x-tag", byte tag = (byte)'#') : WsExtension(name)
{
    private byte? _held;

    public override ExtensionAgreement? Accept(ExtensionElement offer) => offer.Parameters.Count == 0 ? new ExtensionAgreement(new TagExtension(Name, tag), offer) : null;

    public override WsExtension? Confirm(ExtensionElement answer) => answer.Parameters.Count == 0 ? new TagExtension(Name, tag) : null;

    protected internal override ExtensionResult ReceivePayload(ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output)
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

    protected internal override ReservedBits SendPayload(in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        output.Write(payload);
        output.Write([tag]);
        return ReservedBits.None;
    }
}
