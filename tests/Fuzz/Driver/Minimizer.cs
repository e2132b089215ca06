namespace WsProto.Fuzz.Driver;

/// <summary>Makes a failing input smaller while it fails: leaves out ever smaller parts, then sets bytes to zero.</summary>
internal static class Minimizer
{
    private const int MostRuns = 20_000;

    public static byte[] Minimize(byte[] input, Func<byte[], bool> fails)
    {
        int runs = 0;
        byte[] best = input;
        bool smaller = true;
        while (smaller && runs < MostRuns)
        {
            smaller = false;
            for (int size = Math.Max(1, best.Length / 2); size > 0; size /= 2)
            {
                for (int at = 0; at + size <= best.Length && runs++ < MostRuns;)
                {
                    byte[] shorter = [.. best[..at], .. best[(at + size)..]];
                    if (fails(shorter))
                        (best, smaller) = (shorter, true);
                    else
                        at += size;
                }
            }
        }

        for (int at = 0; at < best.Length && runs++ < MostRuns; at++)
        {
            if (best[at] == 0)
                continue;
            byte[] plainer = [.. best];
            plainer[at] = 0;
            if (fails(plainer))
                best = plainer;
        }

        return best;
    }
}
