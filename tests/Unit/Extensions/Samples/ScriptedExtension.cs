using System.Buffers;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Tests.Extensions.Samples;

/// <summary>A template that does what a test says.</summary>
internal sealed class ScriptedExtension(string name = ScriptedCodec.DefaultName) : WsExtension(name)
{
    public IReadOnlyList<ExtensionElement>? Offers { get; init; }

    public Func<ExtensionElement, ExtensionCodec?>? OnAccept { get; init; }

    public Func<ExtensionElement, ExtensionCodec?>? OnConfirm { get; init; }

    public override IReadOnlyList<ExtensionElement> Offer() => Offers ?? base.Offer();

    public override ExtensionCodec? Accept(ExtensionElement offer) => OnAccept is null ? base.Accept(offer) : OnAccept(offer);

    public override ExtensionCodec? Confirm(ExtensionElement answer) => OnConfirm is null ? base.Confirm(answer) : OnConfirm(answer);
}

/// <summary>A codec that does what a test says, and counts.</summary>
internal sealed class ScriptedCodec(ExtensionElement agreed, ReservedBits bits = ReservedBits.None) : ExtensionCodec(agreed, bits)
{
    public const string DefaultName = "x-script";

    public ScriptedCodec(string name = DefaultName, ReservedBits bits = ReservedBits.None)
        : this(new ExtensionElement(name), bits)
    {
    }

    public delegate ExtensionResult ReceiveStep(ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output);

    public delegate ReservedBits SendStep(FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output);

    public Func<FrameHeader, ExtensionResult>? OnHeader { get; init; }

    public ReceiveStep? OnReceive { get; init; }

    public SendStep? OnSend { get; init; }

    /// <summary>What an ending does beside counting.</summary>
    public Action? OnEnd { get; init; }

    /// <summary>The headers that were shown, in order.</summary>
    public List<FrameHeader> Headers { get; } = [];

    /// <summary>How many payload calls there were, either way.</summary>
    public int Steps { get; private set; }

    /// <summary>How often receiving and sending were ended.</summary>
    public (int Receiving, int Sending) Endings { get; private set; }

    public int IdleReleases { get; private set; }

    protected internal override ExtensionResult ReceiveHeader(in FrameHeader header)
    {
        Headers.Add(header);
        return OnHeader is null ? base.ReceiveHeader(header) : OnHeader(header);
    }

    protected internal override ExtensionResult ReceivePayload(
        ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output)
    {
        Steps++;
        return OnReceive is null ? base.ReceivePayload(ref payload, frameFinished, output) : OnReceive(ref payload, frameFinished, output);
    }

    protected internal override ReservedBits SendPayload(
        in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        Steps++;
        return OnSend is null ? base.SendPayload(header, compress, payload, output) : OnSend(header, compress, payload, output);
    }

    protected internal override void EndReceiving()
    {
        Endings = (Endings.Receiving + 1, Endings.Sending);
        OnEnd?.Invoke();
        base.EndReceiving();
    }

    protected internal override void EndSending()
    {
        Endings = (Endings.Receiving, Endings.Sending + 1);
        OnEnd?.Invoke();
        base.EndSending();
    }

    protected internal override void ReleaseIdle()
    {
        IdleReleases++;
        OnEnd?.Invoke();
        base.ReleaseIdle();
    }
}
