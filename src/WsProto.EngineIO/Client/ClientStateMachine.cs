// The life of a session at the client's end, Engine.IO protocol v4 ("How it works", "Upgrade", "Disconnection"). Every state and every
// transition is in this file and nowhere else. First the machine, then the effect: a trigger without a row is refused, and nothing has
// happened.
//
// Which request is pending and what waits is no state of the session; it is kept where it is handled.
//
// Policy rather than protocol, marked so in the rows:
//   - another transport is tried where the first does not open;
//   - a session that polls is closed after what waits has left; a WebSocket closes after what was written to it, which is the transport's
//     affair.

using System.Collections.Generic;

namespace WsProto.EngineIO;

/// <summary>Where a client's session is in its life. <c>ClientStateMachine.cs</c> has the transitions.</summary>
public enum EngineIOClientState
{
    /// <summary>Not begun.</summary>
    Idle = 0,

    /// <summary>The first request is under way, or the first WebSocket opens.</summary>
    Opening = 1,

    /// <summary>Open, over polling.</summary>
    Polling = 2,

    /// <summary>Open, over polling; a WebSocket for the upgrade opens, or was asked and has not answered yet.</summary>
    Probing = 3,

    /// <summary>Open; the WebSocket for the upgrade has answered, and the requests that are under way are waited for.</summary>
    Pausing = 4,

    /// <summary>Open, over a WebSocket.</summary>
    WebSocket = 5,

    /// <summary>Over polling, the application has closed it; what waits and the close packet leave.</summary>
    Closing = 6,

    /// <summary>Over.</summary>
    Closed = 7,
}

/// <summary>What moves a client's session.</summary>
internal enum ClientTrigger
{
    /// <summary>The application wants it open.</summary>
    Begin,

    /// <summary>A transport did not open, and another is tried.</summary>
    FallBack,

    /// <summary>The open packet came in the answer to a poll.</summary>
    OpenPolling,

    /// <summary>The open packet came over a WebSocket.</summary>
    OpenWebSocket,

    /// <summary>A WebSocket for the upgrade is asked for.</summary>
    BeginProbe,

    /// <summary><c>3probe</c> came.</summary>
    AnswerProbe,

    /// <summary>No request is under way any more, <c>5</c> goes.</summary>
    CompleteUpgrade,

    /// <summary>The WebSocket of the upgrade was not opened, is lost, late, or has sent something else.</summary>
    LoseProbe,

    /// <summary>The application closes.</summary>
    BeginClose,

    /// <summary>Closed by the server, by a failure, or after all has left.</summary>
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

    /// <summary>Where messages are delivered and accepted.</summary>
    internal static bool IsOpen(EngineIOClientState state) =>
        state is >= EngineIOClientState.Polling and <= EngineIOClientState.WebSocket;

    /// <summary>All rows, for the table of the documentation.</summary>
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
