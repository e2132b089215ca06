using System.Buffers;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A checksum behind each frame, negotiated and verified.</summary>
public static class OwnExtension
{
    public static Task RunAsync()
    {
        #region use
        using var client = new WsConnection(ConnectionRole.Client);
        using var server = new WsConnection(ConnectionRole.Server);
        server.Receive(client.Send(new Request("localhost", "/") { Extensions = [new Checksum()] }));
        server.TryReadEvent(out _);
        client.Receive(server.Send(new AcceptConnection { Extensions = [new Checksum()] }));
        client.TryReadEvent(out _);
        Console.WriteLine($"agreed on {server.Extensions[0]}");

        byte[] wire = client.Send(new TextMessage("hello"));
        server.Receive(wire);
        server.TryReadEvent(out WsEvent? received);
        Console.WriteLine($"{((TextMessage)received!).Data} in a frame of {wire.Length} bytes");

        wire[^2] ^= 1;
        server.Receive(wire);
        server.TryReadEvent(out WsEvent? failure);
        Console.WriteLine($"damaged: {(failure as CloseConnection)?.Code}, {(failure as CloseConnection)?.Error}");
        #endregion
        return Task.CompletedTask;
    }

    #region template
    private sealed class Checksum() : WsExtension("x-checksum")
    {
        public override ExtensionCodec? Accept(ExtensionElement offer) => offer.Parameters.Count == 0 ? new ChecksumCodec(offer) : null;

        public override ExtensionCodec? Confirm(ExtensionElement answer) => answer.Parameters.Count == 0 ? new ChecksumCodec(answer) : null;
    }
    #endregion

    #region codec
    private sealed class ChecksumCodec(ExtensionElement agreed) : ExtensionCodec(agreed)
    {
        // State of the receiving side alone: both sides may run at once.
        private byte _sum;
        private byte? _held;

        protected override ExtensionResult ReceivePayload(ref ReadOnlySpan<byte> payload, bool frameFinished, IBufferWriter<byte> output)
        {
            // The last byte of a frame is the sum, and any byte may be the last; so one is held back.
            if (!payload.IsEmpty)
            {
                if (_held is { } earlier)
                    Put([earlier], output);
                Put(payload[..^1], output);
                _held = payload[^1];
                payload = default;
            }

            if (!frameFinished)
                return ExtensionResult.Done;
            bool isRight = _held == _sum;
            (_held, _sum) = (null, 0);
            return isRight ? ExtensionResult.Done : ExtensionResult.Failed(CloseCode.InvalidPayloadData);
        }

        protected override ReservedBits SendPayload(
            in FrameHeader header, bool? compress, ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
        {
            output.Write(payload);
            output.Write([SumOf(0, payload)]);
            return ReservedBits.None;
        }

        private void Put(ReadOnlySpan<byte> data, IBufferWriter<byte> output)
        {
            output.Write(data);
            _sum = SumOf(_sum, data);
        }

        private static byte SumOf(byte start, ReadOnlySpan<byte> data)
        {
            foreach (byte value in data)
                start += value;
            return start;
        }
    }
    #endregion
}
