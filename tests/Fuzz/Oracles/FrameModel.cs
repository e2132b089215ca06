// RFC 6455 §5 once more, as a reader that has all bytes before it: no buffer, no state between calls, no fast path. What it says has
// to be what a connection says of the same bytes, however they are cut.
//
// With permessage-deflate it knows the headers and the control frames (RFC 7692 §6), but not what is in the messages.

using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace WsProto.Fuzz.Oracles;

internal sealed class FrameModel(Scene scene, ConnectionRole role)
{
    private readonly List<WsEvent> _events = [];
    private readonly List<byte> _message = [];
    private Opcode _opcode;
    private int _frames;
    private long _announced;
    private int _delivered;
    private int _valid;
    private bool _inPieces;

    /// <summary>
    /// The events of a stream of frames, with an extension without messages; the last says how it failed without its words.
    /// </summary>
    public static List<WsEvent> Read(Scene scene, ConnectionRole role, byte[] bytes)
    {
        var model = new FrameModel(scene, role);
        int at = 0;
        while (at < bytes.Length && model.ReadFrame(bytes, ref at))
        {
        }

        if (scene.Has(SceneFlags.EndOfStream) && model._events is not [.., CloseConnection])
            model._events.Add(new CloseConnection(CloseCode.AbnormalClosure));
        return model._events;
    }

    /// <summary>False where nothing follows: the frame is not whole, or it was the last.</summary>
    private bool ReadFrame(byte[] bytes, ref int at)
    {
        ReadOnlySpan<byte> rest = bytes.AsSpan(at);
        if (rest.Length < 2)
            return false;
        bool fin = rest[0] >> 7 == 1;
        int opcode = rest[0] & 15;
        bool isControl = opcode >= 8;
        int length7 = rest[1] & 127;
        if (JudgeHeader(rest, fin, opcode, isControl, length7) is { } bad)
            return Fail(bad);

        int extra = length7 switch { 126 => 2, 127 => 8, _ => 0 };
        if (rest.Length < 2 + extra)
            return false;
        ulong length = extra switch
        {
            0 => (ulong)length7,
            2 => BinaryPrimitives.ReadUInt16BigEndian(rest[2..]),
            _ => BinaryPrimitives.ReadUInt64BigEndian(rest[2..]),
        };
        if (length >> 63 == 1)
            return Fail(ProtocolError.LengthOutOfRange);
        if (length < extra switch { 0 => 0, 2 => 126, _ => 65536UL })
            return Fail(ProtocolError.NonMinimalLength);
        if (!isControl && (long)length > (scene.MaxFrameSize ?? long.MaxValue))
            return Fail(ProtocolError.FrameTooBig);
        if (!isControl && !HasExtension && (long)length > MaxMessage - _announced)
            return Fail(ProtocolError.MessageTooBig);

        int head = 2 + extra + (role == ConnectionRole.Server ? 4 : 0);
        if (rest.Length < head)
            return false;
        if ((isControl || opcode == 0) && (rest[0] & 0x40) != 0)
            return Fail(ProtocolError.ExtensionFailed);
        int arrived = (int)Math.Min((ulong)(rest.Length - head), length);
        byte[] payload = rest.Slice(head, arrived).ToArray();
        if (role == ConnectionRole.Server)
        {
            for (int i = 0; i < payload.Length; i++)
                payload[i] ^= rest[head - 4 + (i % 4)];
        }

        at += head + arrived;
        bool isWhole = (ulong)arrived == length;
        return isControl ? isWhole && TakeControl((Opcode)opcode, payload) : TakeData((Opcode)opcode, fin, (long)length, payload, isWhole);
    }

    private bool HasExtension => scene.ExtensionKind > 0;

    private long MaxMessage => Math.Min(scene.MaxMessageSize ?? long.MaxValue, scene.DeliversWhole ? 0x3FFF_FFDF : long.MaxValue);

