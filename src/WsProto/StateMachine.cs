// The life of a connection, RFC 6455 §4 and §7. Every state and every transition is in this file and nowhere else, and this file
// does not know which role we play.
//
// The connection begins in Connecting (or in Open, if the handshake was done elsewhere) and ends in Closed. What moves it is a
// trigger: an event that is sent, or an event that is read. First the machine, then the effect: a trigger without a row is
// refused (sent) or cannot come about (read), and nothing has happened.
//
// Once the handshake is over, the connection has two halves that move independently, each by triggers of its own:
//
//   sending:    Open, CloseSent (after our Close), Broken (after a send that failed half way)
//   receiving:  Open, CloseReceived (after the peer's Close, or after a violation), Ended (after the end of the stream)
//
// The state of the connection is the pair of both (StateOf). A send trigger moves the sending half alone, a read trigger the receiving
// half alone, so two threads may move one half each and the order in which they do so does not matter. A test proves both from the rows.
//
// Messages, Pings and Pongs that are read move nothing; TakesFrames says where they are read at all. How far a frame, a message
// or a head has been parsed is no state of the connection, and is kept where the parsing is done.
//
// Policy rather than RFC, marked so in the rows:
//   - after a violation the way out is the same as after a peer's Close: one Close goes out, then all is over;
//   - in RemoteClosing nothing new is begun. §5.5.1 allows to delay the Close "until its current message is sent", so a message
//     that is open may be finished;
//   - in LocalClosing a Pong may still be sent: §5.5.2 asks for it "unless it already received a Close frame", while §5.5.1 forbids
//     only "any more data frames".

using System.Collections.Generic;

namespace WsProto;

/// <summary>What moves a connection. The first half is sent, the second read.</summary>
internal enum Trigger
{
    SendRequest,
    SendAccept,
    SendReject,
    SendRejectHead,
    SendRejectPart,
    SendRejectEnd,
    BeginMessage,
    ContinueMessage,
    SendPing,
    SendPong,
    SendClose,

    ReceiveRequest,
    ReceiveBadRequest,
    ReceiveAccept,
    ReceiveReject,
    ReceiveRejectHead,
    ReceiveRejectPart,
    ReceiveRejectEnd,
    ReceiveBadResponse,
    ReceiveClose,
    ReceiveViolation,
    ReceiveEndOfStream,

    Dispose,
}

/// <summary>Where the sending half is.</summary>
internal enum SendState : byte
{
    /// <summary>Our Close has not been sent.</summary>
    Open,

    /// <summary>Our Close has been sent (§5.5.1).</summary>
    CloseSent,

    /// <summary>A frame was written in part, so nothing that followed it could be understood. Only the transport can be closed.</summary>
    Broken,
}

/// <summary>Where the receiving half is.</summary>
internal enum ReceiveState : byte
{
    /// <summary>The peer may send.</summary>
    Open,

    /// <summary>The peer closed, or broke the protocol; what follows is not looked at (§1.4, §7.1.7).</summary>
    CloseReceived,

    /// <summary>The peer will send nothing more.</summary>
    Ended,
}

