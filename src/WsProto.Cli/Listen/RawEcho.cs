using System;
using System.Buffers.Binary;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Cli.Listen;

/// <summary>Sends each frame back unmasked, whatever it is, up to a Close: a server without any validation.</summary>
internal static class RawEcho
{
    private const int LargestFrame = 64 << 20;
    private const int FirstRoom = 64 << 10;

    public static async Task RunAsync(Stream stream, CancellationToken cancellationToken)
    {
        if (!await OpenAsync(stream, cancellationToken))
            return;
        byte[] head = new byte[2];
        while (await stream.ReadAtLeastAsync(head, 2, throwOnEndOfStream: false, cancellationToken) == 2)
        {
            int form = (head[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 };
            byte[] more = new byte[form + ((head[1] & 0x80) != 0 ? 4 : 0)];
            await stream.ReadExactlyAsync(more, cancellationToken);
            long length = form switch
            {
                2 => BinaryPrimitives.ReadUInt16BigEndian(more),
                8 => BinaryPrimitives.ReadInt64BigEndian(more),
                _ => head[1] & 0x7F,
            };
            if (length is < 0 or > LargestFrame)
                return;
            if (await ReadAsync(stream, (int)length, cancellationToken) is not { } payload)
                return;
            for (int i = 0; i < payload.Length && more.Length > form; i++)
                payload[i] ^= more[form + (i & 3)];
            await stream.WriteAsync(new OutgoingFrame(head[0], payload).Encode(), cancellationToken);
            if ((head[0] & 0xF) == OutgoingFrame.Close)
                return;
        }
    }

    /// <summary>Reads a payload. Room is made for what has come, not for what is announced.</summary>
    /// <returns>Null where the stream ends before.</returns>
    private static async Task<byte[]?> ReadAsync(Stream stream, int length, CancellationToken cancellationToken)
    {
        byte[] payload = new byte[Math.Min(length, FirstRoom)];
        for (int count = 0; count < length;)
        {
            if (count == payload.Length)
                Array.Resize(ref payload, Math.Min(length, count * 2));
            int read = await stream.ReadAsync(payload.AsMemory(count), cancellationToken);
            if (read == 0)
                return null;
            count += read;
        }

        return payload;
    }

    /// <summary>The opening handshake, which is right. Frames that come with the request are lost.</summary>
    private static async Task<bool> OpenAsync(Stream stream, CancellationToken cancellationToken)
    {
        using var connection = new WsConnection(ConnectionRole.Server);
        byte[] octet = new byte[1];
        while (await stream.ReadAsync(octet, cancellationToken) > 0)
        {
            connection.Receive(octet);
            if (!connection.TryReadEvent(out WsEvent? read))
                continue;
            WsEvent? answer = read is Request ? new AcceptConnection() : (read as HandshakeFailed)?.Response;
            if (answer is not null)
                await stream.WriteAsync(connection.Send(answer), cancellationToken);
            return read is Request;
        }

        return false;
    }
}
