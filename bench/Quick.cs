using System.Globalization;

namespace WsProto.Bench;

/// <summary>
/// <c>-- quick [words]</c>: rates in processor time, ours and theirs by turns, as medians over the rounds. For machines that have other
/// things to do as well; words choose the rows that contain all of them.
/// </summary>
internal static class Quick
{
    private const int Rounds = 5;
    private const int Samples = 16;
    private const double SampleSeconds = 0.006;

    private static readonly int[] _sizes = [16, 125, 1024, 16 << 10, 64 << 10, 1 << 20];

    public static void Print(string[] words)
    {
        Console.WriteLine($"{"",-44} {"ours/s",14} {"theirs/s",14} {"ratio",8} {"bytes each",10}");
        foreach ((string name, Func<(Func<int> Ours, Func<int>? Theirs, IDisposable? Work)> make) in Rows())
        {
            if (!Array.TrueForAll(words, word => name.Contains(word, StringComparison.Ordinal)))
                continue;
            (Func<int> ours, Func<int>? theirs, IDisposable? work) = make();
            Measure(name, ours, theirs);
            work?.Dispose();
        }
    }

    private static IEnumerable<(string Name, Func<(Func<int> Ours, Func<int>? Theirs, IDisposable? Work)> Make)> Rows()
    {
        foreach (int piece in (int[])[1400, 64 << 10])
        {
            foreach (Kind kind in Enum.GetValues<Kind>())
            {
                foreach (int size in kind == Kind.Random ? [4096] : _sizes)
                {
                    foreach (string way in (string[])["frames", "events", "chunks"])
                        yield return ($"receive {way} {kind} {Bytes(size)} in {Bytes(piece)}",
                            () => Receiving(way, ReceiveWork.With(kind, size, piece)));
                }
            }
        }

        foreach (int size in _sizes)
        {
            foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
                yield return ($"send {role} {Bytes(size)}", () => Sending("messages", SendWork.As(role, size)));
            yield return ($"send header {Bytes(size)}", () => Sending("headers", SendWork.As(ConnectionRole.Server, size)));
        }

        foreach (int piece in (int[])[1400, 64 << 10])
        {
            foreach (int size in _sizes)
            {
                yield return ($"session messages {Bytes(size)} in {Bytes(piece)}",
                    () => Echoing(SessionWork.With(Kind.Binary, size, piece, "messages")));
                yield return ($"session views and batches {Bytes(size)} in {Bytes(piece)}",
                    () => Echoing(SessionWork.With(Kind.Binary, size, piece, "views")));
                yield return ($"session receive {Bytes(size)} in {Bytes(piece)}",
                    () => Receiving(SessionWork.With(Kind.Binary, size, piece, "receive")));
            }
        }

        foreach (bool deflate in (bool[])[false, true])
        {
            // Beside sends of our own.
            string name = $"broadcast to 1,000, {(deflate ? "compressed" : "plain")}, ";
            yield return (name + "prepared", () => Broadcast(new BroadcastWork(deflate), copied: false));
            yield return (name + "prepared and copied", () => Broadcast(new BroadcastWork(deflate), copied: true));
        }

        yield return ("handshake", () => (HandshakeWork.Handshakes, null, null));
    }

    private static (Func<int> Ours, Func<int>? Theirs, IDisposable? Work) Receiving(string way, ReceiveWork work) =>
        (way switch { "frames" => work.Frames, "events" => work.Events, _ => work.Chunks }, work.TheirMessages, work);

    private static (Func<int> Ours, Func<int>? Theirs, IDisposable? Work) Sending(string way, SendWork work) =>
        (way == "headers" ? work.Headers : work.Messages, work.TheirMessages, work);

    private static (Func<int> Ours, Func<int>? Theirs, IDisposable? Work) Echoing(SessionWork work) => (work.Echo, work.TheirEcho, work);

    private static (Func<int> Ours, Func<int>? Theirs, IDisposable? Work) Receiving(SessionWork work) =>
        (work.Echo, work.TheirReceive, work);

    private static (Func<int> Ours, Func<int>? Theirs, IDisposable? Work) Broadcast(BroadcastWork work, bool copied) =>
        (copied ? work.PreparedAndCopied : work.Prepared, work.Sent, null);

    private static void Measure(string name, Func<int> ours, Func<int>? theirs)
    {
        // Optimized code arrives late and in several steps, from a thread that other programs may keep waiting.
        WarmUp(ours);
        WarmUp(theirs);
        var rates = new List<double>();
        var theirRates = new List<double>();
        var ratios = new List<double>();
        for (int round = 0; round < Rounds; round++)
        {
            rates.Add(BestRate(ours));
            if (theirs is null)
                continue;
            theirRates.Add(BestRate(theirs));
            ratios.Add(rates[^1] / theirRates[^1]);
        }

        double allocated = Allocated(ours);
        Console.WriteLine(theirs is null
            ? string.Create(CultureInfo.InvariantCulture, $"{name,-44} {Median(rates),14:N0} {"",14} {"",8} {allocated,10:N1}")
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{name,-44} {Median(rates),14:N0} {Median(theirRates),14:N0} {Median(ratios),8:N2} {allocated,10:N1}"));
    }

    /// <summary>What the work counts, in a second of processor time.</summary>
    internal static double Rate(Func<int> work)
    {
        WarmUp(work);
        return Median([.. Enumerable.Range(0, Rounds).Select(_ => BestRate(work))]);
    }

    private static double Allocated(Func<int> work)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        int count = work();
        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / count;
    }

    private static void WarmUp(Func<int>? work)
    {
        if (work is null)
            return;
        double best = 0;
        for (int unchanged = 0; unchanged < 5; unchanged++)
        {
            double rate = Sample(work);
            if (rate > 1.1 * best)
                (best, unchanged) = (rate, 0);
            // The compiler in the background waits until nothing new was compiled for a while.
            Thread.Sleep(60);
        }
    }

    private static double BestRate(Func<int> work)
    {
        double best = 0;
        for (int i = 0; i < Samples; i++)
            best = Math.Max(best, Sample(work));
        return best;
    }

    private static double Sample(Func<int> work)
    {
        long count = 0;
        double begin = CpuClock.Seconds;
        double end;
        do
        {
            count += work();
            end = CpuClock.Seconds;
        }
        while (end - begin < SampleSeconds);
        return count / (end - begin);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static string Bytes(int count) => count switch
    {
        >= 1 << 20 => $"{count >> 20} MiB",
        >= 1 << 10 when count % 1024 == 0 => $"{count >> 10} KiB",
        _ => $"{count} B",
    };
}
