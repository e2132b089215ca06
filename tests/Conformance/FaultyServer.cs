using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace WsProto.Conformance.Tests;

/// <summary>A server over TCP that does the handshake as it should, and nothing else: to see whether a judge notices.</summary>
internal sealed class FaultyServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<Stream, CancellationToken, Task> _serve;
    private readonly Func<Stream, CancellationToken, Task<string[]>> _readHead;
    private readonly string[] _fields;
    private readonly Task _accepting;

    /// <summary>Starts it.</summary>
    /// <param name="serve">Serves a connection after the handshake, which ends when it returns.</param>
    /// <param name="extensions">What it writes into Sec-WebSocket-Extensions.</param>
    /// <param name="omits">The name of a field that it leaves out.</param>
    /// <param name="subprotocol">What it writes into Sec-WebSocket-Protocol.</param>
    /// <param name="readHead">How it reads a request; null for as it should.</param>
    internal FaultyServer(
        Func<Stream, CancellationToken, Task> serve, string? extensions = null, string? omits = null, string? subprotocol = null,
        Func<Stream, CancellationToken, Task<string[]>>? readHead = null)
    {
        _serve = serve;
        _readHead = readHead ?? HttpHead.ReadAsync;
        string[] fields =
        [
            "Upgrade: websocket", "Connection: Upgrade",
            .. extensions is null ? [] : new[] { "Sec-WebSocket-Extensions: " + extensions },
            .. subprotocol is null ? [] : new[] { "Sec-WebSocket-Protocol: " + subprotocol },
        ];
        _fields = [.. fields.Where(field => field.Split(':')[0] != omits)];
        _listener.Start();
        _accepting = AcceptAsync();
    }

    internal Uri Address => new($"http://{_listener.LocalEndpoint}/");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    /// <summary>Sends octets back as they came.</summary>
    internal static async Task EchoOctetsAsync(Stream stream, CancellationToken stop)
    {
        byte[] buffer = new byte[4096];
        while (await stream.ReadAsync(buffer, stop) is var count and > 0)
            await stream.WriteAsync(buffer.AsMemory(0, count), stop);
    }

    /// <summary>Sends each frame back unmasked, whatever it is, up to a Close.</summary>
    internal static async Task EchoFramesAsync(Stream stream, CancellationToken stop)
    {
        while (await ReadFrameAsync(stream, stop) is { } frame)
        {
            byte[] echo = [frame.Octets[0], (byte)(frame.Octets[1] & 0x7F), .. frame.Octets[2..(frame.Start - 4)], .. frame.Payload];
            await stream.WriteAsync(echo, stop);
            if ((frame.Octets[0] & 0xF) == SentFrame.OpcodeOfClose)
                return;
        }
    }

    /// <summary>Does all as it should but for the answer to a fault of the client.</summary>
    /// <param name="answer">What is sent instead of the Close; null for nothing.</param>
    /// <param name="waits">Whether a message is looked at only when it has come as a whole.</param>
    internal static Func<Stream, CancellationToken, Task> EchoMessages(
        Func<CloseConnection, CloseConnection?> answer, bool waits = false, ConnectionRole role = ConnectionRole.Server) =>
        async (stream, stop) =>
        {
            using WsConnection connection = WsConnection.Established(role);
            var held = new List<byte>();
            byte[] buffer = new byte[4096];
            while (connection.State != ConnectionState.Closed)
            {
                byte[] octets;
                if (waits)
                {
                    if (await ReadFrameAsync(stream, stop) is not { } frame)
                        return;
                    held.AddRange(frame.Octets);
                    if ((frame.Octets[0] & 0x80) == 0)
                        continue;
                    octets = [.. held];
                    held.Clear();
                }
                else
                {
                    int count = await stream.ReadAsync(buffer, stop);
                    if (count == 0)
                        return;
                    octets = buffer[..count];
                }

                connection.Receive(octets);
                foreach (WsEvent e in connection.ReadEvents())
                {
                    WsEvent? reply = e switch
                    {
                        Message => e,
                        Ping ping => ping.Response(),
                        CloseConnection close => close.Error is null ? close.Response() : answer(close),
                        _ => null,
                    };
                    if (reply is not null)
                        await stream.WriteAsync(connection.Send(reply), stop);
                    if (e is CloseConnection)
                        return;
                }
            }
        };

    /// <summary>Sends messages back, compressed with a window of 32 KiB and with all history, whatever it agreed to.</summary>
    internal static async Task EchoCompressedAsync(Stream stream, CancellationToken stop)
    {
        const int Rsv1 = 0x40;
        var inflater = new MessageInflater(15, forgets: false);
        using var deflater = new MessageDeflater(15, forgets: false);
        var message = new List<byte>();
        byte first = 0;
        while (await ReadFrameAsync(stream, stop) is { } frame)
        {
            if ((frame.Octets[0] & 0xF) == SentFrame.OpcodeOfClose)
            {
                await stream.WriteAsync(new byte[] { 0x88, 2, 0x03, 0xE8 }, stop);
                return;
            }

            if ((frame.Octets[0] & 0xF) != 0)
                first = frame.Octets[0];
            message.AddRange(frame.Payload);
            if ((frame.Octets[0] & 0x80) == 0)
                continue;
            byte[] compressed = deflater.Deflate(inflater.Inflate([.. message], 1 << 20, stop)!);
            message.Clear();
            byte[] head = new byte[10];
            (head[0], head[1]) = ((byte)(0x80 | Rsv1 | (first & 0xF)), 127);
            BinaryPrimitives.WriteInt64BigEndian(head.AsSpan(2), compressed.Length);
            if (compressed.Length < 126)
                head = [head[0], (byte)compressed.Length];
            else if (compressed.Length <= ushort.MaxValue)
                head = [head[0], 126, head[8], head[9]];
            await stream.WriteAsync((byte[])[.. head, .. compressed], stop);
        }
    }

    /// <summary>A masked frame, whose payload begins at <c>Start</c>.</summary>
    private static async Task<(byte[] Octets, int Start, byte[] Payload)?> ReadFrameAsync(Stream stream, CancellationToken stop)
    {
        byte[] octets = new byte[2];
        if (await stream.ReadAtLeastAsync(octets, 2, throwOnEndOfStream: false, stop) < 2)
            return null;
        int form = octets[1] & 0x7F;
        int start = 2 + (form < 126 ? 0 : form == 126 ? 2 : 8) + 4;
        Array.Resize(ref octets, start);
        await stream.ReadExactlyAsync(octets.AsMemory(2), stop);
        int length = form switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(octets.AsSpan(2)),
            127 => (int)BinaryPrimitives.ReadInt64BigEndian(octets.AsSpan(2)),
            _ => form,
        };
        Array.Resize(ref octets, start + length);
        await stream.ReadExactlyAsync(octets.AsMemory(start), stop);
        byte[] payload = [.. octets[start..].Select((octet, i) => (byte)(octet ^ octets[start - 4 + (i & 3)]))];
        return (octets, start, payload);
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            // It stops.
        }

        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                NetworkStream stream = client.GetStream();
                string[] request = await _readHead(stream, _stop.Token);
                string accept = HttpHead.AcceptFor(HttpHead.FieldIn(request, "Sec-WebSocket-Key")!);
                string head =
                    string.Join("\r\n", ["HTTP/1.1 101 Switching Protocols", "Sec-WebSocket-Accept: " + accept, .. _fields, "\r\n"]);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(head), _stop.Token);
                await _serve(stream, _stop.Token);
                // Ends as a server should: its own way first, and what still comes is read, or the end could overtake what was said last.
                client.Client.Shutdown(SocketShutdown.Send);
                await stream.CopyToAsync(Stream.Null, _stop.Token);
            }
            catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
            {
                // The client has gone, or the server stops.
            }
        }
    }
}
