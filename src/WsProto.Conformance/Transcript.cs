using System;
using System.Buffers;
using System.Globalization;
using System.Threading;

namespace WsProto.Conformance;

/// <summary>The octets of one direction, from the first after the handshake. The beginning is kept, the rest is counted.</summary>
public sealed class Transcript
{
    private const int Kept = 4096;
    private const int Shown = 160;

    private readonly ArrayBufferWriter<byte> _kept = new();
    private long _count;

    internal Transcript()
    {
    }

    /// <summary>How many there were.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>The first of them, 4,096 at most.</summary>
    public ReadOnlyMemory<byte> Octets => _kept.WrittenMemory;

    /// <summary>Adds octets, from one thread at a time.</summary>
    internal void Add(ReadOnlySpan<byte> octets)
    {
        _kept.Write(octets[..Math.Min(octets.Length, Kept - _kept.WrittenCount)]);
        Volatile.Write(ref _count, _count + octets.Length);
    }

    /// <summary>The beginning as hexadecimal digits, and the count where that is not all.</summary>
    public override string ToString()
    {
        string hex = Convert.ToHexString(Octets.Span[..Math.Min(Shown, _kept.WrittenCount)]);
        return Count <= Shown ? hex : string.Create(CultureInfo.InvariantCulture, $"{hex}… ({Count} octets)");
    }
}
