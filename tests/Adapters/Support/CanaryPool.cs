using System;
using System.Buffers;
using System.Collections.Generic;
using System.Threading;

namespace WsProto.Adapters.Tests.Support;

/// <summary>A pool for any number of threads that gives arrays full of 0xCC, overwrites what comes back, and knows what is out.</summary>
internal sealed class CanaryPool : ArrayPool<byte>
{
    private readonly Lock _lock = new();
    private readonly HashSet<byte[]> _out = new(ReferenceEqualityComparer.Instance);

    internal int Rented { get; private set; }

    internal bool WasReturnedTwice { get; private set; }

    internal int Outstanding
    {
        get
        {
            lock (_lock)
                return _out.Count;
        }
    }

    public override byte[] Rent(int minimumLength)
    {
        byte[] array = new byte[Math.Max(minimumLength, 16)];
        Array.Fill(array, (byte)0xCC);
        lock (_lock)
        {
            Rented++;
            _out.Add(array);
        }

        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        lock (_lock)
            WasReturnedTwice |= !_out.Remove(array);
        Array.Fill(array, (byte)0xDD);
    }
}
