// The states of a session (Engine.IO protocol v4, "How it works", "Upgrade", "Disconnection"). Every state and every transition is in this
// file. The state machine is asked before anything is done: a trigger without a row has no effect.
//
// Pending requests, an arriving body and waiting packets are not part of the state. The parts that handle them keep them. The table holds
// for a session whatever it has of these.
//
// Rows marked "policy" are not required by the protocol:
//   - the upgrade packet counts only after the probe was answered, and the probe is answered once. The protocol's client keeps this order;
//   - if the application closes the session during an upgrade, the upgrade completes first. The client has stopped polling after the answer
//     to its probe, so that only the WebSocket can carry its last messages;
//   - before the probe was answered, the client still polls, so the probe is dropped at once.

using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>What changes the state of a session.</summary>
internal enum Trigger
{
    /// <summary>The first poll is answered with the open packet.</summary>
    OpenPolling,

    /// <summary>The WebSocket of the first request is open and is sent the open packet.</summary>
    OpenWebSocket,

    /// <summary>A WebSocket is requested for a session that polls.</summary>
    BeginProbe,

    /// <summary><c>2probe</c> was received, <c>3probe</c> is sent.</summary>
    AnswerProbe,

    /// <summary><c>5</c> was received.</summary>
    CompleteUpgrade,

    /// <summary>The WebSocket of the upgrade was lost, timed out, or sent something else.</summary>
    LoseProbe,

    /// <summary>The application closes the session after its last messages.</summary>
    BeginClose,

    /// <summary>
    /// The session ends: the client closed it, an error occurred, the application discarded it, or everything was delivered.
    /// </summary>
    End,
}

internal static class StateMachine
{
    /// <summary>The state after a trigger; null if the trigger is not allowed.</summary>
    internal static SessionState? Next(SessionState state, Trigger trigger) => (state, trigger) switch
    {
        // The handshake.
        (SessionState.Opening, Trigger.OpenPolling) => SessionState.Polling,
        (SessionState.Opening, Trigger.OpenWebSocket) => SessionState.WebSocket,
        (SessionState.Opening, Trigger.BeginClose) => SessionState.Closed,

        // The upgrade.
        (SessionState.Polling, Trigger.BeginProbe) => SessionState.Probing,
        (SessionState.Probing, Trigger.AnswerProbe) => SessionState.Upgrading, // policy: once
        (SessionState.Probing, Trigger.LoseProbe) => SessionState.Polling,
        (SessionState.Upgrading, Trigger.CompleteUpgrade) => SessionState.WebSocket, // policy: not from Probing
        (SessionState.Upgrading, Trigger.LoseProbe) => SessionState.Polling,

        // The application closes.
        (SessionState.Polling, Trigger.BeginClose) => SessionState.Closing,
        (SessionState.Probing, Trigger.BeginClose) => SessionState.Closing, // policy
        (SessionState.Upgrading, Trigger.BeginClose) => SessionState.ClosingUpgrade, // policy
        (SessionState.ClosingUpgrade, Trigger.CompleteUpgrade) => SessionState.Closed,
        (SessionState.ClosingUpgrade, Trigger.LoseProbe) => SessionState.Closing,
        (SessionState.WebSocket, Trigger.BeginClose) => SessionState.Closed,

        (not SessionState.Closed, Trigger.End) => SessionState.Closed,

        _ => null,
    };

    /// <summary>Whether messages are sent and delivered in this state.</summary>
    internal static bool IsOpen(SessionState state) => state is >= SessionState.Polling and <= SessionState.WebSocket;

    /// <summary>Whether the client polls in this state.</summary>
    internal static bool Polls(SessionState state) =>
        state is >= SessionState.Polling and <= SessionState.Upgrading or SessionState.Closing or SessionState.ClosingUpgrade;

    /// <summary>All rows, for the table and the diagram in the documentation.</summary>
    internal static IEnumerable<(SessionState From, Trigger Trigger, SessionState To)> Rows()
    {
        for (SessionState state = SessionState.Opening; state <= SessionState.Closed; state++)
        {
            for (Trigger trigger = Trigger.OpenPolling; trigger <= Trigger.End; trigger++)
            {
                if (Next(state, trigger) is { } next)
                    yield return (state, trigger, next);
            }
        }
    }
}
