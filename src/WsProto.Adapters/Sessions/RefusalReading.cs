using System;
using System.Buffers;

namespace WsProto.Adapters.Sessions;

/// <summary>A refusal as it arrives, of a server or a proxy. What is known of it is reported however it ends.</summary>
/// <param name="what">Who refused what, for the message.</param>
internal sealed class RefusalReading(string what)
{
    private readonly ArrayBufferWriter<byte> _body = new();
    private RejectConnection? _head;

    /// <summary>Whether status and headers are known.</summary>
    internal bool IsBegun => _head is not null;

    /// <summary>Takes the next event of a handshake that is refused or fails.</summary>
    /// <returns>The failure, if the event is the last.</returns>
    internal WsHandshakeException? Read(WsEvent e)
    {
        switch (e)
        {
            case RejectConnection reject:
                _head = reject;
                return reject.HasBody ? null : Refused();
            case RejectData data:
                _body.Write(data.Data.Span);
                return data.BodyFinished ? Refused() : null;
            case HandshakeFailed failed when _head is not null:
                return Refused(failed.Error, failed.Exception);
            case HandshakeFailed failed:
                return new WsHandshakeException(failed.Message, failed.Exception) { Error = failed.Error };
            default:
                return null;
        }
    }

    /// <summary>
    /// What the caller is told where no more will come: what is known of the refusal; if he cancelled, inside of that he did.
    /// </summary>
    internal Exception FailureFrom(Exception failure)
    {
        if (_head is null)
            return failure;
        return failure is OperationCanceledException cancelled
            ? new OperationCanceledException(cancelled.Message, Refused(), cancelled.CancellationToken)
            : Interrupted(failure);
    }

    /// <summary>What is known of a refusal whose rest will not come.</summary>
    /// <param name="cause">Why.</param>
    internal WsHandshakeException Interrupted(Exception cause) => Refused(inner: cause);

    private WsHandshakeException Refused(ProtocolError? error = null, Exception? inner = null) =>
        new($"{what} with status {_head!.StatusCode}.", inner)
        {
            StatusCode = _head.StatusCode,
            Headers = _head.Headers,
            Body = _body.WrittenSpan.ToArray(),
            Error = error,
        };
}
