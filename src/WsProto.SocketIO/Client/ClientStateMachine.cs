// The states of a client: of its connection to a server, and of each namespace on it (Socket.IO protocol v5, "Connection to a namespace").
// Every state and every transition of both is in this file. A trigger without a row comes too late and has no effect.
//
// Rows marked "policy" are not required by the protocol:
//   - a namespace that the application leaves before the server has answered is left after the answer: some servers end the session of a
//     client that leaves a namespace to which it is not connected;
//   - if the application asks for it again meanwhile, the pending answer counts.

using System.Collections.Generic;

namespace WsProto.SocketIO;

/// <summary>The state of a client's connection.</summary>
public enum SocketIOClientState
{
    /// <summary>There is no connection, and the client does not try to open one.</summary>
    Idle = 0,

    /// <summary>A session is being opened.</summary>
    Connecting = 1,

    /// <summary>A session is open.</summary>
    Open = 2,

    /// <summary>A session was lost or could not be opened. The client waits before it opens the next one.</summary>
    Waiting = 3,

    /// <summary>The application has stopped the connection, and the session is closing.</summary>
    Closing = 4,
}

/// <summary>The state of a client in a namespace.</summary>
public enum SocketIOMembership
{
    /// <summary>Not connected, and the client does not try to connect.</summary>
    Left = 0,

    /// <summary>The client is to connect, but there is no session, or it waits before the next attempt.</summary>
    Wanted = 1,

    /// <summary>The client is to connect, and the application is asked for the <c>auth</c> payload.</summary>
    Authorizing = 2,

    /// <summary>The client has sent its request to the server.</summary>
    Connecting = 3,

    /// <summary>Connected.</summary>
    Connected = 4,

    /// <summary>The client has sent its request to the server, but is not to connect any more.</summary>
    Leaving = 5,
}

/// <summary>What changes the state of a client's connection.</summary>
internal enum ConnectionTrigger
{
    /// <summary>The application starts the connection.</summary>
    Start,

    /// <summary>The session is open.</summary>
    Open,

    /// <summary>The session was lost or could not be opened, and another follows.</summary>
    Lose,

    /// <summary>The session was lost or could not be opened, and none follows.</summary>
    GiveUp,

    /// <summary>The delay before the next session has passed.</summary>
    Retry,

    /// <summary>The application stops the connection.</summary>
    Stop,

    /// <summary>The session that was closed has ended.</summary>
    End,
}

/// <summary>What changes the state of a client in a namespace.</summary>
internal enum MembershipTrigger
{
    /// <summary>The application, or a policy, asks for the namespace.</summary>
    Want,

    /// <summary>A session is open, and the delay has passed.</summary>
    Begin,

    /// <summary>The application has given the <c>auth</c> payload.</summary>
    Authorize,

    /// <summary>The server accepts the client.</summary>
    ReceiveConnect,

    /// <summary>The server or the application refuses.</summary>
    Refuse,

    /// <summary>The server disconnects the client from the namespace.</summary>
    ReceiveDisconnect,

    /// <summary>The server has not answered in time.</summary>
    TimeOut,

    /// <summary>The application leaves the namespace.</summary>
    Leave,

    /// <summary>The session was lost.</summary>
    LoseSession,

    /// <summary>The whole connection is given up or stopped.</summary>
    End,
}

internal static class ClientStateMachine
{
    /// <summary>The state after a trigger; null if the trigger has no effect.</summary>
    internal static SocketIOClientState? Next(SocketIOClientState state, ConnectionTrigger trigger) => (state, trigger) switch
    {
        (SocketIOClientState.Idle, ConnectionTrigger.Start) => SocketIOClientState.Connecting,
        (SocketIOClientState.Connecting, ConnectionTrigger.Open) => SocketIOClientState.Open,
        (SocketIOClientState.Connecting or SocketIOClientState.Open, ConnectionTrigger.Lose) => SocketIOClientState.Waiting,
        (SocketIOClientState.Connecting or SocketIOClientState.Open, ConnectionTrigger.GiveUp) => SocketIOClientState.Idle,
        (SocketIOClientState.Waiting, ConnectionTrigger.Retry) => SocketIOClientState.Connecting,
        (SocketIOClientState.Waiting, ConnectionTrigger.Stop) => SocketIOClientState.Idle,
        (SocketIOClientState.Connecting or SocketIOClientState.Open, ConnectionTrigger.Stop) => SocketIOClientState.Closing,
        (SocketIOClientState.Closing, ConnectionTrigger.End) => SocketIOClientState.Idle,
        _ => null,
    };

