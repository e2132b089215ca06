// The message under way, RFC 6455 §5.4: what its frames have to follow, how far it is known to be text, and what of it is delivered next.
//
// Its bytes grow in a buffer: in the input itself, or where extensions write them. Here is only what is known of them, which lives from the
// first frame of a message to its last and is nothing between messages.

using System;

namespace WsProto.Framing;

internal struct MessageAssembler
{
    /// <summary>The kind of the message; <see cref="Opcode.Continuation"/> stands for none.</summary>
    private Opcode _opcode;

    /// <summary>Behind the kind, where it takes no more room.</summary>
    private bool _isLong;

    /// <summary>How many bytes of the text that lies in the buffer are whole characters.</summary>
    private int _validated;

    /// <summary>How many bytes in the buffer the caller was shown, and has done with when it comes back.</summary>
    private int _delivered;

    /// <summary>Whether frames of a message have come and its last has not ended.</summary>
    internal readonly bool IsOpen => _opcode != Opcode.Continuation;

    /// <summary>Whether nothing is under way and the caller looks at nothing.</summary>
    internal readonly bool IsEmpty => !IsOpen && _delivered == 0;

    /// <summary>How many frames the message has so far.</summary>
    internal int Fragments { get; private set; }

    /// <summary>The sum of the lengths in their headers, in bytes.</summary>
    internal long LengthOnWire { get; private set; }

    /// <summary>
    /// Whether it is, or becomes, longer than one that is delivered whole: its headers say so, or, where extensions are undone, what has
    /// come out.
    /// </summary>
    internal bool IsLong
    {
        readonly get => _isLong;
        set => _isLong = value;
    }

    /// <summary>Takes note of the next frame, which was found to fit.</summary>
    internal void Begin(in FrameHeader header)
    {
        Fragments++;
        if (header.Opcode != Opcode.Continuation)
            _opcode = header.Opcode;
        LengthOnWire += header.PayloadLength;
    }

    /// <summary>Forgets what was delivered last.</summary>
    /// <returns>Whether there was something.</returns>
    internal bool DropDelivered(ReceiveBuffer buffer)
    {
        if (_delivered == 0)
            return false;
        buffer.DropFromMessage(_delivered);
        _delivered = 0;
        return true;
    }

    /// <summary>Judges bytes that were added to the message.</summary>
    /// <param name="buffer">Where the message is.</param>
    /// <param name="count">How many bytes were added.</param>
    /// <param name="isAscii">Whether they are known to be ASCII.</param>
    /// <param name="messageFinished">Whether they are its last.</param>
    /// <returns>False for text that is not UTF-8.</returns>
    internal bool Judge(ReceiveBuffer buffer, int count, bool isAscii, bool messageFinished)
    {
        // Behind whole characters, ASCII needs no second look.
        if (isAscii && _validated == buffer.Message.Length - count)
        {
            _validated += count;
            return true;
        }

        return _opcode != Opcode.Text || Validate(buffer, messageFinished);
    }

    /// <summary>Judges what extensions have written so far.</summary>
    internal bool IsValidSoFar(ReceiveBuffer buffer) => _opcode != Opcode.Text || Validate(buffer, messageFinished: false);

    /// <summary>Shows what is in the buffer: a whole message or, in chunks, a part that cuts no character.</summary>
    internal Frame Deliver(ReceiveBuffer buffer, bool frameFinished, bool messageFinished)
    {
        ReadOnlySpan<byte> piece = buffer.Message;
        if (_opcode == Opcode.Text)
            piece = piece[.._validated];
        _delivered = piece.Length;
        _validated = 0;
        return new Frame(piece, _opcode, frameFinished, messageFinished);
    }

    /// <summary>Is ready for the next message.</summary>
    internal void End()
    {
        _opcode = Opcode.Continuation;
        Fragments = 0;
        LengthOnWire = 0;
        IsLong = false;
    }

    /// <summary>
    /// "When an endpoint is to interpret a byte stream as UTF-8 but finds that the byte stream is not, in fact, a valid UTF-8 stream, that
    /// endpoint MUST _Fail the WebSocket Connection_" (§8.1).
    /// </summary>
    private bool Validate(ReceiveBuffer buffer, bool messageFinished)
    {
        ReadOnlySpan<byte> rest = buffer.MessageFrom(_validated);
        int whole = Utf8Validator.CountWhole(rest);
        if (whole < 0)
            return false;
        _validated += whole;
        return !messageFinished || whole == rest.Length;
    }
}