internal static class StateMachine
{
    /// <summary>The state after a trigger; null if the trigger is not allowed.</summary>
    internal static ConnectionState? Next(ConnectionState state, Trigger trigger) => (state, trigger) switch
    {
        // §4: the opening handshake.
        (ConnectionState.Connecting, Trigger.SendRequest) => ConnectionState.Connecting,
        (ConnectionState.Connecting, Trigger.ReceiveRequest) => ConnectionState.Connecting,
        (ConnectionState.Connecting, Trigger.ReceiveBadRequest) => ConnectionState.Connecting,
        (ConnectionState.Connecting, Trigger.SendAccept) => ConnectionState.Open,
        (ConnectionState.Connecting, Trigger.ReceiveAccept) => ConnectionState.Open,
        (ConnectionState.Connecting, Trigger.SendReject) => ConnectionState.Closed,
        (ConnectionState.Connecting, Trigger.SendRejectHead) => ConnectionState.Rejecting,
        (ConnectionState.Connecting, Trigger.ReceiveReject) => ConnectionState.Closed,
        (ConnectionState.Connecting, Trigger.ReceiveRejectHead) => ConnectionState.Rejecting,
        (ConnectionState.Connecting, Trigger.ReceiveBadResponse) => ConnectionState.Closed,
        (ConnectionState.Connecting, Trigger.ReceiveEndOfStream) => ConnectionState.Closed,

        (ConnectionState.Rejecting, Trigger.SendRejectPart) => ConnectionState.Rejecting,
        (ConnectionState.Rejecting, Trigger.SendRejectEnd) => ConnectionState.Closed,
        (ConnectionState.Rejecting, Trigger.ReceiveRejectPart) => ConnectionState.Rejecting,
        (ConnectionState.Rejecting, Trigger.ReceiveRejectEnd) => ConnectionState.Closed,
        (ConnectionState.Rejecting, Trigger.ReceiveBadResponse) => ConnectionState.Closed,
        (ConnectionState.Rejecting, Trigger.ReceiveEndOfStream) => ConnectionState.Closed,

        // §5, §6: data.
        (ConnectionState.Open, Trigger.BeginMessage) => ConnectionState.Open,
        (ConnectionState.Open, Trigger.ContinueMessage) => ConnectionState.Open,
        (ConnectionState.Open, Trigger.SendPing) => ConnectionState.Open,
        (ConnectionState.Open, Trigger.SendPong) => ConnectionState.Open,

        // §7: closing.
        (ConnectionState.Open, Trigger.SendClose) => ConnectionState.LocalClosing,
        (ConnectionState.Open, Trigger.ReceiveClose) => ConnectionState.RemoteClosing,
        (ConnectionState.Open, Trigger.ReceiveViolation) => ConnectionState.RemoteClosing, // policy
        (ConnectionState.Open, Trigger.ReceiveEndOfStream) => ConnectionState.Closed,

        (ConnectionState.RemoteClosing, Trigger.ContinueMessage) => ConnectionState.RemoteClosing, // policy
        (ConnectionState.RemoteClosing, Trigger.SendClose) => ConnectionState.Closed,
        (ConnectionState.RemoteClosing, Trigger.ReceiveEndOfStream) => ConnectionState.Closed,

        (ConnectionState.LocalClosing, Trigger.SendPong) => ConnectionState.LocalClosing, // policy
        (ConnectionState.LocalClosing, Trigger.ReceiveClose) => ConnectionState.Closed,
        (ConnectionState.LocalClosing, Trigger.ReceiveViolation) => ConnectionState.Closed, // policy
        (ConnectionState.LocalClosing, Trigger.ReceiveEndOfStream) => ConnectionState.Closed,

        (_, Trigger.Dispose) => ConnectionState.Closed,

        _ => null,
    };

    /// <summary>The state of an open connection as the pair of its halves.</summary>
    internal static ConnectionState StateOf(SendState sending, ReceiveState receiving) => (sending, receiving) switch
    {
        (SendState.Open, ReceiveState.Open) => ConnectionState.Open,
        (SendState.Open, ReceiveState.CloseReceived) => ConnectionState.RemoteClosing,
        (SendState.CloseSent, ReceiveState.Open) => ConnectionState.LocalClosing,
        _ => ConnectionState.Closed,
    };

    /// <summary>
    /// The sending half after a trigger; null if the trigger is not allowed. The row decides; what it moves is the sending half alone.
    /// </summary>
    internal static SendState? NextSending(SendState sending, ReceiveState receiving, Trigger trigger)
    {
        if (Next(StateOf(sending, receiving), trigger) is null)
            return null;
        return trigger == Trigger.SendClose ? SendState.CloseSent : sending;
    }

    /// <summary>The receiving half after a trigger that was read.</summary>
    internal static ReceiveState NextReceiving(Trigger trigger) =>
        trigger == Trigger.ReceiveEndOfStream ? ReceiveState.Ended : ReceiveState.CloseReceived;

    /// <summary>
    /// Where messages are begun and continued without a move. It says what the rows say, as a shortcut for each message that is sent.
    /// </summary>
    internal static bool CarriesMessages(SendState sending, ReceiveState receiving) =>
        sending == SendState.Open && receiving == ReceiveState.Open;

    /// <summary>
    /// Where frames are read. After a Close "a peer discards any further data received" (§1.4), and likewise after a violation (§7.1.7).
    /// </summary>
    internal static bool TakesFrames(ReceiveState receiving) => receiving == ReceiveState.Open;

    /// <summary>Where bytes of the handshake are read.</summary>
    internal static bool TakesHandshake(ConnectionState state) => state is ConnectionState.Connecting or ConnectionState.Rejecting;

    /// <summary>All rows, for the diagram and the table of the documentation.</summary>
    internal static IEnumerable<(ConnectionState From, Trigger Trigger, ConnectionState To)> Rows()
    {
        for (ConnectionState state = ConnectionState.Connecting; state <= ConnectionState.Rejecting; state++)
        {
            for (Trigger trigger = Trigger.SendRequest; trigger <= Trigger.Dispose; trigger++)
            {
                if (Next(state, trigger) is { } next)
                    yield return (state, trigger, next);
            }
        }
    }
}
