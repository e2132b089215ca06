using System.Collections.Generic;

namespace WsProto.Conformance;

/// <summary>Random numbers that are the same for a seed everywhere and for good: SplitMix64.</summary>
/// <param name="seed">What they are drawn from.</param>
internal sealed class HostileRandom(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>The numbers of one case of a seed.</summary>
    public static HostileRandom Of(int seed, int number) =>
        new(new HostileRandom((ulong)(uint)seed).Draw() ^ ((ulong)(uint)number * Golden));

    public ulong Draw()
    {
        _state += Golden;
        ulong mixed = _state;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number below the bound.</summary>
    public int Below(int bound) => (int)(Draw() % (ulong)bound);

    /// <summary>Whether something happens that happens once in so many times.</summary>
    public bool OnceIn(int times) => Below(times) == 0;

    public T One<T>(IReadOnlyList<T> values) => values[Below(values.Count)];

    public byte[] Octets(int count)
    {
        byte[] octets = new byte[count];
        for (int i = 0; i < count; i++)
            octets[i] = (byte)Draw();
        return octets;
    }
}
