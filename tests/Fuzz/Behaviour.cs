namespace WsProto.Fuzz;

/// <summary>
/// What an input made the core do, as a set of numbers: events with the state after each and what came before, errors, close codes,
/// sizes by powers of two. The driver keeps an input that adds to the set. It stands in for the coverage that AFL++ and libFuzzer measure.
/// </summary>
internal sealed class Behaviour
{
    private readonly HashSet<uint> _seen = [];
    private uint _previous;

    public IReadOnlyCollection<uint> Seen => _seen;

    public void Clear()
    {
        _seen.Clear();
        _previous = 0;
    }

    /// <summary>Takes note of a step, and that it came after the one before.</summary>
    public void Step(int kind, int detail = 0, int size = 0)
    {
        uint step = Mix((uint)kind, (uint)detail, 0);
        _seen.Add(step);
        _seen.Add(Mix(step, _previous, 1));
        _seen.Add(Mix(step, (uint)Magnitude(size), 2));
        _previous = step;
    }

    /// <summary>Joins what two runs did.</summary>
    public bool AddTo(HashSet<uint> all)
    {
        int before = all.Count;
        all.UnionWith(_seen);
        return all.Count > before;
    }

    private static int Magnitude(int size) => size == 0 ? 0 : 1 + int.Log2(size);

    private static uint Mix(uint a, uint b, uint c)
    {
        uint hash = 2166136261;
        foreach (uint part in (ReadOnlySpan<uint>)[a, b, c])
            hash = ((hash ^ part) * 16777619) ^ (hash >> 15);
        return hash;
    }
}
