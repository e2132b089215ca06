// The states of one client in one namespace (Socket.IO protocol v5, "Connection to a namespace", "Disconnection from a namespace"). Every
// state and every transition is in this file. A trigger of the client without a row is a violation, which ends its session. One of the
// server without a row comes too late and has no effect.

using System.Collections.Generic;

namespace WsProto.SocketIO;

/// <summary>The state of a client in a namespace.</summary>
public enum NamespaceState
{
    /// <summary>Not connected.</summary>
    Left = 0,

    /// <summary>The client has asked to connect, and the application has not decided yet.</summary>
    Connecting = 1,

    /// <summary>Connected.</summary>
    Connected = 2,

    /// <summary>
    /// The application has disconnected the client. What the client sent before it knows is ignored, until it connects again.
    /// </summary>
    Dismissed = 3,
}

/// <summary>What changes the state of a client in a namespace.</summary>
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

    /// <summary>The application accepts the client.</summary>
    Accept,

    /// <summary>The application refuses the client.</summary>
    Refuse,

    /// <summary>The application disconnects the client.</summary>
    Disconnect,

    /// <summary>The session of Engine.IO has ended.</summary>
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

        // The reference client asks twice if connect() is called twice, and uses the first answer.
        (NamespaceState.Connecting, Trigger.ReceiveConnect) => NamespaceState.Connecting, // policy: the reference has two sockets then
        (NamespaceState.Connected, Trigger.ReceiveConnect) => NamespaceState.Connected, // policy: the reference ends the session

        // The server's Disconnect, or its refusal, may cross with what the client sent before it received it.
        (NamespaceState.Left, Trigger.ReceiveDisconnect) => NamespaceState.Left, // policy: the reference server ends the session
        (NamespaceState.Dismissed, Trigger.ReceiveEvent) => NamespaceState.Dismissed, // policy: the reference server ends the session
        (NamespaceState.Dismissed, Trigger.ReceiveAck) => NamespaceState.Dismissed, // policy: the reference server ends the session
        (NamespaceState.Dismissed, Trigger.ReceiveDisconnect) => NamespaceState.Left, // policy: the reference server ends the session
        (NamespaceState.Dismissed, Trigger.ReceiveConnect) => NamespaceState.Connecting,

        (not NamespaceState.Left, Trigger.End) => NamespaceState.Left,

        _ => null,
    };

    /// <summary>All rows, for the table and the diagram in the documentation.</summary>
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
