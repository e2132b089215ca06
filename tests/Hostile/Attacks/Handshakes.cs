using System.Diagnostics;
using System.Net.Sockets;

namespace WsProto.Hostile;

/// <summary>Attacks before a session is open.</summary>
internal static class Handshakes
{
    private static readonly TimeSpan _betweenBytes = TimeSpan.FromMilliseconds(500);

    /// <summary>A listener gives 10 s by default, Kestrel 30 s.</summary>
    private static readonly TimeSpan _longestHandshake = TimeSpan.FromSeconds(45);

    /// <summary>Requests that come a byte at a time: each ends with the time for a handshake.</summary>
    internal static async Task<string> SlowAsync(Target target, int count)
    {
        long begin = Stopwatch.GetTimestamp();
        byte[] request = RawPeer.Request("/echo");
        var atOnce = new ParallelOptions { MaxDegreeOfParallelism = count };
        await Parallel.ForEachAsync(Enumerable.Range(0, count), atOnce, async (i, cancellationToken) =>
        {
            using Socket socket = await RawPeer.ConnectAsync(target.Port, i);
            Task<byte[]> end = RawPeer.ReadToEndAsync(socket, _longestHandshake);
            for (int sent = 0; sent < request.Length / 2 && !end.IsCompleted; sent++)
            {
                try
                {
                    await socket.SendAsync(request.AsMemory(sent, 1), cancellationToken);
                }
                catch (SocketException)
                {
                    break;
                }

                await Task.WhenAny(end, Task.Delay(_betweenBytes, cancellationToken));
            }

            await end;
        });
        return $"all ended after {Stopwatch.GetElapsedTime(begin).TotalSeconds:0.0} s";
    }

    /// <summary>Connections that open and leave, in all ways.</summary>
    internal static async Task<string> StormAsync(Target target, int count)
    {
        long begin = Stopwatch.GetTimestamp();
        var some = new ParallelOptions { MaxDegreeOfParallelism = 32 };
        await Parallel.ForEachAsync(Enumerable.Range(0, count), some, async (i, cancellationToken) =>
        {
            Socket socket = i % 5 == 4
                ? await RawPeer.ConnectAsync(target.Port, i)
                : await RawPeer.OpenAsync(target.Port, i, "/echo", deflate: i % 2 == 0);
            switch (i % 5)
            {
                case 0:
                    RawPeer.Reset(socket);
                    return;
                case 1:
                    await socket.SendAsync(RawPeer.Frame(0x81, "half of it"u8).AsMemory(0, 9), cancellationToken);
                    break;
                case 2:
                    await socket.SendAsync(RawPeer.Frame(0x88, [0x03, 0xE8]), cancellationToken);
                    await RawPeer.ReadToEndAsync(socket, RawPeer.Patience);
                    break;
                case 3:
                    await socket.SendAsync(RawPeer.Frame(0x81, "an echo that nobody reads"u8), cancellationToken);
                    break;
                default:
                    await socket.SendAsync(RawPeer.Request("/echo").AsMemory(0, 20), cancellationToken);
                    break;
            }

            socket.Dispose();
        });
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        return $"{count / seconds:0} a second";
    }
}
