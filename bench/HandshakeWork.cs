using System.Buffers;

namespace WsProto.Bench;

/// <summary>A server's handshake: from the bytes of a browser's request to the bytes of the 101.</summary>
internal static class HandshakeWork
{
    public const int Count = 1000;

    private static readonly ArrayBufferWriter<byte> _output = new(4096);

    private static ReadOnlySpan<byte> Head =>
        "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"u8
        + "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\nOrigin: http://example.com\r\n"u8
        + "Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\nSec-WebSocket-Version: 13\r\n"u8
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"u8
        + "Sec-WebSocket-Protocol: chat, superchat\r\n\r\n"u8;

    public static int Handshakes()
    {
        for (int i = 0; i < Count; i++)
        {
            using var server = new WsConnection(ConnectionRole.Server);
            server.Receive(Head);
            if (!server.TryReadEvent(out WsEvent? e) || e is not Request)
                throw new InvalidOperationException("The request was not read.");
            server.Send(new AcceptConnection { Subprotocol = "chat" }, _output);
            _output.ResetWrittenCount();
        }

        return Count;
    }
}
