using System.Buffers;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Tests.Extensions.Samples;

/// <summary>An extension that does what a test says, and counts.</summary>
internal sealed class ScriptedExtension(string name = "x-script", ReservedBits bits = ReservedBits.None) : WsExtension(name)
{
    public delegate ExtensionResult ReceiveStep(ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output);

    public delegate ReservedBits SendStep(FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output);

    public IReadOnlyList<ExtensionElement>? Offers { get; init; }

    public Func<ExtensionElement, ExtensionAgreement?>? OnAccept { get; init; }

    public Func<ExtensionElement, WsExtension?>? OnConfirm { get; init; }

    public Func<FrameHeader, ExtensionResult>? OnHeader { get; init; }

    public ReceiveStep? OnReceive { get; init; }

    public SendStep? OnSend { get; init; }

    /// <summary>The headers that were shown, in order.</summary>
    public List<FrameHeader> Headers { get; } = [];

    /// <summary>How many payload calls there were, either way.</summary>
    public int Steps { get; private set; }

    public int Releases { get; private set; }

    public override ReservedBits ReservedBits => bits;

    public override IReadOnlyList<ExtensionElement> Offer() => Offers ?? base.Offer();

    public override ExtensionAgreement? Accept(ExtensionElement offer) => OnAccept is null ? base.Accept(offer) : OnAccept(offer);

    public override WsExtension? Confirm(ExtensionElement answer) => OnConfirm is null ? base.Confirm(answer) : OnConfirm(answer);

    protected internal override ExtensionResult ReceiveHeader(in FrameHeader header)
    {
        Headers.Add(header);
        return OnHeader is null ? base.ReceiveHeader(header) : OnHeader(header);
    }

    protected internal override ExtensionResult ReceivePayload(ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output)
    {
        Steps++;
        return OnReceive is null ? base.ReceivePayload(ref payload, frameFinished, output) : OnReceive(ref payload, frameFinished, output);
    }

    protected internal override ReservedBits SendPayload(in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        Steps++;
        return OnSend is null ? base.SendPayload(header, compress, payload, output) : OnSend(header, compress, payload, output);
    }

    protected internal override void Release()
    {
        Releases++;
        base.Release();
    }
}
