// The states of a client's session (Engine.IO protocol v4, "How it works", "Upgrade", "Disconnection"). Every state and every transition is
// in this file. The state machine is asked before anything is done: a trigger without a row has no effect.
//
// Pending requests and waiting packets are not part of the state. The parts that handle them keep them.
//
// Rows marked "policy" are not required by the protocol:
//   - if a transport does not open the session, the next one is tried;
//   - a session that polls sends the packets that wait before it closes. Over a WebSocket, the transport sends what was written before it
//     closes.

using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>The state of a client's session.</summary>
public enum EngineIOClientState
{
    /// <summary><see cref="EngineIOClient.Open"/> was not called yet.</summary>
    Idle = 0,

    /// <summary>The first request was sent, or the first WebSocket is being opened.</summary>
    Opening = 1,

    /// <summary>Open, over polling.</summary>
    Polling = 2,

    /// <summary>
    /// Open, over polling. A WebSocket for the upgrade is being opened, or was sent <c>2probe</c> and has not answered yet.
    /// </summary>
    Probing = 3,

    /// <summary>Open. The WebSocket for the upgrade has answered, and the session waits for its pending requests to end.</summary>
    Pausing = 4,

    /// <summary>Open, over a WebSocket.</summary>
    WebSocket = 5,

    /// <summary>The application has closed the session over polling. The packets that wait and the close packet are being sent.</summary>
    Closing = 6,

    /// <summary>Closed.</summary>
    Closed = 7,
}

/// <summary>What changes the state of a client's session.</summary>
internal enum ClientTrigger
{
    /// <summary>The application opens the session.</summary>
    Begin,

    /// <summary>A transport did not open the session, and the next one is tried.</summary>
    FallBack,

    /// <summary>The open packet was received in the response to a poll.</summary>
    OpenPolling,

    /// <summary>The open packet was received over a WebSocket.</summary>
    OpenWebSocket,

    /// <summary>A WebSocket for the upgrade is requested.</summary>
    BeginProbe,

    /// <summary><c>3probe</c> was received.</summary>
    AnswerProbe,

    /// <summary>No request is pending any more, and <c>5</c> is sent.</summary>
    CompleteUpgrade,

    /// <summary>The WebSocket of the upgrade was not opened, was lost, timed out, or sent something else.</summary>
    LoseProbe,

    /// <summary>The application closes the session.</summary>
    BeginClose,

    /// <summary>
    /// The session ends: the server closed it, an error occurred, or everything was sent after the application had closed it.
    /// </summary>
    End,
}

internal static class ClientStateMachine
{
    /// <summary>The state after a trigger; null if the trigger is not allowed.</summary>
    internal static EngineIOClientState? Next(EngineIOClientState state, ClientTrigger trigger) => (state, trigger) switch
    {
        // The handshake.
        (EngineIOClientState.Idle, ClientTrigger.Begin) => EngineIOClientState.Opening,
        (EngineIOClientState.Opening, ClientTrigger.FallBack) => EngineIOClientState.Opening, // policy
        (EngineIOClientState.Opening, ClientTrigger.OpenPolling) => EngineIOClientState.Polling,
        (EngineIOClientState.Opening, ClientTrigger.OpenWebSocket) => EngineIOClientState.WebSocket,

        // The upgrade.
        (EngineIOClientState.Polling, ClientTrigger.BeginProbe) => EngineIOClientState.Probing,
        (EngineIOClientState.Probing, ClientTrigger.AnswerProbe) => EngineIOClientState.Pausing,
        (EngineIOClientState.Probing, ClientTrigger.LoseProbe) => EngineIOClientState.Polling,
        (EngineIOClientState.Pausing, ClientTrigger.CompleteUpgrade) => EngineIOClientState.WebSocket,
        (EngineIOClientState.Pausing, ClientTrigger.LoseProbe) => EngineIOClientState.Polling,

        // The application closes.
        (EngineIOClientState.Idle or EngineIOClientState.Opening, ClientTrigger.BeginClose) => EngineIOClientState.Closed,
        (EngineIOClientState.Polling, ClientTrigger.BeginClose) => EngineIOClientState.Closing, // policy
        (EngineIOClientState.Probing, ClientTrigger.BeginClose) => EngineIOClientState.Closing, // policy
        (EngineIOClientState.Pausing, ClientTrigger.BeginClose) => EngineIOClientState.Closing, // policy
        (EngineIOClientState.WebSocket, ClientTrigger.BeginClose) => EngineIOClientState.Closed, // policy

        (not EngineIOClientState.Closed, ClientTrigger.End) => EngineIOClientState.Closed,

        _ => null,
    };

    /// <summary>Whether messages are sent and delivered in this state.</summary>
    internal static bool IsOpen(EngineIOClientState state) =>
        state is >= EngineIOClientState.Polling and <= EngineIOClientState.WebSocket;

    /// <summary>All rows, for the table in the documentation.</summary>
    internal static IEnumerable<(EngineIOClientState From, ClientTrigger Trigger, EngineIOClientState To)> Rows()
    {
        for (EngineIOClientState state = EngineIOClientState.Idle; state <= EngineIOClientState.Closed; state++)
        {
            for (ClientTrigger trigger = ClientTrigger.Begin; trigger <= ClientTrigger.End; trigger++)
            {
                if (Next(state, trigger) is { } next)
                    yield return (state, trigger, next);
            }
        }
    }
}
