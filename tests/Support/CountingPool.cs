using System.Buffers;

namespace WsProto.Tests;

/// <summary>A pool that knows what is out, gives arrays full of 0xCC, and overwrites what comes back.</summary>
internal sealed class CountingPool : ArrayPool<byte>
{
    private readonly HashSet<byte[]> _out = new(ReferenceEqualityComparer.Instance);

    public int Rented { get; private set; }

    public int Returned { get; private set; }

    /// <summary>Arrays that were returned to be wiped.</summary>
    public int Cleared { get; private set; }

    /// <summary>Arrays that were rented and not returned.</summary>
    public int Outstanding => _out.Count;

    /// <summary>The most bytes that were out at one time.</summary>
    public long Peak { get; private set; }

    private long Current { get; set; }

    public override byte[] Rent(int minimumLength)
    {
        byte[] array = new byte[Math.Max(minimumLength, 16)];
        Array.Fill(array, (byte)0xCC);
        Rented++;
        _out.Add(array);
        Current += array.Length;
        Peak = Math.Max(Peak, Current);
        return array;
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        Assert.True(_out.Remove(array), "An array was returned that is not out.");
        Returned++;
        Cleared += clearArray ? 1 : 0;
        Current -= array.Length;
        Array.Fill(array, (byte)0xDD);
    }
}
