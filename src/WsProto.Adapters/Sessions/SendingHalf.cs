using System;
using System.Buffers;
using System.Threading;

namespace WsProto.Adapters.Sessions;

/// <summary>All that a session calls of its connection to send. One caller at a time: whoever holds the sending lock, or the right to encode.</summary>
internal sealed class SendingHalf(WsConnection connection, Lock core)
{
    /// <summary>Whether payloads go on the wire as they are.</summary>
    internal bool CanSendFrameHeader => connection.CanSendFrameHeader;

    /// <summary>Whether encoding a message may take long, because an extension transforms it.</summary>
    internal bool IsTransforming => connection.Extensions.Count > 0;

    /// <summary>Whether messages are refused for what was read: the reader tells the session in a moment.</summary>
    internal bool IsClosing => connection.State is not ConnectionState.Open;

    internal bool CanSend(WsEvent e)
    {
        lock (core)
            return connection.CanSend(e);
    }

    internal void Send(in Outgoing message, IBufferWriter<byte> output)
    {
        lock (core)
            message.Send(connection, output);
    }

    internal void SendFrameHeader(Opcode kind, long length, IBufferWriter<byte> output)
    {
        lock (core)
            connection.SendFrameHeader(kind, length, output);
    }

    internal void SendPong(ReadOnlySpan<byte> payload, IBufferWriter<byte> output)
    {
        lock (core)
            connection.SendPong(payload, output);
    }

    internal void SendClose(CloseCode code, string? reason, IBufferWriter<byte> output)
    {
        lock (core)
            connection.SendClose(code, reason, output);
    }

    internal void ReleaseIdleMemory()
    {
        lock (core)
            connection.ReleaseIdleMemory();
    }
}
