using System.Collections.Immutable;
using WsProto.Cli.Decode;

namespace WsProto.Cli.Proxy;

/// <summary>The faults of a proxy, which may be changed while it runs.</summary>
internal sealed class FaultTable
{
    private const int Most = 1000;

    private ImmutableArray<Fault> _faults = [];

    /// <summary>Those of this moment. A message is judged by them when its first frame comes.</summary>
    public ImmutableArray<Fault> Current => ImmutableInterlocked.InterlockedCompareExchange(ref _faults, default, default);

    /// <summary>Whether there is one for the messages of a side.</summary>
    public bool AreFor(Side sender)
    {
        foreach (Fault fault in Current)
        {
            if (fault.Sender == sender)
                return true;
        }

        return false;
    }

    /// <summary>Puts others in their place.</summary>
    /// <exception cref="CliException">There are too many.</exception>
    public void Replace(ImmutableArray<Fault> faults)
    {
        Check(faults.Length);
        ImmutableInterlocked.InterlockedExchange(ref _faults, faults);
    }

    /// <summary>Adds some.</summary>
    /// <exception cref="CliException">There would be too many.</exception>
    public void Add(ImmutableArray<Fault> faults) => ImmutableInterlocked.Update(ref _faults, known =>
    {
        Check(known.Length + faults.Length);
        return known.AddRange(faults);
    });

    private static void Check(int count)
    {
        if (count > Most)
            throw new CliException(ExitCode.Usage, "There are more than 1,000 faults.");
    }
}
