// Control frames, which may stand between the fragments of a message (RFC 6455 §5.4): Pings of our own, answers to the peer's, the Close.

using System;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

internal sealed partial class SendQueue
{
    /// <summary>How many bytes may wait for the transport before only the newest Ping is answered.</summary>
    private const int PongRoom = 4 * 1024;

    /// <summary>How far control frames may go beyond the backlog.</summary>
    private const int ControlRoom = 4 * 1024;

    /// <summary>The Close that waits for an encoder.</summary>
    private CloseConnection? _waitingClose;

    /// <summary>What the newest Ping asks for, while there is no room for the answer; null for none.</summary>
    private byte[]? _waitingPong;

    /// <summary>
    /// Answers a Ping (RFC 6455 §5.5.2). A peer that does not read gets the answer "for only the most recently processed Ping frame"
    /// (§5.5.3).
    /// </summary>
    internal void Answer(ReadOnlySpan<byte> payload)
    {
        lock (_gate)
        {
            if (!_isEncoding && Writer.Bytes < PongRoom)
                EncodePong(payload);
            else
                _waitingPong = payload.ToArray();
        }
    }

    /// <summary>Sends a Ping of our own, unless the peer takes nothing as it is: then one more would not reach it either.</summary>
    internal void SendKeepAlive(Ping ping, TimeSpan now)
    {
        bool writes;
        lock (_gate)
        {
            TaskCompletionSource? lent = null;
            if (_closing.State != CloseState.Open || Judge(Outgoing.Of(ping)) != Outcome.Sent)
                return;
            if (!TryEncode(Outgoing.Of(ping), mayLend: false, ref lent, out writes))
                return;
            _session.Liveness.Pings.NoteKeepAlive(ping, now);
        }

        ShowEncoded();
        if (writes)
            Writer.Write();
    }

    /// <summary>Encodes a Close, behind all that was accepted. <see cref="Flush"/> has to follow.</summary>
    /// <returns>The move that it makes; from and to the same state if there is none to send any more.</returns>
    /// <exception cref="ArgumentException">The code or the reason cannot be sent. Nothing was done.</exception>
    internal (CloseState From, CloseState To) Close(CloseConnection close, WsCloseCause cause)
    {
        (CloseState From, CloseState To) move;
        lock (_gate)
        {
            CloseState state = _closing.State;
            if (CloseHandshake.Next(state, CloseTrigger.QueueClose) is null || Writer.IsBroken || _isHalf)
                return (state, state);
            if (_isEncoding)
                ThrowIfNotSendable(close);
            else if (!TryEncodeClose(close))
                return (state, state);
            _waitingClose = _isEncoding ? close : null;
            move = _closing.Move(CloseTrigger.QueueClose, cause);
            FailWaiting();
        }

        return move;
    }

    private void EncodePong(ReadOnlySpan<byte> payload)
    {
        _waitingPong = null;
        // Still allowed after our own Close, "unless it already received a Close frame" (§5.5.2).
        if (Writer.IsBroken || _isHalf || _closing.State is not (CloseState.Open or CloseState.Queued or CloseState.Sent))
            return;
        try
        {
            _half.SendPong(payload, Writer.Batch);
        }
        catch (LocalProtocolException)
        {
            // The Close was read meanwhile.
            return;
        }

        if (_session.IsObserved)
            _session.Post(WsDirection.Sent, new Pong(payload.ToArray()));
    }

    private bool TryEncodeClose(CloseConnection close)
    {
        EncodeAccepted();
        try
        {
            _half.SendClose(close.Code, close.Reason, Writer.Batch);
        }
        catch (LocalProtocolException)
        {
            // The connection ended meanwhile.
            return false;
        }

        Writer.NoteClose();
        if (_session.IsObserved)
            _session.Post(WsDirection.Sent, close);
        return true;
    }

    private void ThrowIfNotSendable(CloseConnection close)
    {
        using WsConnection other = WsConnection.Established(_session.Role);
        other.Send(close);
    }
}
