// How a connection opens: the handshake is read and answered, and its agreement makes the two halves.

using WsProto.Extensions;
using WsProto.Http1;
using WsProto.Negotiation;

namespace WsProto;

public sealed partial class WsConnection
{
    private WsEvent? ReadHandshake()
    {
        if (!StateMachine.TakesHandshake(_stateOfHandshake))
        {
            Drop();
            return null;
        }

        WsEvent? e = _handshake!.Read(_input);
        if (e is not null)
            Move(ReadTriggerOf(e));
        else if (_input.HasEnded && _handshake.ReadEndOfStream() is { } end)
        {
            e = end;
            Move(Trigger.ReceiveEndOfStream);
        }

        if (e is Request request)
            Request = request;
        else if (e is AcceptConnection)
            Open(_handshake.Agreement);
        _input.ReleaseIfEmpty();
        return e;
    }

    private Trigger ReadTriggerOf(WsEvent e) => e switch
    {
        WsProto.Request => Trigger.ReceiveRequest,
        AcceptConnection => Trigger.ReceiveAccept,
        RejectConnection reject => reject.HasBody ? Trigger.ReceiveRejectHead : Trigger.ReceiveReject,
        RejectData data => data.BodyFinished ? Trigger.ReceiveRejectEnd : Trigger.ReceiveRejectPart,
        _ => Role == ConnectionRole.Server ? Trigger.ReceiveBadRequest : Trigger.ReceiveBadResponse,
    };

    /// <summary>Moves by what was read; the machine has a row for all that can be.</summary>
    private void Move(Trigger trigger) => Enter(StateMachine.Next(_stateOfHandshake, trigger)!.Value);

    private void Enter(ConnectionState next)
    {
        _stateOfHandshake = next;
        if (next == ConnectionState.Closed)
            Drop();
    }

    private void OpenAfter(OpeningHandshake handshake)
    {
        Open(handshake.Agreement);
        if (handshake.HasTooMuchEarlyData)
            _receiver!.FailNext(new Violation(ProtocolError.TooMuchEarlyData, Allowed: _options.MaxHandshakeSize));
    }

    private void Open(in Agreement agreement)
    {
        Subprotocol = agreement.Subprotocol;
        Extensions = agreement.Extensions;
        bool hasExtensions = Extensions.Count > 0;
        _receiver = new WsReceiver(Role, _options, _input, hasExtensions ? new ExtensionReceiver(Extensions, _options) : null);
        _sender = new WsSender(Role, _options, _receiver, hasExtensions ? new ExtensionSender(Extensions, _options) : null);
        _handshake = null;
    }
}
