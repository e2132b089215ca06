using System.Buffers;
using WsProto.Framing;
using WsProto.Negotiation;

namespace WsProto.Http1;

/// <summary>
/// One side of the opening handshake as bytes of HTTP/1.1. It knows what comes next on its side; the connection knows the state.
/// </summary>
internal abstract class OpeningHandshake
{
    /// <summary>What was agreed on, once an AcceptConnection was read or sent.</summary>
    internal Agreement Agreement { get; private protected set; }

    /// <summary>Whether more than the limit was seen before the answer (§4.1), so that the connection fails once it is open.</summary>
    internal bool HasTooMuchEarlyData { get; private protected set; }

    /// <summary>What the bytes mean; null if that cannot be said yet.</summary>
    internal abstract WsEvent? Read(ReceiveBuffer input);

    /// <summary>What the end of the transport means, after all bytes; null if it means nothing.</summary>
    internal abstract WsEvent? ReadEndOfStream();

    /// <summary>What sending an event would trigger; null if this side cannot send it, or not now.</summary>
    /// <param name="e">The event.</param>
    /// <param name="refusal">Why it cannot be sent; unspecified where that is for the state to say.</param>
    internal abstract Trigger? TriggerOf(WsEvent e, out LocalProtocolError refusal);

    /// <summary>Writes an event that the connection's state allows.</summary>
    /// <param name="e">The event.</param>
    /// <param name="output">Takes the bytes.</param>
    /// <param name="isBegun">True as soon as the writer may have taken a part, also where it throws later.</param>
    internal abstract void Send(WsEvent e, IBufferWriter<byte> output, ref bool isBegun);

    /// <summary>Why an event that belongs to no side, or to the other one, cannot be sent.</summary>
    private protected static LocalProtocolError RefusalOf(WsEvent e) => e.Kind switch
    {
        EventKind.Request or EventKind.AcceptConnection or EventKind.RejectConnection or EventKind.RejectData =>
            LocalProtocolError.WrongRole,
        EventKind.HandshakeFailed => LocalProtocolError.NotSendable,
        _ => LocalProtocolError.HandshakeNotFinished,
    };
}
