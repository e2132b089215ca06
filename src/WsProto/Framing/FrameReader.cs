// Bytes to frames, RFC 6455 §5. Small machines that are no business of the connection's state, each in a file of its own:
//
//   WholeMessageReader   the short way, for a message in one frame that is here whole
//   FrameHeaderReader    the long way: one header and all that can be wrong with it
//   MessageAssembler     the message that frames make, and whether it is text
//
// This one knows which part of a frame comes next, header or payload, and takes them by turns. Reading is: Done (there is a frame),
// NeedMore (no more to be had from what arrived), or Invalid (and nothing may be read any more).

using System;
using WsProto.Extensions;

namespace WsProto.Framing;

internal enum ReadStatus
{
    NeedMore,
    Done,
    Invalid,
}

internal sealed class FrameReader
{
    private readonly ReceiveBuffer _input;
    private readonly ExtensionReceiver? _extensions;
    private readonly WsConnectionOptions _options;
    private readonly bool _masked;
    private WholeMessageReader _wholeMessages;
    private MessageAssembler _message;

    // The frame under way.
    private bool _inPayload;
    private bool _frameIsFinal;
    private Opcode _frameOpcode;
    private uint _key;
    private long _remaining;

    internal FrameReader(ReceiveBuffer input, ConnectionRole role, WsConnectionOptions options, ExtensionReceiver? extensions)
    {
        _input = input;
        _options = options;
        _extensions = extensions;
        _masked = role == ConnectionRole.Server;
        _wholeMessages = new WholeMessageReader(_masked, Collects, options);
        _wholeMessages.Resume(IsBetweenMessages);
        extensions?.IsValidSoFar = () => _message.IsValidSoFar(Target);
    }

    internal bool IsInPayload => _inPayload;

    /// <summary>Whether the message under way is delivered in pieces.</summary>
    private bool InPieces => _options.MessageDelivery == MessageDelivery.Chunks || _message.IsLong;

    /// <summary>Whether messages become whole in the input.</summary>
    private bool Collects => !InPieces && _extensions is null;

    /// <summary>Nothing is under way: the next byte is the first of a message, and no extension has to see it.</summary>
    private bool IsBetweenMessages => !_inPayload && _message.IsEmpty && _extensions is null;

    /// <summary>
    /// What a piece inflates to is at most about a thousand times its size; where messages come in pieces, each is delivered, or found to
    /// be small, before the next is taken.
    /// </summary>
    private int LargestStep => _extensions is not null && (InPieces || _options.MaxWholeMessageSize is not null) ? 1024 : int.MaxValue;

    /// <summary>Where the message grows: in the input itself, or where the extensions write it.</summary>
    private ReceiveBuffer Target => _extensions?.Received ?? _input;

    /// <summary>The short way. What it does not take is for <see cref="Read"/>.</summary>
    internal bool TryReadWholeMessage(out Frame frame) => _wholeMessages.TryRead(_input, out frame);

    internal ReadStatus Read(out Frame frame, out Violation violation)
    {
        violation = default;
        if (_message.DropDelivered(Target))
        {
            _wholeMessages.Resume(IsBetweenMessages);
            if (TryReadWholeMessage(out frame))
                return ReadStatus.Done;
        }

        frame = default;
        if (_wholeMessages.EndWaiting())
            return ReadStatus.NeedMore;
        ReadStatus status = ReadOn(out frame, out violation);
        _wholeMessages.Resume(IsBetweenMessages);
        return status;
    }

    private ReadStatus ReadOn(out Frame frame, out Violation violation)
    {
        frame = default;
        while (true)
        {
            if (!_inPayload)
            {
                ReadStatus status = ReadHeader(out violation);
                if (status != ReadStatus.Done)
                    return status;
            }

            if (_frameOpcode.IsControl)
                return ReadControl(out frame, out violation);
            if (ReadData(out frame, out violation) is { } end)
                return end;
        }
    }

    private ReadStatus ReadHeader(out Violation violation)
    {
        var reader = new FrameHeaderReader(_masked, _options, _extensions);
        ReadStatus status = reader.Read(_input.Unread, _message, out FrameHeader header, out _key, out int size, out violation);
        if (status != ReadStatus.Done)
            return status;
        _input.Skip(size);
        _frameOpcode = header.Opcode;
        _frameIsFinal = header.IsFinal;
        _remaining = header.PayloadLength;
        _inPayload = true;
        if (!header.Opcode.IsControl)
            _message.Begin(header);
        return status;
    }

    /// <summary>Control frames are delivered whole and may stand between the frames of a message (§5.4, §5.5).</summary>
    private ReadStatus ReadControl(out Frame frame, out Violation violation)
    {
        frame = default;
        violation = default;
        int length = (int)_remaining;
        if (_input.UnreadCount < length)
            return ReadStatus.NeedMore;
        Span<byte> payload = _input.Unread[..length];
        if (_masked)
            Masking.Apply(_key, payload, payload);
        _input.Skip(length);
        _inPayload = false;
        if (_frameOpcode == Opcode.Close && ClosePayload.Check(payload) is { } bad)
        {
            violation = bad;
            return ReadStatus.Invalid;
        }

        frame = new Frame(payload, _frameOpcode, isAscii: false);
        return ReadStatus.Done;
    }

    /// <summary>Null means: this frame is used up and gave nothing to deliver, go on with the next.</summary>
    private ReadStatus? ReadData(out Frame frame, out Violation violation)
    {
        frame = default;
        int count = (int)Math.Min(_remaining, Math.Min(_input.UnreadCount, LargestStep));
        _remaining -= count;
        bool frameFinished = _remaining == 0;
        bool messageFinished = frameFinished && _frameIsFinal;
        if (!Take(count, frameFinished, messageFinished, out violation))
            return ReadStatus.Invalid;
        if (_options.MaxWholeMessageSize is { } most)
            _message.IsLong |= (_extensions is null ? _message.LengthOnWire : Target.MessageLength) > most;
        if (Collects)
            _input.Announce(_remaining, _key);
        _inPayload = !frameFinished;

        bool deliver = InPieces ? frameFinished || count > 0 : messageFinished;
        if (!deliver)
            return frameFinished || _input.UnreadCount > 0 ? null : ReadStatus.NeedMore;

        frame = _message.Deliver(Target, frameFinished, messageFinished);
        if (messageFinished)
        {
            _message.End();
            _extensions?.EndMessage();
        }

        return ReadStatus.Done;
    }

    /// <summary>Adds the next bytes of the frame to the message and judges them.</summary>
    private bool Take(int count, bool frameFinished, bool messageFinished, out Violation violation)
    {
        violation = default;
        bool isAscii = false;
        if (_extensions is null)
        {
            isAscii = _input.MoveToMessage(count, _key);
        }
        else
        {
            Span<byte> payload = _input.Unread[..count];
            if (_masked)
                Masking.Apply(_key, payload, payload);
            _input.Skip(count);
            if (!_extensions.Receive(payload, frameFinished, out violation))
                return false;
        }

        _key = Masking.Advance(_key, count);
        if (_message.Judge(Target, count, isAscii, messageFinished))
            return true;
        violation = new Violation(ProtocolError.InvalidUtf8);
        return false;
    }
}
