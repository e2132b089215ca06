using System.Diagnostics;

namespace WsProto.Bench;

/// <summary>
/// The work of <see cref="DeflateBenchmarks"/> in processor time, ours and theirs by turns: <c>-- deflate</c>. For machines whose clock
/// says little because others use them too.
/// </summary>
internal static class DeflateCpu
{
    private const int Rounds = 41;

    public static void Print(int[] sizes)
    {
        Console.WriteLine(
            "µs of processor time per message, median; theirs divided by ours, median of the pairs (above 1: ours is faster)");
        foreach (int size in sizes)
        {
            foreach (bool takeover in new[] { true, false })
            {
                var work = new DeflateBenchmarks { Size = size, Takeover = takeover };
                work.Setup();
                string name = $"{size,6} {(takeover ? "takeover" : "none"),-8}";
                Compare($"compress   {name}", () => work.Compress_System_Net_WebSockets().GetAwaiter().GetResult(), work.Compress_WsProto);
                Compare(
                    $"decompress {name}",
                    () => work.Decompress_System_Net_WebSockets().GetAwaiter().GetResult(),
                    () => work.Decompress_WsProto());
                Compare(
                    $"and copy   {name}",
                    () => work.Decompress_System_Net_WebSockets().GetAwaiter().GetResult(),
                    () => work.Decompress_WsProto_and_copy());
            }
        }
    }

    private static void Compare(string name, Action theirs, Action ours)
    {
        // Until the compiler has done its work in the background.
        int repeat = 1;
        for (var warm = Stopwatch.StartNew(); warm.ElapsedMilliseconds < 1500;)
        {
            theirs();
            ours();
        }

        while (Time(ours, repeat) < 20_000)
            repeat *= 2;
        var pairs = new (double Theirs, double Ours)[Rounds];
        for (int i = 0; i < Rounds; i++)
        {
            double first = i % 2 == 0 ? Time(theirs, repeat) : 0;
            double own = Time(ours, repeat);
            pairs[i] = (i % 2 == 0 ? first : Time(theirs, repeat), own);
        }

        double messages = repeat * (double)DeflateBenchmarks.Messages;
        double their = Median(pairs.Select(p => p.Theirs)) / messages;
        double our = Median(pairs.Select(p => p.Ours)) / messages;
        double ratio = Median(pairs.Select(p => p.Theirs / p.Ours));
        Console.WriteLine(FormattableString.Invariant($"{name}  theirs {their,8:F3}  ours {our,8:F3}  ratio {ratio:F3}"));
    }

    private static double Time(Action work, int repeat)
    {
        TimeSpan before = Environment.CpuUsage.TotalTime;
        for (int i = 0; i < repeat; i++)
            work();
        return (Environment.CpuUsage.TotalTime - before).TotalMicroseconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