    /// <summary>The state after a trigger; null if the trigger has no effect.</summary>
    internal static SocketIOMembership? Next(SocketIOMembership state, MembershipTrigger trigger) => (state, trigger) switch
    {
        (SocketIOMembership.Left, MembershipTrigger.Want) => SocketIOMembership.Wanted,
        (SocketIOMembership.Leaving, MembershipTrigger.Want) => SocketIOMembership.Connecting, // policy
        (SocketIOMembership.Wanted, MembershipTrigger.Begin) => SocketIOMembership.Authorizing,
        (SocketIOMembership.Authorizing, MembershipTrigger.Authorize) => SocketIOMembership.Connecting,

        (SocketIOMembership.Connecting, MembershipTrigger.ReceiveConnect) => SocketIOMembership.Connected,
        (SocketIOMembership.Leaving, MembershipTrigger.ReceiveConnect) => SocketIOMembership.Left, // policy: Disconnect goes now
        (SocketIOMembership.Authorizing or SocketIOMembership.Connecting or SocketIOMembership.Leaving, MembershipTrigger.Refuse) =>
            SocketIOMembership.Left,
        (SocketIOMembership.Connected, MembershipTrigger.ReceiveDisconnect) => SocketIOMembership.Left,
        (SocketIOMembership.Authorizing, MembershipTrigger.TimeOut) => SocketIOMembership.Left,
        (SocketIOMembership.Connecting, MembershipTrigger.TimeOut) => SocketIOMembership.Leaving, // policy

        (SocketIOMembership.Wanted or SocketIOMembership.Authorizing or SocketIOMembership.Connected, MembershipTrigger.Leave) =>
            SocketIOMembership.Left,
        (SocketIOMembership.Connecting, MembershipTrigger.Leave) => SocketIOMembership.Leaving, // policy

        (SocketIOMembership.Authorizing or SocketIOMembership.Connecting or SocketIOMembership.Connected, MembershipTrigger.LoseSession) =>
            SocketIOMembership.Wanted,
        (SocketIOMembership.Leaving, MembershipTrigger.LoseSession) => SocketIOMembership.Left,
        (not SocketIOMembership.Left, MembershipTrigger.End) => SocketIOMembership.Left,
        _ => null,
    };

    /// <summary>Whether an emit is sent, or waits to be sent, in this state.</summary>
    internal static bool TakesEmits(SocketIOMembership state) => state is >= SocketIOMembership.Wanted and <= SocketIOMembership.Connected;

    /// <summary>All rows of the connection, for the table in the documentation.</summary>
    internal static IEnumerable<(SocketIOClientState From, ConnectionTrigger Trigger, SocketIOClientState To)> ConnectionRows()
    {
        for (SocketIOClientState state = SocketIOClientState.Idle; state <= SocketIOClientState.Closing; state++)
        {
            for (ConnectionTrigger trigger = ConnectionTrigger.Start; trigger <= ConnectionTrigger.End; trigger++)
            {
                if (Next(state, trigger) is { } next)
                    yield return (state, trigger, next);
            }
        }
    }

    /// <summary>All rows of a namespace, for the table in the documentation.</summary>
    internal static IEnumerable<(SocketIOMembership From, MembershipTrigger Trigger, SocketIOMembership To)> MembershipRows()
    {
        for (SocketIOMembership state = SocketIOMembership.Left; state <= SocketIOMembership.Leaving; state++)
        {
            for (MembershipTrigger trigger = MembershipTrigger.Want; trigger <= MembershipTrigger.End; trigger++)
            {
                if (Next(state, trigger) is { } next)
                    yield return (state, trigger, next);
            }
        }
    }
}
