using System;
using System.Buffers;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// All that a session calls of its connection to send. One caller at a time: whoever holds the sending lock, or the right to encode.
/// </summary>
internal sealed class SendingHalf(WsConnection connection)
{
    private readonly WsSender _sender = connection.Sender;

    /// <summary>Encodes what goes out between the peer's Close and ours.</summary>
    private WsSender? _last;

    /// <summary>Whether that has begun a message in fragments.</summary>
    private bool _isOpenInLast;

    /// <summary>Whether payloads go on the wire as they are.</summary>
    internal bool CanSendFrameHeader => _sender.CanSendFrameHeader;

    /// <summary>Whether encoding a message may take long, because an extension transforms it.</summary>
    internal bool IsTransforming { get; } = connection.Extensions.Count > 0;

    /// <summary>Whether messages are refused for what was read: the reader tells the session in a moment.</summary>
    internal bool IsClosing => connection.State is not ConnectionState.Open;

    internal bool CanSend(WsEvent e) => _sender.CanSend(e);

    /// <summary>
    /// Encodes a message. Once the peer's Close was read the core begins no message, while the session may still have some to send, in
    /// answer to what came before: frames that depend on nothing are then made by a connection of their own.
    /// </summary>
    internal void Send(in Outgoing message, bool isInFragments, IBufferWriter<byte> output)
    {
        bool isControl = message.Kind == OutgoingKind.Control;
        bool isLast = connection.State == ConnectionState.RemoteClosing
            && !IsTransforming
            && (!isInFragments || _isOpenInLast || isControl);
        if (isLast)
            _last ??= WsConnection.Established(connection.Role).Sender;
        message.Send(isLast ? _last! : _sender, output);
        if (!isControl)
            _isOpenInLast = isLast && message.LeavesOpen;
    }

    internal void SendFrameHeader(Opcode kind, long length, IBufferWriter<byte> output) => _sender.SendFrameHeader(kind, length, output);

    internal void SendPong(ReadOnlySpan<byte> payload, IBufferWriter<byte> output) => _sender.SendPong(payload, output);

    internal void SendClose(CloseCode code, string? reason, IBufferWriter<byte> output) => _sender.SendClose(code, reason, output);

    internal void ReleaseIdleMemory() => _sender.ReleaseIdleMemory();
}
