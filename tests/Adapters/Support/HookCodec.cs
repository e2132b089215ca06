using System.Buffers;
using WsProto.Adapters.Transports;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Adapters.Tests.Support;

/// <summary>An extension that leaves payloads as they are, and does what a test says meanwhile.</summary>
internal sealed class HookCodec(Action<ReadOnlySpan<byte>>? onSend = null, Action? onReceive = null)
    : ExtensionCodec(new ExtensionElement("x-hook"))
{
    protected override ReservedBits SendPayload(
        in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        output.Write(payload[..(payload.Length / 2)]);
        onSend?.Invoke(payload);
        output.Write(payload[(payload.Length / 2)..]);
        return ReservedBits.None;
    }

    protected override ExtensionResult ReceivePayload(ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output)
    {
        onReceive?.Invoke();
        return base.ReceivePayload(ref payload, frameFinished, output);
    }

    /// <summary>A session with such an extension, and the peer's end.</summary>
    internal static async Task<(WsSession Session, WsTransport Peer)> SessionAsync(
        TransportKind over, HookCodec codec, ManualTime? time = null, WsSessionOptions? options = null)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        options = (options ?? new WsSessionOptions()) with { TimeProvider = time ?? new ManualTime() };
        return (WsSession.FromEstablished(near, WsConnection.Established(ConnectionRole.Server, [codec]), options), far);
    }
}
