using System;
using System.Net.WebSockets;

namespace WsProto.Adapters.Sessions;

/// <summary>The arguments that a <see cref="WebSocket"/> refuses by the call, in whatever state it is.</summary>
internal static class WebSocketArguments
{
    /// <summary>The longest reason that a Close has room for (RFC 6455 §5.5).</summary>
    private const int MaxReason = 123;

    internal static void ThrowIfNoData(WebSocketMessageType messageType)
    {
        if (messageType is not (WebSocketMessageType.Text or WebSocketMessageType.Binary))
            throw new ArgumentException("A message is Text or Binary; CloseAsync and CloseOutputAsync close.", nameof(messageType));
    }

    internal static void ThrowIfNoArray(ArraySegment<byte> buffer)
    {
        if (buffer.Array is null)
            throw new ArgumentNullException(nameof(buffer));
    }

    /// <summary>Whether the code may be sent is for the core to say; it is asked last. These are refused in any state.</summary>
    internal static void ThrowIfNoClose(WebSocketCloseStatus closeStatus, string? statusDescription)
    {
        if (closeStatus == WebSocketCloseStatus.Empty && !string.IsNullOrEmpty(statusDescription))
            throw new ArgumentException("A Close without a code has no reason (RFC 6455 §5.5.1).", nameof(statusDescription));
        if ((int)closeStatus is >= 0 and < 1000 or 1006 or 1015)
            throw new ArgumentException("This close code may not be sent (RFC 6455 §7.4).", nameof(closeStatus));
        if (statusDescription is not null && System.Text.Encoding.UTF8.GetByteCount(statusDescription) > MaxReason)
            throw new ArgumentException("A reason is at most 123 bytes of UTF-8 (RFC 6455 §5.5).", nameof(statusDescription));
    }
}
