using System.Buffers;
using System.Globalization;

namespace WsProto.Bench;

/// <summary>
/// <c>-- growth</c>: what a byte costs in messages of 1 KiB to 16 MiB, and what a message costs with 1 to 10,000 connections that take
/// turns. The lines on the standard output are what growth.gp draws.
/// </summary>
internal static class Growth
{
    private const int Rounds = 9;
    private const int Piece = 64 << 10;
    private const int MostConnections = 10_000;

    public static void Print()
    {
        Console.WriteLine("# bytes a message; ns a byte: frames, chunks, System.Net.WebSockets, send as server, send as client");
        for (int size = 1 << 10; size <= 16 << 20; size <<= 2)
        {
            using ReceiveWork receive = ReceiveWork.With(Kind.Binary, size, Piece);
            using SendWork server = SendWork.As(ConnectionRole.Server, size);
            using SendWork client = SendWork.As(ConnectionRole.Client, size);
            double[] costs =
            [
                .. new Func<int>[] { receive.Frames, receive.Chunks, receive.TheirMessages, server.Messages, client.Messages }.Select(
                    work => Cost(work) / size),
            ];
            Console.WriteLine(
                string.Join(' ', costs.Select(cost => cost.ToString("0.0000", CultureInfo.InvariantCulture)).Prepend($"{size}")));
        }

        Console.WriteLine("\n\n# connections; ns for a message of 1 KiB in and out");
        for (int count = 1; count <= MostConnections; count *= 10)
        {
            var crowd = new Crowd(count);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count} {Cost(crowd.Echo):0.0}"));
        }
    }

    /// <summary>
    /// Nanoseconds of processor time for one of what the work counts: the least of all rounds, as everything else only adds to it.
    /// </summary>
    private static double Cost(Func<int> work)
    {
        double least = double.MaxValue;
        for (int round = -2; round < Rounds; round++)
        {
            double begin = CpuClock.Seconds;
            int count = 0;
            while (CpuClock.Seconds - begin < 0.1)
                count += work();
            double cost = (CpuClock.Seconds - begin) * 1e9 / count;
            if (round >= 0)
                least = Math.Min(least, cost);
        }

        return least;
    }

    private sealed class Crowd
    {
        private readonly WsConnection[] _servers;
        private readonly byte[] _wire;
        private readonly ArrayBufferWriter<byte> _output = new(2048);

        public Crowd(int count)
        {
            _servers = [.. Enumerable.Range(0, count).Select(_ => WsConnection.Established(ConnectionRole.Server))];
            using WsConnection client = WsConnection.Established(ConnectionRole.Client);
            client.SendBytes(new byte[1024], _output);
            _wire = _output.WrittenSpan.ToArray();
        }

        public int Echo()
        {
            // As many that looking at the clock costs nothing.
            int turns = MostConnections / _servers.Length;
            for (int turn = 0; turn < turns; turn++)
            {
                foreach (WsConnection server in _servers)
                {
                    server.Receive(_wire);
                    _output.ResetWrittenCount();
                    while (server.TryReadFrame(out Frame frame))
                        server.SendBytes(frame.Payload, _output);
                }
            }

            return turns * _servers.Length;
        }
    }
}
