namespace WsProto;

/// <summary>Where a connection is in its life. <see cref="StateMachine"/> holds every way from one state to another.</summary>
/// <remarks>The state moves when an event is read or sent, never when bytes are merely received.</remarks>
public enum ConnectionState
{
    /// <summary>The opening handshake is under way (RFC 6455 §4).</summary>
    Connecting = 0,

    /// <summary>Messages flow both ways.</summary>
    Open = 1,

    /// <summary>The peer closed, or broke the protocol; our Close has not been sent yet.</summary>
    RemoteClosing = 2,

    /// <summary>Our Close has been sent, the peer's has not been read yet. Messages still arrive.</summary>
    LocalClosing = 3,

    /// <summary>Nothing more is sent or read. What to do now is to close the transport, the server first (RFC 6455 §7.1.1).</summary>
    Closed = 4,

    /// <summary>The handshake was refused and the body of the refusal is still under way.</summary>
    Rejecting = 5,
}
