// What the sending half may send now, and why not: the machine's rows, the message that is open, and extensions that have failed.

using System;
using WsProto.Framing;

namespace WsProto;

public sealed partial class WsSender
{
    /// <summary>A prepared message is whole, so no other may be open.</summary>
    private void AllowWhole(PreparedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        EventKind kind = KindOf(message.Kind);
        if (_sending != Opcode.Continuation)
            throw LocalProtocolErrors.Of(RefusalReason(kind), kind);
        AllowData(message.Kind);
    }

    /// <summary>The frame of a prepared message, if it is the same for all connections like this one and was made already.</summary>
    private ReadOnlyMemory<byte>? FindShared(PreparedMessage message)
    {
        if (SendsPayloadsAsTheyAre)
            return message.Frame;
        return StatelessSender is { } sender ? message.FindFrame(sender) : null;
    }

    /// <summary>The first frame of a message has its opcode, the others are continuations (§5.4).</summary>
    private Opcode OpcodeOnWire(Opcode kind) => _sending == Opcode.Continuation ? kind : Opcode.Continuation;

    private byte FirstOctet(Opcode kind, bool messageFinished) =>
        FrameHeader.FirstOctetOf(messageFinished, ReservedBits.None, OpcodeOnWire(kind));

    private uint NextKey() => Masks ? _keys.Next(_options) : 0;

    private void EndData(Opcode kind, bool messageFinished) => _sending = messageFinished ? Opcode.Continuation : kind;

    /// <summary>Data moves nothing, so that it is allowed is all there is to it.</summary>
    private void AllowData(Opcode kind)
    {
        bool isAllowed = StateMachine.CarriesMessages(_state, _receiver.State) || NextAfter(DataTrigger) is not null;
        if (!isAllowed || (_sending != Opcode.Continuation && _sending != kind) || _extensions is { IsBroken: true })
            throw LocalProtocolErrors.Of(RefusalReason(KindOf(kind)), KindOf(kind));
    }

    private SendState Allow(Trigger trigger, EventKind kind) =>
        NextAfter(trigger) ?? throw LocalProtocolErrors.Of(RefusalReason(kind), kind);

    private SendState? NextAfter(Trigger trigger) => StateMachine.NextSending(_state, _receiver.State, trigger);

    /// <summary>Null for what belongs to the handshake, or where a message of the other kind is open.</summary>
    private Trigger? TriggerOf(EventKind kind) => kind switch
    {
        EventKind.TextMessage => DataTriggerOf(Opcode.Text),
        EventKind.BytesMessage => DataTriggerOf(Opcode.Binary),
        EventKind.Ping => Trigger.SendPing,
        EventKind.Pong => Trigger.SendPong,
        EventKind.CloseConnection => Trigger.SendClose,
        _ => null,
    };

    private Trigger? DataTriggerOf(Opcode kind) =>
        (_sending == Opcode.Continuation || _sending == kind) && _extensions is not { IsBroken: true } ? DataTrigger : null;

    private LocalProtocolError RefusalReason(EventKind kind) => (_state, _receiver.State) switch
    {
        (SendState.Broken, _) => LocalProtocolError.SendFailed,
        (_, ReceiveState.Ended) => LocalProtocolError.Closed,
        (SendState.CloseSent, _) => LocalProtocolError.CloseSent,
        _ when TriggerOf(kind) is null && kind is not (EventKind.TextMessage or EventKind.BytesMessage) =>
            LocalProtocolError.HandshakeFinished,
        (_, ReceiveState.CloseReceived) when _sending == Opcode.Continuation || kind is EventKind.Ping or EventKind.Pong =>
            LocalProtocolError.CloseReceived,
        _ => _extensions is { IsBroken: true } ? LocalProtocolError.ExtensionFailed : LocalProtocolError.MessageOpen,
    };

    private static EventKind KindOf(Opcode kind) => kind == Opcode.Text ? EventKind.TextMessage : EventKind.BytesMessage;

    private void Break()
    {
        _state = SendState.Broken;
        End();
    }
}
