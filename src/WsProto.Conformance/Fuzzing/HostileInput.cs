using System;
using System.Collections.Generic;
using System.Linq;

namespace WsProto.Conformance;

/// <summary>
/// What a client that means no good, or is broken, may send behind the opening handshake: frames as they should be, frames that break a
/// rule of RFC 6455, and noise. The same seed and number give the same octets and segments, everywhere and in later versions; other ones
/// where compression was agreed on.
/// </summary>
public sealed class HostileInput
{
    private const int MostFrames = 6;
    private const int MostCuts = 8;
    private const int ShortEnoughForSingleOctets = 64;

    private readonly HostileFrame[] _frames;
    private readonly byte[] _tail;
    private readonly ulong _cutting;

    private HostileInput(HostileFrame[] frames, byte[] tail, ulong cutting)
    {
        _frames = frames;
        _tail = tail;
        _cutting = cutting;
    }

    /// <summary>Makes an input. About half of them break no rule.</summary>
    /// <param name="seed">Any number.</param>
    /// <param name="number">Which input of the seed.</param>
    /// <param name="isCompressed">Whether permessage-deflate was agreed on (RFC 7692), so that some messages are compressed.</param>
    public static HostileInput Generate(int seed, int number, bool isCompressed = false)
    {
        HostileRandom random = HostileRandom.Of(seed, number);
        var frames = new HostileFrames(random, isCompressed);
        List<HostileFrame> all = [.. Enumerable.Range(0, random.Below(MostFrames)).SelectMany(_ => frames.Good())];
        if (random.OnceIn(2))
            all.InsertRange(random.Below(all.Count + 1), frames.Bad());
        if (random.OnceIn(3))
            all.Add(frames.LastGood());
        byte[] tail = random.OnceIn(10) ? frames.Noise() : [];
        return new HostileInput([.. all], tail, random.Draw());
    }

    /// <summary>All octets, in the order in which they are sent.</summary>
    public byte[] ToOctets() => [.. _frames.SelectMany((frame, i) => frame.Encode(i)), .. _tail];

    /// <summary>The same octets in segments: up to nine, or one for each octet.</summary>
    public IReadOnlyList<byte[]> ToSegments()
    {
        byte[] octets = ToOctets();
        var random = new HostileRandom(_cutting);
        if (octets.Length <= ShortEnoughForSingleOctets && random.OnceIn(3))
            return [.. octets.Chunk(1)];
        int[] cuts = [.. Enumerable.Range(0, 1 + random.Below(MostCuts)).Select(_ => random.Below(octets.Length + 1)), octets.Length];
        Array.Sort(cuts);
        int start = 0;
        var segments = new List<byte[]>();
        foreach (int end in cuts.Where(end => end > 0).Distinct())
        {
            segments.Add(octets[start..end]);
            start = end;
        }

        return segments;
    }

    /// <summary>Inputs that are simpler: without noise or some frames, with plainer and shorter ones. The simplest come first.</summary>
    public IEnumerable<HostileInput> Shrink()
    {
        for (int count = _frames.Length; count > 0; count /= 2)
        {
            for (int start = 0; start + count <= _frames.Length; start += count)
                yield return new HostileInput([.. _frames[..start], .. _frames[(start + count)..]], _tail, _cutting);
        }

        if (_tail.Length > 0)
        {
            yield return new HostileInput(_frames, [], _cutting);
            yield return new HostileInput(_frames, _tail[..(_tail.Length / 2)], _cutting);
            yield return new HostileInput(_frames, _tail[..^1], _cutting);
        }

        for (int i = 0; i < _frames.Length; i++)
        {
            foreach (HostileFrame plainer in _frames[i].Shrink())
                yield return new HostileInput([.. _frames[..i], plainer, .. _frames[(i + 1)..]], _tail, _cutting);
        }
    }
}
