// How a session comes to its end, RFC 6455 §7. Every state and every transition is in this file and nowhere else.
//
// Two things have to happen before a session is over: our Close is written, and the peer's is read. Either may come first, and either may
// never come, because the transport fails in one direction or in both, or because the time is over. A trigger without a row changes
// nothing: it came too late to matter.
//
//   - Queued and Sent differ, because a Close that the transport has not taken does not make a clean end (§7.1.4).
//   - A violation of the protocol is a Close of the peer that carries an error (§7.1.7); what differs is what is written in the result.
//   - Muted: the transport takes nothing more, but what the peer sent before, its Close perhaps among it, is still read (§7.1.4, §7.1.5).
//   - An end of the stream after the peer's Close is the peer's right: the answer may still go out.
//   - Over: nothing changes the result any more. What is left is the end of TCP, the server first (§7.1.1).
//   - GiveUp stands for all that is not waited for: a timeout, an abort, a peer that answers no Ping.

using System.Collections.Generic;

namespace WsProto.Adapters.Sessions;

/// <summary>Where a session is on the way to its end.</summary>
internal enum CloseState
{
    Open,
    Queued,
    Sent,
    Received,
    Answering,
    Muted,
    Over,
    Ended,
}

/// <summary>What moves it.</summary>
internal enum CloseTrigger
{
    QueueClose,
    WriteClose,
    ReceiveClose,
    ReceiveEnd,
    FailWriting,
    GiveUp,
    EndTransport,
}

internal static class CloseHandshake
{
    /// <summary>The state after a trigger; null if it changes nothing.</summary>
    internal static CloseState? Next(CloseState state, CloseTrigger trigger) => (state, trigger) switch
    {
        (CloseState.Open, CloseTrigger.QueueClose) => CloseState.Queued,
        (CloseState.Open, CloseTrigger.ReceiveClose) => CloseState.Received,
        (CloseState.Open, CloseTrigger.ReceiveEnd) => CloseState.Over,
        (CloseState.Open, CloseTrigger.FailWriting) => CloseState.Muted,

        (CloseState.Queued, CloseTrigger.WriteClose) => CloseState.Sent,
        (CloseState.Queued, CloseTrigger.ReceiveClose) => CloseState.Answering,
        (CloseState.Queued, CloseTrigger.ReceiveEnd) => CloseState.Over,
        (CloseState.Queued, CloseTrigger.FailWriting) => CloseState.Muted,

        (CloseState.Sent, CloseTrigger.ReceiveClose) => CloseState.Over,
        (CloseState.Sent, CloseTrigger.ReceiveEnd) => CloseState.Over,

        (CloseState.Received, CloseTrigger.QueueClose) => CloseState.Answering,
        (CloseState.Received, CloseTrigger.FailWriting) => CloseState.Over,

        (CloseState.Answering, CloseTrigger.WriteClose) => CloseState.Over,
        (CloseState.Answering, CloseTrigger.FailWriting) => CloseState.Over,

        (CloseState.Muted, CloseTrigger.ReceiveClose) => CloseState.Over,
        (CloseState.Muted, CloseTrigger.ReceiveEnd) => CloseState.Over,

        (CloseState.Over, CloseTrigger.GiveUp) => null,
        (CloseState.Over, CloseTrigger.EndTransport) => CloseState.Ended,
        (CloseState.Ended, _) => null,
        (_, CloseTrigger.GiveUp) => CloseState.Over,

        _ => null,
    };

    /// <summary>
    /// Whether a transition is the second half of two Closes, one written and one read (§7.1.4). Without an error it makes a clean end.
    /// </summary>
    internal static bool CompletesBothCloses(CloseState state, CloseTrigger trigger) =>
        (state, trigger) is (CloseState.Sent, CloseTrigger.ReceiveClose) or (CloseState.Answering, CloseTrigger.WriteClose);

    /// <summary>All rows, for the table of the documentation.</summary>
    internal static IEnumerable<(CloseState From, CloseTrigger Trigger, CloseState To)> Rows()
    {
        for (CloseState state = CloseState.Open; state <= CloseState.Ended; state++)
        {
            for (CloseTrigger trigger = CloseTrigger.QueueClose; trigger <= CloseTrigger.EndTransport; trigger++)
            {
                if (Next(state, trigger) is { } next)
                    yield return (state, trigger, next);
            }
        }
    }
}
