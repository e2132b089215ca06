// The receiving half of an open connection: bytes to frames, frames to events. It reads the machine's receiving states and moves them;
// of the sending half it knows nothing.

using System;
using System.Buffers;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto;

/// <summary>
/// The receiving half of an open connection (<see cref="WsConnection.Receiver"/>), for adapters that receive and send on two threads.
/// </summary>
/// <remarks>
/// One call at a time on this half; it may run at the same time as a call on the <see cref="WsSender"/>. Its methods do what those of the
/// same name do on <see cref="WsConnection"/>.
/// </remarks>
[DebuggerDisplay("{_state}")]
public sealed class WsReceiver
{
    private readonly ConnectionRole _role;
    private readonly FrameReader _reader;
    private readonly ExtensionReceiver? _extensions;
    private PayloadArrays _payloads;
    private WsEvent? _pending;
    private CloseConnection? _failure;
    private volatile ReceiveState _state;

    internal WsReceiver(ConnectionRole role, WsConnectionOptions options, ReceiveBuffer input, ExtensionReceiver? extensions)
    {
        _role = role;
        ReceiveBuffer = input;
        _extensions = extensions;
        _reader = new FrameReader(input, role, options, extensions);
    }

    /// <summary>For a transport that reads straight into the connection; see <see cref="WsConnection.ReceiveBuffer"/>.</summary>
    public ReceiveBuffer ReceiveBuffer { get; }

    /// <summary>Where this half is. Any thread may read it.</summary>
    internal ReceiveState State => _state;

    /// <summary>Takes bytes from the peer; they are copied. See <see cref="WsConnection.Receive(ReadOnlySpan{byte})"/>.</summary>
    /// <param name="data">Any number of bytes, cut anywhere.</param>
    public void Receive(ReadOnlySpan<byte> data) => ReceiveBuffer.Append(data);

    /// <summary>Takes bytes from the peer; they are copied. See <see cref="WsConnection.Receive(in ReadOnlySequence{byte})"/>.</summary>
    /// <param name="data">Any number of bytes in any number of segments.</param>
    public void Receive(in ReadOnlySequence<byte> data)
    {
        foreach (ReadOnlyMemory<byte> segment in data)
            Receive(segment.Span);
    }

    /// <summary>Takes note that the peer will send no more bytes. See <see cref="WsConnection.ReceiveEndOfStream"/>.</summary>
    public void ReceiveEndOfStream() => ReceiveBuffer.End();

    /// <summary>Reads what happened next. See <see cref="WsConnection.TryReadEvent"/>.</summary>
    /// <param name="e">The event, which owns its data.</param>
    /// <returns>False if nothing more can be said until more is received.</returns>
    public bool TryReadEvent([NotNullWhen(true)] out WsEvent? e)
    {
        if (TryReadFrame(out Frame frame))
        {
            e = ToEvent(frame);
            if (frame.Opcode == Opcode.Close)
                Drop();
            return true;
        }

        e = _pending;
        _pending = null;
        return e is not null;
    }

    /// <summary>Reads the next frame without allocating. See <see cref="WsConnection.TryReadFrame"/>.</summary>
    /// <param name="frame">A view into this half's own buffer, valid until the next call on this half.</param>
    /// <returns>False if there is no frame, or none yet; call <see cref="TryReadEvent"/> once after it.</returns>
    public bool TryReadFrame(out Frame frame) =>
        (StateMachine.TakesFrames(_state) && _reader.TryReadWholeMessage(out frame)) || ReadFrame(out frame);

    /// <summary>Fails the connection for what the peer did before it was open, when it is read next.</summary>
    internal void FailNext(in Violation violation) => _failure = FailureFor(violation);

    /// <summary>Lets go of memory while nothing is under way.</summary>
    internal void ReleaseIfIdle()
    {
        _payloads.Release();
        ReceiveBuffer.ReleaseIfEmpty(keepSmall: _reader.IsInPayload);
        _extensions?.ReleaseIfEmpty();
    }

    /// <summary>Ends this half, whatever its state.</summary>
    internal void Dispose()
    {
        _state = ReceiveState.Ended;
        _pending = null;
        Drop();
    }

    private bool ReadFrame(out Frame frame)
    {
        frame = default;
        if (!StateMachine.TakesFrames(_state))
        {
            if (_pending is null)
                Settle();
            return false;
        }

        if (_failure is not null)
        {
            Fail(_failure);
            return false;
        }

        switch (_reader.Read(out frame, out Violation violation))
        {
            case ReadStatus.Done:
                if (frame.Opcode == Opcode.Close)
                {
                    Enter(Trigger.ReceiveClose);
                    ReceiveBuffer.Close();
                }

                return true;
            case ReadStatus.Invalid:
                Fail(FailureFor(violation));
                return false;
            default:
                if (ReceiveBuffer.HasEnded)
                {
                    // "If … no Close control frame was received by the endpoint (such as could occur if the underlying transport
                    // connection is lost), _The WebSocket Connection Close Code_ is considered to be 1006" (§7.1.5).
                    Enter(Trigger.ReceiveEndOfStream);
                    _pending = new CloseConnection(CloseCode.AbnormalClosure);
                    Drop();
                }

                ReleaseIfIdle();
                return false;
        }
    }

    /// <summary>"Fail the WebSocket Connection" (§7.1.7): one Close, and nothing that follows is looked at.</summary>
    private void Fail(CloseConnection failure)
    {
        Enter(Trigger.ReceiveViolation);
        _pending = failure;
        _failure = null;
        Drop();
    }

    private CloseConnection FailureFor(in Violation violation)
    {
        CloseCode code = ProtocolErrors.CloseCodeFor(violation);
        return new CloseConnection(ClosePayload.MaySend(code, _role) ? code : CloseCode.InternalError, ProtocolErrors.MessageFor(violation))
        {
            Error = violation.Error,
            Exception = violation.Exception,
        };
    }

    private WsEvent ToEvent(in Frame frame)
    {
        switch (frame.Opcode)
        {
            case Opcode.Text:
                return new TextMessage(frame.GetText()) { FrameFinished = frame.FrameFinished, MessageFinished = frame.MessageFinished };
            case Opcode.Binary:
                return new BytesMessage(_payloads.Copy(frame.Payload, ReceiveBuffer.UnreadCount))
                {
                    FrameFinished = frame.FrameFinished,
                    MessageFinished = frame.MessageFinished,
                };
            case Opcode.Ping:
                return new Ping(frame.Payload.ToArray());
            case Opcode.Pong:
                return new Pong(frame.Payload.ToArray());
            default:
                (CloseCode code, string? reason) = ClosePayload.Read(frame.Payload);
                return new CloseConnection(code, reason);
        }
    }

    /// <summary>After the last frame: nothing is kept, and an end of the stream that was to be expected is no event.</summary>
    private void Settle()
    {
        if (ReceiveBuffer.HasEnded)
            Enter(Trigger.ReceiveEndOfStream);
        Drop();
    }

    private void Enter(Trigger trigger) => _state = StateMachine.NextReceiving(trigger);

    private void Drop()
    {
        ReceiveBuffer.Close();
        ReceiveBuffer.Release();
        _payloads.Release();
        _extensions?.End();
    }
}
