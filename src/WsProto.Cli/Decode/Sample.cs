using System;
using System.Text;
using System.Text.Unicode;

namespace WsProto.Cli.Decode;

/// <summary>The beginning of a payload, and how long it is.</summary>
/// <param name="most">How much is kept.</param>
internal sealed class Sample(int most)
{
    private byte[] _octets = [];
    private int _count;

    public ulong Length { get; private set; }

    public void Add(ReadOnlySpan<byte> octets)
    {
        Length += (ulong)octets.Length;
        int count = Math.Min(octets.Length, most - _count);
        if (count <= 0)
            return;
        if (_octets.Length < _count + count)
            Array.Resize(ref _octets, Math.Min(most, Math.Max(64, (_count + count) * 2)));
        octets[..count].CopyTo(_octets.AsSpan(_count));
        _count += count;
    }

    public void Clear() => (Length, _count) = (0, 0);

    /// <summary>What it says.</summary>
    public string Text(bool isText) => Show(_octets.AsSpan(0, _count), isText) + ((ulong)_count < Length ? "…" : "");

    /// <summary>A text as it is; what is none in hexadecimal. A character that is cut at the end is left out.</summary>
    public static string Show(ReadOnlySpan<byte> octets, bool isText)
    {
        if (!isText)
            return Convert.ToHexStringLower(octets);
        int whole = octets.Length;
        while (whole > 0 && octets.Length - whole < 3 && !Utf8.IsValid(octets[..whole]))
            whole--;
        return Utf8.IsValid(octets[..whole]) ? Encoding.UTF8.GetString(octets[..whole]) : Convert.ToHexStringLower(octets);
    }
}
