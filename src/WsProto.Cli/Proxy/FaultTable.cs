using System.Collections.Immutable;

namespace WsProto.Cli.Proxy;

/// <summary>The faults of a proxy, which may be changed while it runs.</summary>
internal sealed class FaultTable
{
    private const int Most = 1000;

    private ImmutableArray<Fault> _faults = [];

    /// <summary>Those of this moment. A message is judged by them when its first frame comes.</summary>
    public ImmutableArray<Fault> Current => ImmutableInterlocked.InterlockedCompareExchange(ref _faults, default, default);

    /// <summary>Puts others in their place.</summary>
    public void Replace(ImmutableArray<Fault> faults)
    {
        Check(faults.Length);
        ImmutableInterlocked.InterlockedExchange(ref _faults, faults);
    }

    /// <summary>Adds some.</summary>
    public void Add(ImmutableArray<Fault> faults)
    {
        Check(Current.Length + faults.Length);
        ImmutableInterlocked.Update(ref _faults, known => known.AddRange(faults));
    }

    private static void Check(int count)
    {
        if (count > Most)
            throw new CliException(ExitCode.Usage, "There are too many faults.");
    }
}
