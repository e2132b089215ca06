// The life of a session, Engine.IO protocol v4 ("How it works", "Upgrade", "Disconnection"). Every state and every transition is in this
// file and nowhere else. First the machine, then the effect: a trigger without a row is refused, and nothing has happened.
//
// Requests that are pending, the body that is arriving and the packets that wait are no states of the session; they are kept where they are
// handled. The table says what may happen to a session, whatever of these it has.
//
// Policy rather than protocol, marked so in the rows:
//   - the upgrade packet counts only after the probe was answered, and the probe is answered once. The protocol's client does it in this
// order;
//   - a session that is closed by the application while an upgrade is under way lets the upgrade finish. The client has stopped polling
//     once it was answered, so its last messages can reach it over the WebSocket alone;
//   - before the probe was answered the client still polls, so the probe is given up at once.

using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>What moves a session.</summary>
internal enum Trigger
{
    /// <summary>The first poll is answered with the open packet.</summary>
    OpenPolling,

    /// <summary>The WebSocket of the first request is open and gets the open packet.</summary>
    OpenWebSocket,

    /// <summary>A WebSocket asks for a session that polls.</summary>
    BeginProbe,

    /// <summary><c>2probe</c> came, <c>3probe</c> goes.</summary>
    AnswerProbe,

    /// <summary><c>5</c> came.</summary>
    CompleteUpgrade,

    /// <summary>The WebSocket of the upgrade is lost, late, or has sent something else.</summary>
    LoseProbe,

    /// <summary>The application closes, after what it has sent.</summary>
    BeginClose,

    /// <summary>Closed by the client, by an error, at once by the application, or after all was delivered.</summary>
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

    /// <summary>Where messages are delivered and accepted.</summary>
    internal static bool IsOpen(SessionState state) => state is >= SessionState.Polling and <= SessionState.WebSocket;

    /// <summary>Where the client polls.</summary>
    internal static bool Polls(SessionState state) =>
        state is >= SessionState.Polling and <= SessionState.Upgrading or SessionState.Closing or SessionState.ClosingUpgrade;

    /// <summary>All rows, for the table and the diagram of the documentation.</summary>
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
