// What every event has to be, whatever bytes it came from, and which state may follow it: written down here once more, from the
// documentation, and not taken from the core.

using System.Text;

namespace WsProto.Fuzz.Oracles;

internal sealed class EventRules(Scene scene, ConnectionRole role)
{
    private readonly UTF8Encoding _strict = new(false, throwOnInvalidBytes: true);
    private Type? _open;
    private long _messageSize;
    private int _frames;
    private long _bodySize;

    /// <summary>Whether an event was read after which nothing more may come.</summary>
    public bool IsOver { get; private set; }

    public void Check(WsEvent e, ConnectionState before, ConnectionState after, bool endOfStream)
    {
        Oracle.That(!IsOver, $"{e} came after the last event.");
        Oracle.That(After(e, before, endOfStream) == after, $"{e} led from {before} to {after}.");
        switch (e)
        {
            case Message message:
                CheckMessage(message);
                break;
            case Ping or Pong:
                Oracle.That((e is Ping ping ? ping.Payload : ((Pong)e).Payload).Length <= 125, "A control frame of more than 125 bytes.");
                break;
            case CloseConnection close:
                CheckClose(close);
                IsOver = true;
                break;
            case HandshakeFailed failed:
                CheckFailed(failed);
                IsOver = true;
                break;
            case RejectConnection reject:
                Oracle.That(reject.StatusCode is (>= 0 and < 100) or (>= 200 and <= 999), "A status that is no answer.");
                IsOver = !reject.HasBody;
                break;
            case RejectData data:
                _bodySize += data.Data.Length;
                Oracle.That(_bodySize <= scene.HeadLimits.Body, "A body beyond its limit.");
                IsOver = data.BodyFinished;
                break;
        }
    }

    private ConnectionState? After(WsEvent e, ConnectionState before, bool endOfStream) => (e, before) switch
    {
        (Request, ConnectionState.Connecting) when role == ConnectionRole.Server => ConnectionState.Connecting,
        (AcceptConnection, ConnectionState.Connecting) when role == ConnectionRole.Client => ConnectionState.Open,
        (RejectConnection reject, ConnectionState.Connecting) when role == ConnectionRole.Client =>
            reject.HasBody ? ConnectionState.Rejecting : ConnectionState.Closed,
        (RejectData data, ConnectionState.Rejecting) when role == ConnectionRole.Client =>
            data.BodyFinished ? ConnectionState.Closed : ConnectionState.Rejecting,
        (HandshakeFailed, ConnectionState.Connecting or ConnectionState.Rejecting) when role == ConnectionRole.Client =>
            ConnectionState.Closed,
        (HandshakeFailed { Response: not null }, ConnectionState.Connecting) => ConnectionState.Connecting,
        (HandshakeFailed { Error: ProtocolError.HandshakeIncomplete }, ConnectionState.Connecting) when endOfStream =>
            ConnectionState.Closed,
        (Message or Ping or Pong, ConnectionState.Open or ConnectionState.LocalClosing) => before,
        (CloseConnection { Code: CloseCode.AbnormalClosure, Error: null }, ConnectionState.Open or ConnectionState.LocalClosing)
            when endOfStream => ConnectionState.Closed,
        (CloseConnection { Code: not CloseCode.AbnormalClosure }, ConnectionState.Open) => ConnectionState.RemoteClosing,
        (CloseConnection { Code: not CloseCode.AbnormalClosure }, ConnectionState.LocalClosing) => ConnectionState.Closed,
        _ => null,
    };

    private void CheckMessage(Message message)
    {
        Oracle.That(message.FrameFinished || !message.MessageFinished, "A message ended inside a frame.");
        Oracle.That(message.Compress is null, "A received message says how to compress.");
        Oracle.That(_open is null || _open == message.GetType(), "A message changed its kind.");
        if (scene.DeliversWhole)
            Oracle.That(message.FrameFinished && message.MessageFinished, "A piece of a message, where messages are delivered whole.");
        // GetByteCount throws for half a character.
        _messageSize += message is TextMessage text ? _strict.GetByteCount(text.Data) : ((BytesMessage)message).Data.Length;
        Oracle.That(
            _messageSize <= (scene.MaxMessageSize ?? long.MaxValue),
            $"A message of {_messageSize} bytes, {scene.MaxMessageSize} are allowed.");
        _frames += message.FrameFinished ? 1 : 0;
        Oracle.That(
            _frames <= (scene.MaxFragmentCount ?? int.MaxValue),
            $"A message of {_frames} frames, {scene.MaxFragmentCount} are allowed.");
        _open = message.MessageFinished ? null : message.GetType();
        if (!message.MessageFinished)
            return;
        _messageSize = 0;
        _frames = 0;
    }

    private void CheckClose(CloseConnection close)
    {
        int code = (int)close.Code;
        if (close.Error is { } error)
        {
            bool fits = error switch
            {
                ProtocolError.InvalidUtf8 or ProtocolError.InvalidCloseReason => code == 1007,
                ProtocolError.FrameTooBig or ProtocolError.MessageTooBig => code == 1009,
                ProtocolError.TooManyFragments or ProtocolError.TooMuchEarlyData => code == 1008,
                ProtocolError.ExtensionFailed => scene.ExtensionKind > 0 && code is 1002 or 1007 or 1008,
                _ => error < ProtocolError.ExtensionFailed && code == 1002,
            };
            Oracle.That(fits, $"{error} led to {code}.");
            Oracle.That(!string.IsNullOrEmpty(close.Reason), "A violation without words.");
            return;
        }

        bool mayArrive = code is (>= 1000 and <= 1003) or (>= 1005 and <= 1014) or (>= 3000 and <= 4999);
        Oracle.That(mayArrive, $"Close code {code}.");
        Oracle.That(code is not (1005 or 1006) || close.Reason is null, "A reason without a code.");
        Oracle.That(_strict.GetByteCount(close.Reason ?? "") <= 123, "A reason of more than 123 bytes.");
    }

    private void CheckFailed(HandshakeFailed failed)
    {
        Oracle.That(failed.Error >= ProtocolError.MalformedHead, $"{failed.Error} in a handshake.");
        Oracle.That(failed.Message.Length > 0, "A failure without words.");
        if (role == ConnectionRole.Client || failed.Error == ProtocolError.HandshakeIncomplete)
        {
            Oracle.That(failed.Response is null, "An answer for nobody.");
            return;
        }

        int expected = failed.Error switch
        {
            ProtocolError.StartLineTooLong => 414,
            ProtocolError.UnsupportedVersion => 426,
            ProtocolError.HeadTooLarge or ProtocolError.HeaderLineTooLong or ProtocolError.TooManyHeaders
                or ProtocolError.TooManyHeaderElements => 431,
            _ => 400,
        };
        int status = failed.Response!.StatusCode;
        Oracle.That(
            status == expected || (status == 505 && failed.Error == ProtocolError.UnsupportedHttpVersion),
            $"{failed.Error} led to {status}.");
        Oracle.That(!failed.Response.HasBody, "A refusal with a body that nobody has.");
    }
}
