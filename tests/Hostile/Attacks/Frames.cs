using System.Diagnostics;
using System.IO.Compression;
using System.Net.Sockets;

namespace WsProto.Hostile;

/// <summary>Attacks within open sessions.</summary>
internal static class Frames
{
    private const int Megabyte = 1 << 20;

    /// <summary>More than the buffers of all peers of a flood, and less than what they send.</summary>
    private const long MostGrowth = 512 * Megabyte;

    private static readonly TimeSpan _flood = TimeSpan.FromSeconds(10);

    /// <summary>The time without progress after which a session is given up is 60 s by default; the close takes up to 10 s more.</summary>
    private static readonly TimeSpan _longestStall = TimeSpan.FromSeconds(110);

    /// <summary>Pings as fast as they go, from peers that never read a Pong.</summary>
    internal static async Task<string> PingFloodAsync(Target target, int count)
    {
        byte[] pings = [.. Enumerable.Repeat(RawPeer.Frame(0x89, new byte[125]), 500).SelectMany(frame => frame)];
        (long sent, ServerState state) = await FloodAsync(target, count, "/echo", deflate: false, pings);
        return $"{sent / pings.Length * 500:N0} pings went out; the server meanwhile: {state}";
    }

    /// <summary>Frames of 1 KiB that inflate to 1 MiB each, within every limit, again and again.</summary>
    internal static async Task<string> RepeatedBombsAsync(Target target, int count)
    {
        byte[] bomb = RawPeer.Frame(0xC2, Deflate(Megabyte));
        (long sent, ServerState state) = await FloodAsync(target, count, "/sink", deflate: true, bomb);
        return $"{sent / bomb.Length:N0} MiB inflated at most; the server meanwhile: {state}";
    }

    /// <summary>One frame for each connection, all at once, that inflates beyond the limit of a message: each ends with 1009.</summary>
    internal static async Task<string> BombsAsync(Target target, int count)
    {
        byte[] bomb = RawPeer.Frame(0xC2, Deflate(128 * Megabyte));
        Socket[] sockets = await OpenAllAsync(target, count, "/echo", deflate: true);
        byte[][] ends = await Task.WhenAll(sockets.Select(async socket =>
        {
            using (socket)
            {
                Task<byte[]> end = RawPeer.ReadToEndAsync(socket, RawPeer.Patience);
                await SendUntilEndAsync(socket, bomb, CancellationToken.None);
                return await end;
            }
        }));
        int refused = ends.Count(end => end.Length >= 4 && end[0] == 0x88 && end[2] == 0x03 && end[3] == 0xF1);
        return refused == count ? "each ended with 1009" : throw new FaultException($"{refused} of {count} ended with 1009");
    }

    /// <summary>Peers that want an echo of more than any buffer holds and never read: each is given up.</summary>
    internal static async Task<string> NeverReadAsync(Target target, int count)
    {
        byte[] message = RawPeer.Frame(0x82, new byte[64 * 1024]);
        Socket[] sockets = await OpenAllAsync(target, count, "/echo", deflate: false);
        long begin = Stopwatch.GetTimestamp();
        using var late = new CancellationTokenSource(_longestStall);
        // A send that fails is the end that can be seen without a read.
        await Task.WhenAll(sockets.Select(async socket =>
        {
            while (await SendUntilEndAsync(socket, message, late.Token))
            {
                // Goes on until the server has gone.
            }
        }));
        TimeSpan time = Stopwatch.GetElapsedTime(begin);
        foreach (Socket socket in sockets)
            socket.Dispose();
        return late.IsCancellationRequested
            ? throw new FaultException($"some stayed for {time.TotalSeconds:0} s")
            : $"all were given up after {time.TotalSeconds:0} s";
    }

    /// <summary>Sessions that do nothing; then each says a word and gets it back.</summary>
    internal static async Task<string> IdleAsync(Target target, int count)
    {
        ServerState before = await target.ReadAsync();
        Socket[] sockets = await OpenAllAsync(target, count, "/echo", deflate: false);
        await Task.Delay(TimeSpan.FromSeconds(2));
        ServerState idle = await target.ReadAsync();
        byte[] word = RawPeer.Frame(0x81, "word"u8);
        await Parallel.ForEachAsync(sockets, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (socket, cancellationToken) =>
        {
            await socket.SendAsync(word, cancellationToken);
            byte[] answer = new byte[6];
            for (int read = 0; read < answer.Length;)
            {
                Task<int> reading = socket.ReceiveAsync(answer.AsMemory(read), cancellationToken).AsTask();
                int more = await reading.WaitAsync(RawPeer.Patience, cancellationToken);
                read += more > 0 ? more : throw new FaultException("an idle session was ended");
            }

            if (!answer.AsSpan().SequenceEqual((ReadOnlySpan<byte>)[0x81, 4, .. "word"u8]))
                throw new FaultException($"another answer: {Convert.ToHexString(answer)}");
        });
        foreach (Socket socket in sockets)
            socket.Dispose();
        return $"each answers; {(idle.Managed - before.Managed) / count:N0} B managed, "
            + $"{(idle.Resident - before.Resident) / count:N0} B resident for each";
    }

    private static async Task<Socket[]> OpenAllAsync(Target target, int count, string path, bool deflate)
    {
        var sockets = new Socket[count];
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 64 },
            async (i, _) => sockets[i] = await RawPeer.OpenAsync(target.Port, i, path, deflate));
        return sockets;
    }

    /// <summary>Sends the same bytes again and again for a while, and reads nothing.</summary>
    private static async Task<(long Sent, ServerState State)> FloodAsync(Target target, int count, string path, bool deflate, byte[] data)
    {
        ServerState before = await target.ReadAsync();
        Socket[] sockets = await OpenAllAsync(target, count, path, deflate);
        long sent = 0;
        using var end = new CancellationTokenSource(_flood);
        Task all = Task.WhenAll(sockets.Select(async socket =>
        {
            while (await SendUntilEndAsync(socket, data, end.Token))
                Interlocked.Add(ref sent, data.Length);
        }));
        await Task.Delay(_flood / 2);
        ServerState state = await target.ReadAsync();
        await all;
        if (state.Resident - before.Resident > MostGrowth)
            throw new FaultException($"the server grew from {before} to {state}");
        foreach (Socket socket in sockets)
            RawPeer.Reset(socket);
        return (sent, state);
    }

    /// <summary>Sends all of it.</summary>
    /// <returns>False if the server has gone or the time is over.</returns>
    private static async Task<bool> SendUntilEndAsync(Socket socket, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            while (!data.IsEmpty)
                data = data[await socket.SendAsync(data, cancellationToken)..];
            return !cancellationToken.IsCancellationRequested;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>That many zeros as a payload of permessage-deflate (RFC 7692 §7.2.1).</summary>
    private static byte[] Deflate(int size)
    {
        using var output = new MemoryStream();
        using (var deflate = new DeflateStream(output, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            byte[] zeros = new byte[Megabyte];
            for (int i = 0; i < size; i += zeros.Length)
                deflate.Write(zeros);
        }

        // The final block is as good as an empty one behind it (§7.2.3.4); one octet of zeros ends it.
        output.WriteByte(0);
        return output.ToArray();
    }
}
