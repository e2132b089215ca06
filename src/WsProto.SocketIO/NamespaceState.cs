// The life of one client in one namespace, Socket.IO protocol v5 ("Connection to a namespace", "Disconnection from a namespace"). Every
// state and every transition is in this file and nowhere else. A trigger of the client without a row is a violation, which ends its
// session; one of the server without a row comes too late and does nothing.

using System.Collections.Generic;

namespace WsProto.SocketIO;

/// <summary>Where a client is in its life in a namespace.</summary>
public enum NamespaceState
{
    /// <summary>Not in it.</summary>
    Left = 0,

    /// <summary>It has asked for it, and the application has not decided yet.</summary>
    Connecting = 1,

    /// <summary>In it.</summary>
    Connected = 2,

    /// <summary>Taken out by the application. What the client has sent before it sees that is ignored, until it asks again.</summary>
    Dismissed = 3,
}

/// <summary>What moves a client in a namespace.</summary>
internal enum Trigger
{
    /// <summary>The client sends Connect.</summary>
    ReceiveConnect,

    /// <summary>The client sends Disconnect.</summary>
    ReceiveDisconnect,

    /// <summary>The client sends an event.</summary>
    ReceiveEvent,

    /// <summary>The client sends an ack.</summary>
    ReceiveAck,

    /// <summary>The application agrees.</summary>
    Accept,

    /// <summary>The application refuses.</summary>
    Refuse,

    /// <summary>The application ends it.</summary>
    Disconnect,

    /// <summary>The session of Engine.IO is over.</summary>
    End,
}

internal static class StateMachine
{
    /// <summary>The state after a trigger; null if the trigger is not allowed.</summary>
    internal static NamespaceState? Next(NamespaceState state, Trigger trigger) => (state, trigger) switch
    {
        (NamespaceState.Left, Trigger.ReceiveConnect) => NamespaceState.Connecting,
        (NamespaceState.Connecting, Trigger.Accept) => NamespaceState.Connected,
        (NamespaceState.Connecting, Trigger.Refuse) => NamespaceState.Left,
        (NamespaceState.Connecting, Trigger.ReceiveDisconnect) => NamespaceState.Left,

        (NamespaceState.Connected, Trigger.ReceiveEvent) => NamespaceState.Connected,
        (NamespaceState.Connected, Trigger.ReceiveAck) => NamespaceState.Connected,
        (NamespaceState.Connected, Trigger.ReceiveDisconnect) => NamespaceState.Left,
        (NamespaceState.Connected, Trigger.Disconnect) => NamespaceState.Dismissed,

        // Calling connect() twice makes npm's client ask twice; it takes the first answer.
        (NamespaceState.Connecting, Trigger.ReceiveConnect) => NamespaceState.Connecting, // policy: the reference has two sockets then
        (NamespaceState.Connected, Trigger.ReceiveConnect) => NamespaceState.Connected, // policy: the reference ends the session

        // The server's Disconnect, or its refusal, and what the client sent before it saw that have crossed.
        (NamespaceState.Left, Trigger.ReceiveDisconnect) => NamespaceState.Left, // policy: the reference server ends the session
        (NamespaceState.Dismissed, Trigger.ReceiveEvent) => NamespaceState.Dismissed, // policy: the reference server ends the session
        (NamespaceState.Dismissed, Trigger.ReceiveAck) => NamespaceState.Dismissed, // policy: the reference server ends the session
        (NamespaceState.Dismissed, Trigger.ReceiveDisconnect) => NamespaceState.Left, // policy: the reference server ends the session
        (NamespaceState.Dismissed, Trigger.ReceiveConnect) => NamespaceState.Connecting,

        (not NamespaceState.Left, Trigger.End) => NamespaceState.Left,

        _ => null,
    };

    /// <summary>All rows, for the table and the diagram of the documentation.</summary>
    internal static IEnumerable<(NamespaceState From, Trigger Trigger, NamespaceState To)> Rows()
    {
        for (NamespaceState state = NamespaceState.Left; state <= NamespaceState.Dismissed; state++)
        {
            for (Trigger trigger = Trigger.ReceiveConnect; trigger <= Trigger.End; trigger++)
            {
                if (Next(state, trigger) is { } next)
                    yield return (state, trigger, next);
            }
        }
    }
}
