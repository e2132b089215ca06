// Breadth first through every world that steps lead to. A connection cannot be copied, so a world is made again by taking its steps
// from the beginning; everything in it is deterministic. The oracle can be copied, and its signature says which worlds are alike.
// The wires have room for a few packets, which makes the number of worlds finite: the search ends by itself.

namespace WsProto.Tests.Model;

internal sealed class Exploration(Func<Visits, World> create, Oracle start, IEnumerable<Step> steps, int capacity)
{
    private readonly List<(Oracle Oracle, int Parent, Step Step, int Depth)> _worlds = [];
    private readonly HashSet<string> _known = [];
    private readonly HashSet<string> _tried = [];
    private readonly Step[] _steps = [.. steps];

    /// <summary>Different worlds.</summary>
    public int Worlds => _worlds.Count;

    /// <summary>Steps that were taken from them.</summary>
    public int Steps { get; private set; }

    /// <summary>The most steps from the beginning to a world that no fewer lead to.</summary>
    public int Depth { get; private set; }

    public Visits Visits { get; } = new();

    public Exploration Run()
    {
        Add(start, -1, default, 0);
        for (int i = 0; i < _worlds.Count; i++)
            Expand(i);
        return this;
    }

    private void Add(Oracle oracle, int parent, Step step, int depth)
    {
        if (!_known.Add(oracle.Signature))
            return;
        _worlds.Add((oracle, parent, step, depth));
        Depth = Math.Max(Depth, depth);
    }

    private void Expand(int index)
    {
        (Oracle oracle, _, _, int depth) = _worlds[index];
        TryWhatIsForbidden(oracle, index);
        foreach (Step step in _steps)
        {
            if (!oracle.IsPossible(step, capacity) || (step.IsSend && !oracle[step.Role].MaySend(step.Deed)))
                continue;
            Oracle next = oracle.Copy();
            using World world = Again(index);
            Take(world, next, step, index);
            TryWhatIsForbidden(next, index, step);
            Add(next.Copy(), index, step, depth + 1);
            Finish(world, next, index, step);
            Steps++;
        }
    }

    /// <summary>All that may not be sent is refused. That depends on the ends alone, so it is tried once for each pair of them.</summary>
    private void TryWhatIsForbidden(Oracle oracle, int index, params ReadOnlySpan<Step> more)
    {
        if (!_tried.Add(oracle.SidesSignature))
            return;
        using World world = Again(index);
        foreach (Step step in more)
            world.Take(step);
        foreach (ConnectionRole role in Step.Roles)
        {
            foreach (Deed deed in Step.Sends)
            {
                var step = new Step(role, deed);
                bool may = oracle[role].MaySend(deed);
                if (may != world.CanSend(step))
                    Assert.Fail($"CanSend says {!may} for {step} after {Path(index, more.ToArray())}");
                if (!may)
                    world.TryInVain(step);
            }
        }
    }

    private World Again(int index)
    {
        World world = create(Visits);
        var steps = new Stack<Step>();
        for (int i = index; _worlds[i].Parent >= 0; i = _worlds[i].Parent)
            steps.Push(_worlds[i].Step);
        foreach (Step step in steps)
            world.Take(step);
        return world;
    }

    /// <summary>Takes a step in both worlds, and wants the same of them.</summary>
    private void Take(World world, Oracle oracle, Step step, int index)
    {
        string packet = step.IsSend ? oracle.PacketOf(step) : "";
        List<string> expected = oracle.Take(step);
        List<string> actual;
        try
        {
            actual = world.Take(step);
        }
#pragma warning disable CA1031 // Nothing may throw here; what does is shown with the steps that led to it.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Assert.Fail($"{step} throws after {Path(index)}: {e}");
            return;
        }

        if (!expected.SequenceEqual(actual))
            Assert.Fail($"{step} gives [{string.Join(", ", actual)}] instead of [{string.Join(", ", expected)}] after {Path(index)}");
        if (step.IsSend && packet != world.LastPacketOf(step.Role))
            Assert.Fail($"{step} writes {world.LastPacketOf(step.Role)} instead of {packet} after {Path(index)}");
        foreach (ConnectionRole role in Step.Roles)
        {
            if (world.StateOf(role) != oracle[role].State)
                Assert.Fail($"{step} leaves the {role} in {world.StateOf(role)} instead of {oracle[role].State} after {Path(index)}");
        }
    }

    /// <summary>
    /// Delivers everything and does what is documented: answers, closes the transport once closed. Then both have to end.
    /// </summary>
    private void Finish(World world, Oracle oracle, int index, Step last)
    {
        for (int round = 0; ; round++)
        {
            if (round == 100)
                Assert.Fail($"No end after {last} after {Path(index)}");
            if (Next(oracle) is not { } step)
                break;
            Take(world, oracle, step, index);
        }

        foreach (ConnectionRole role in Step.Roles)
        {
            if (world.StateOf(role) != ConnectionState.Closed)
                Assert.Fail($"The {role} does not end after {last} after {Path(index)}");
        }
    }

    private static Step? Next(Oracle oracle)
    {
        foreach (ConnectionRole role in Step.Roles)
        {
            if (oracle.IsPossible(new Step(role, Deed.Deliver), 0))
                return new Step(role, Deed.Deliver);
        }

        foreach (ConnectionRole role in Step.Roles)
        {
            Side side = oracle[role];
            if (side.State == ConnectionState.RemoteClosing)
                return new Step(role, Deed.Close);
            if (side.Stage == Stage.Refusing)
                return new Step(role, Deed.Reject);
            if (side.State == ConnectionState.Closed && !oracle.PipeTo(Step.PeerOf(role)).IsEnded)
                return new Step(Step.PeerOf(role), Deed.EndOfStream);
        }

        // Nobody has begun to end it.
        foreach (ConnectionRole role in Step.Roles)
        {
            Side side = oracle[role];
            if (side.State == ConnectionState.Open)
                return new Step(role, Deed.Close);
            if (side.MaySend(Deed.RejectEnd))
                return new Step(role, Deed.RejectEnd);
            if (side.State == ConnectionState.Connecting && !oracle.PipeTo(role).IsEnded)
                return new Step(role, Deed.EndOfStream);
        }

        return null;
    }

    private string Path(int index, params IEnumerable<Step> more)
    {
        var steps = new Stack<Step>();
        for (int i = index; i >= 0 && _worlds[i].Parent >= 0; i = _worlds[i].Parent)
            steps.Push(_worlds[i].Step);
        return $"[{string.Join(", ", steps.Concat(more))}]";
    }
}