    private ProtocolError? JudgeHeader(ReadOnlySpan<byte> rest, bool fin, int opcode, bool isControl, int length7)
    {
        if ((rest[0] & (HasExtension ? 0x30 : 0x70)) != 0)
            return ProtocolError.ReservedBitSet;
        if (opcode is (> 2 and < 8) or > 10)
            return ProtocolError.ReservedOpcode;
        if (isControl && !fin)
            return ProtocolError.FragmentedControlFrame;
        if (!isControl && opcode == 0 && _opcode == 0)
            return ProtocolError.UnexpectedContinuation;
        if (!isControl && opcode != 0 && _opcode != 0)
            return ProtocolError.ContinuationExpected;
        if (!isControl && _frames + 1 > (scene.MaxFragmentCount ?? int.MaxValue))
            return ProtocolError.TooManyFragments;
        if (rest[1] >> 7 == 1 != (role == ConnectionRole.Server))
            return role == ConnectionRole.Server ? ProtocolError.UnmaskedClientFrame : ProtocolError.MaskedServerFrame;
        return isControl && length7 > 125 ? ProtocolError.ControlFrameTooLong : null;
    }

    private bool TakeControl(Opcode opcode, byte[] payload)
    {
        switch (opcode)
        {
            case Opcode.Ping:
                _events.Add(new Ping(payload));
                return true;
            case Opcode.Pong:
                _events.Add(new Pong(payload));
                return true;
        }

        if (payload.Length == 1)
            return Fail(ProtocolError.InvalidClosePayload);
        int code = payload.Length == 0 ? 1005 : BinaryPrimitives.ReadUInt16BigEndian(payload);
        if (payload.Length > 0 && code is not ((>= 1000 and <= 1003) or (>= 1007 and <= 1014) or (>= 3000 and <= 4999)))
            return Fail(ProtocolError.InvalidCloseCode);
        if (payload.Length > 2 && !Utf8Model.Read(payload.AsSpan(2)).IsComplete)
            return Fail(ProtocolError.InvalidCloseReason);
        _events.Add(new CloseConnection((CloseCode)code, payload.Length > 2 ? Encoding.UTF8.GetString(payload.AsSpan(2)) : null));
        return false;
    }

    private bool TakeData(Opcode opcode, bool fin, long length, byte[] payload, bool isWhole)
    {
        _frames++;
        _announced += length;
        if (opcode != Opcode.Continuation)
            _opcode = opcode;
        bool messageFinished = fin && isWhole;
        if (HasExtension)
        {
            (_opcode, _frames) = messageFinished ? (Opcode.Continuation, 0) : (_opcode, _frames);
            return isWhole;
        }

        _inPieces |= scene.Delivery == MessageDelivery.Chunks || _announced > (scene.MaxWholeMessageSize ?? long.MaxValue);
        _message.AddRange(payload);
        int end = _message.Count;
        if (_opcode == Opcode.Text)
        {
            Utf8Model.Reading reading = Utf8Model.Read(CollectionsMarshal.AsSpan(_message)[_valid..]);
            if (reading.Bad >= 0 || (messageFinished && !reading.IsComplete))
                return Fail(ProtocolError.InvalidUtf8);
            end = _valid += reading.Whole;
        }

        if (_inPieces ? isWhole || payload.Length > 0 : messageFinished)
        {
            byte[] piece = [.. _message.GetRange(_delivered, end - _delivered)];
            _delivered = end;
            _events.Add(_opcode == Opcode.Text
                ? new TextMessage(Encoding.UTF8.GetString(piece)) { FrameFinished = isWhole, MessageFinished = messageFinished }
                : new BytesMessage(piece) { FrameFinished = isWhole, MessageFinished = messageFinished });
        }

        if (messageFinished)
        {
            _message.Clear();
            _inPieces = false;
            (_opcode, _frames, _announced, _delivered, _valid) = (Opcode.Continuation, 0, 0, 0, 0);
        }

        return isWhole;
    }

    private bool Fail(ProtocolError error)
    {
        CloseCode code = error switch
        {
            ProtocolError.InvalidUtf8 or ProtocolError.InvalidCloseReason => CloseCode.InvalidPayloadData,
            ProtocolError.FrameTooBig or ProtocolError.MessageTooBig => CloseCode.MessageTooBig,
            ProtocolError.TooManyFragments => CloseCode.PolicyViolation,
            _ => CloseCode.ProtocolError,
        };
        _events.Add(new CloseConnection(code) { Error = error });
        return false;
    }
}
