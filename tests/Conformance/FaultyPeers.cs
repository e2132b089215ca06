using System.Text;

namespace WsProto.Conformance.Tests;

/// <summary>What a peer of either role does wrong with what comes early, and with the end of the other side's stream.</summary>
internal static class FaultyPeers
{
    /// <summary>Does all as it should.</summary>
    internal static Func<Stream, CancellationToken, Task> Right(ConnectionRole role) =>
        FaultyServer.EchoMessages(close => close.Response(), role: role);

    /// <summary>Does not notice that the stream has ended.</summary>
    internal static Func<Stream, CancellationToken, Task> StaysOpen(ConnectionRole role) => async (stream, stop) =>
    {
        var watched = new WatchedStream(stream);
        await Right(role)(watched, stop);
        if (watched.HasEnded)
            await Task.Delay(Timeout.Infinite, stop);
    };

    /// <summary>Looks at nothing that came before the stream ended.</summary>
    internal static Task DropAsync(Stream stream, CancellationToken stop) => stream.CopyToAsync(Stream.Null, stop);

    /// <summary>Sends back what there is of a payload of up to 125 octets when the stream ends, as if it were the whole.</summary>
    internal static Func<Stream, CancellationToken, Task> EchoesParts(bool masks) => async (stream, stop) =>
    {
        using var all = new MemoryStream();
        await stream.CopyToAsync(all, stop);
        byte[] octets = all.ToArray();
        int start = masks ? 2 : 6;
        if (octets.Length <= start)
            return;
        byte[] payload = octets[start..];
        if (!masks)
            Masking.Apply(payload, octets.AsSpan(2, 4));
        int opcode = octets[0] & 0xF;
        await stream.WriteAsync(
            new SentFrame(opcode == SentFrame.OpcodeOfPing ? SentFrame.OpcodeOfPong : opcode, payload).Encode(masks),
            stop);
    };

    /// <summary>Unmasks frames of up to 125 octets wrongly, and sends messages back.</summary>
    /// <param name="goesOn">
    /// Whether the key goes on from one fragment to the next, instead of beginning anew; else a key of 0 is taken for no mask, and refused.
    /// </param>
    internal static Func<Stream, CancellationToken, Task> Unmasks(bool goesOn) => async (stream, stop) =>
    {
        var message = new List<byte>();
        byte[] head = new byte[6];
        while (true)
        {
            await stream.ReadExactlyAsync(head, stop);
            byte[] payload = new byte[head[1] & 0x7F];
            await stream.ReadExactlyAsync(payload, stop);
            if (!goesOn && head.AsSpan(2).IndexOfAnyExcept((byte)0) < 0)
                return;
            for (int i = 0; i < payload.Length; i++)
                payload[i] ^= head[2 + ((i + (goesOn ? message.Count : 0)) & 3)];
            if ((head[0] & 0xF) == SentFrame.OpcodeOfClose)
            {
                await stream.WriteAsync(SentFrame.Close().Encode(masks: false), stop);
                return;
            }

            message.AddRange(payload);
            if ((head[0] & 0x80) == 0)
                continue;
            await stream.WriteAsync(SentFrame.Text([.. message]).Encode(masks: false), stop);
            message.Clear();
        }
    };

    /// <summary>Reads a head, and loses what comes in one piece with its end.</summary>
    internal static async Task<string[]> ReadAndLoseAsync(Stream stream, CancellationToken stop)
    {
        byte[] buffer = new byte[64 << 10];
        string head = "";
        while (!head.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            int count = await stream.ReadAsync(buffer, stop);
            if (count == 0)
                throw new IOException("The stream has ended.");
            head += Encoding.Latin1.GetString(buffer, 0, count);
        }

        return head[..head.IndexOf("\r\n\r\n", StringComparison.Ordinal)].Split("\r\n");
    }

    /// <summary>Reads once and takes that for the head, which it looks at octet by octet.</summary>
    internal static async Task<string[]> ReadOnceAsync(Stream stream, CancellationToken stop)
    {
        byte[] buffer = new byte[64 << 10];
        string head = Encoding.Latin1.GetString(buffer, 0, await stream.ReadAsync(buffer, stop));
        bool isKnown = head.StartsWith("GET / HTTP/1.1\r\n", StringComparison.Ordinal)
            || head.StartsWith("HTTP/1.1 101 Switching Protocols\r\n", StringComparison.Ordinal);
        return isKnown && head.Contains("\r\nUpgrade: websocket\r\n", StringComparison.Ordinal)
            ? head.Split("\r\n")
            : throw new IOException("The head is none.");
    }

    /// <summary>Waits for a whole head, even when the stream has ended.</summary>
    internal static async Task<string[]> ReadAndWaitAsync(Stream stream, CancellationToken stop)
    {
        try
        {
            return await HttpHead.ReadAsync(stream, stop);
        }
        catch (IOException)
        {
            await Task.Delay(Timeout.Infinite, stop);
            throw;
        }
    }

    /// <summary>Notes whether the stream has ended.</summary>
    private sealed class WatchedStream(Stream inner) : MemoryStream
    {
        public bool HasEnded { get; private set; }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer, cancellationToken);
            HasEnded |= count == 0;
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.WriteAsync(buffer, cancellationToken);
    }
}
