// The life of a client: its connection to a server, and each namespace on it (Socket.IO protocol v5, "Connection to a namespace"). Every
// state and every transition of both is in this file and nowhere else. A trigger without a row comes too late and does nothing.
//
// Policy rather than protocol, marked so in the rows:
//   - a namespace that is left before the server has answered is left when it has: some servers end the session of a client that leaves
//     what it is not in;
//   - one that is wanted again meanwhile takes the answer that is on its way.

using System.Collections.Generic;

namespace WsProto.SocketIO;

/// <summary>Where a client's connection is in its life.</summary>
public enum SocketIOClientState
{
    /// <summary>There is no connection, and none will be by itself.</summary>
    Idle = 0,

    /// <summary>A session opens.</summary>
    Connecting = 1,

    /// <summary>A session is open.</summary>
    Open = 2,

    /// <summary>A session was lost or did not open; the next is opened when it is time.</summary>
    Waiting = 3,

    /// <summary>The application has ended it; the session closes.</summary>
    Closing = 4,
}

/// <summary>Where a client is in its life in a namespace.</summary>
public enum SocketIOMembership
{
    /// <summary>Not in it, and it will not be by itself.</summary>
    Left = 0,

    /// <summary>It wants in; there is no session, or it is not time yet.</summary>
    Wanted = 1,

    /// <summary>It wants in; the application is asked what it brings.</summary>
    Authorizing = 2,

    /// <summary>It has asked the server.</summary>
    Connecting = 3,

    /// <summary>In it.</summary>
    Connected = 4,

    /// <summary>It has asked the server, and does not want in any more.</summary>
    Leaving = 5,
}

/// <summary>What moves a client's connection.</summary>
internal enum ConnectionTrigger
{
    /// <summary>The application wants it.</summary>
    Start,

    /// <summary>The session is open.</summary>
    Open,

    /// <summary>The session is lost or did not open, and another is to come.</summary>
    Lose,

    /// <summary>The same, and none is to come.</summary>
    GiveUp,

    /// <summary>It is time for the next session.</summary>
    Retry,

    /// <summary>The application ends it.</summary>
    Stop,

    /// <summary>The session that was closed is over.</summary>
    End,
}

/// <summary>What moves a client in a namespace.</summary>
internal enum MembershipTrigger
{
    /// <summary>The application, or a policy, wants in.</summary>
    Want,

    /// <summary>A session is open and it is time.</summary>
    Begin,

    /// <summary>The application has said what it brings.</summary>
    Authorize,

    /// <summary>The server agrees.</summary>
    ReceiveConnect,

    /// <summary>The server or the application refuses.</summary>
    Refuse,

    /// <summary>The server takes the client out.</summary>
    ReceiveDisconnect,

    /// <summary>The server has not answered in time.</summary>
    TimeOut,

    /// <summary>The application leaves.</summary>
    Leave,

    /// <summary>The session is lost.</summary>
    LoseSession,

    /// <summary>The whole connection is given up or ended.</summary>
    End,
}

internal static class ClientStateMachine
{
    /// <summary>The state after a trigger; null if it does nothing.</summary>
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

    /// <summary>The state after a trigger; null if it does nothing.</summary>
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

    /// <summary>Where what is emitted is sent, or waits to be.</summary>
    internal static bool TakesEmits(SocketIOMembership state) => state is >= SocketIOMembership.Wanted and <= SocketIOMembership.Connected;

    /// <summary>All rows of the connection, for the table of the documentation.</summary>
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

    /// <summary>All rows of a namespace, for the table of the documentation.</summary>
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
