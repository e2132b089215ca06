using System;
using System.Diagnostics.CodeAnalysis;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Reads frames out of the receiving half: gives those of messages, and hands control frames to the session. One caller at a time: whoever
/// has the turn.
/// </summary>
internal sealed class FrameParser(WsSession session, SessionReader reader, ReceivingHalf half, TimeProvider time)
{
    private bool _isFaulted;

    /// <summary>The time of whoever has the turn. A field, as a property would give a copy.</summary>
    [SuppressMessage("StyleCop", "SA1401", Justification = "A structure that changes.")]
    internal TurnBudget Budget = new(time);

    /// <summary>Whether more than a frame that is not whole is likely to be there.</summary>
    internal bool HasMore => half.AtHand > 0;

    internal ReceivingHalf Half => half;

    /// <summary>Reads on to the next message, or piece of one.</summary>
    /// <returns>False if there is none in what has arrived.</returns>
    [SuppressMessage(
        "Design", "CA1031", Justification = "What an extension throws ends the session, and not its reader or whoever receives.")]
    internal bool TryRead(out ReceivedFrame frame)
    {
        frame = default;
        if (_isFaulted)
            return false;
        try
        {
            while (half.TryReadFrame(out frame))
            {
                if (session.IsObserved)
                    session.Observe(WsDirection.Received, frame.ToEvent());
                if (frame.Opcode is Opcode.Text or Opcode.Binary)
                {
                    Budget.Count(frame.Payload.Length);
                    Telemetry.Messages(WsDirection.Received, 1, frame.Payload.Length);
                    return true;
                }

                TakeControl(frame);
            }

            if (half.TryReadEnd(out CloseConnection? close))
            {
                if (session.IsObserved)
                    session.Observe(WsDirection.Received, close);
                reader.ReceiveClose(close);
            }
        }
        catch (Exception e)
        {
            _isFaulted = true;
            session.Break(e);
        }

        return false;
    }

    private void TakeControl(in ReceivedFrame frame)
    {
        switch (frame.Opcode)
        {
            case Opcode.Ping:
                session.Answer(frame.Payload.Span);
                break;
            case Opcode.Pong:
                session.ReceivePong(frame.Payload.Span);
                break;
            default:
                reader.ReceiveClose(frame.ToClose());
                break;
        }
    }
}
