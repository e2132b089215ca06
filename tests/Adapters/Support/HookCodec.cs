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

    /// <summary>A session with such an extension over memory, and the peer's end.</summary>
    internal static (WsSession Session, MemoryTransport Peer) Session(
        HookCodec codec, ManualTime? time = null, WsSessionOptions? options = null)
    {
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
        options = (options ?? new WsSessionOptions()) with { TimeProvider = time ?? new ManualTime() };
        return (WsSession.FromEstablished(near, WsConnection.Established(ConnectionRole.Server, [codec]), options), far);
    }
}
