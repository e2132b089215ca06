using System;
using System.Buffers.Binary;
using System.Globalization;

namespace WsProto.Cli;

/// <summary>
/// Follows the frames in the octets of one direction by what their heads say (RFC 6455 §5.2), right or wrong: the core judges them.
/// </summary>
/// <param name="shown">How much of the beginning of each payload is kept.</param>
internal sealed class FrameWalker(int shown)
{
    private const int LongestHeader = 14;

    private readonly byte[] _header = new byte[LongestHeader];
    private byte[] _sample = [];
    private int _headerCount;
    private int _sampleCount;
    private bool _hasHole;

    /// <summary>Whether the head of a frame is there.</summary>
    public bool HasHeader { get; private set; }

    /// <summary>Whether the frame is complete; the next octet is that of another.</summary>
    public bool IsFinished => HasHeader && Taken == Length;

    /// <summary>Whether no octet of the next frame was taken.</summary>
    public bool IsBetweenFrames => IsFinished || _headerCount == 0;

    public bool IsFinal => (_header[0] & 0x80) != 0;

    /// <summary>RSV1, with which a compressed message begins (RFC 7692 §6).</summary>
    public bool HasRsv1 => (_header[0] & 0x40) != 0;

    public int Opcode => _header[0] & 0xF;

    public bool IsControl => Opcode >= 8;

    public bool IsMasked => (_header[1] & 0x80) != 0;

    public ReadOnlySpan<byte> Header => _header.AsSpan(0, _headerCount);

    public ReadOnlySpan<byte> Key => IsMasked && HasHeader ? _header.AsSpan(_headerCount - 4, 4) : default;

    /// <summary>The length of the payload as announced.</summary>
    public ulong Length { get; private set; }

    /// <summary>How much of the payload has come.</summary>
    public ulong Taken { get; private set; }

    /// <summary>The beginning of the payload, unmasked.</summary>
    public ReadOnlySpan<byte> Sample => _sample.AsSpan(0, _sampleCount);

    /// <summary>The bits of the first two octets.</summary>
    public string Bits => string.Create(
        CultureInfo.InvariantCulture, $"{_header[0] >> 4:b4} {_header[0] & 0xF:b4}  {_header[1] >> 7:b1} {_header[1] & 0x7F:b7}");

    /// <summary>The names of the bits that are set.</summary>
    public string Flags
    {
        get
        {
            string flags = IsFinal ? "FIN " : "";
            flags += HasRsv1 ? "RSV1 " : "";
            flags += (_header[0] & 0x20) != 0 ? "RSV2 " : "";
            flags += (_header[0] & 0x10) != 0 ? "RSV3 " : "";
            return flags.TrimEnd();
        }
    }

    /// <summary>What kind of frame it is.</summary>
    public string Name => Opcode switch
    {
        0x0 => "continuation",
        0x1 => "text",
        0x2 => "binary",
        0x8 => "close",
        0x9 => "ping",
        0xA => "pong",
        int opcode => string.Create(CultureInfo.InvariantCulture, $"opcode {opcode}"),
    };

    /// <summary>Takes octets up to the end of a frame.</summary>
    /// <returns>How many were taken.</returns>
    public int Take(ReadOnlySpan<byte> octets)
    {
        if (IsFinished)
            Reset();
        int taken = 0;
        while (!HasHeader && taken < octets.Length)
        {
            _header[_headerCount++] = octets[taken++];
            if (_headerCount == LengthOfHeader())
                EndHeader();
        }

        if (!HasHeader)
            return taken;
        int count = (int)Math.Min(Length - Taken, (ulong)(octets.Length - taken));
        Keep(octets.Slice(taken, count));
        Taken += (ulong)count;
        return taken + count;
    }

    /// <summary>Whether so many octets that are not there belong to the payload of this frame.</summary>
    public bool CanSkip(long count) => HasHeader && Length - Taken >= (ulong)count;

    /// <summary>Goes on behind octets of the payload that are not there.</summary>
    public void Skip(long count)
    {
        _hasHole = true;
        Taken += (ulong)count;
    }

    /// <summary>Begins anew.</summary>
    public void Reset()
    {
        (_headerCount, _sampleCount, HasHeader, _hasHole) = (0, 0, false, false);
        (Length, Taken) = (0, 0);
    }

    private void Keep(ReadOnlySpan<byte> payload)
    {
        int count = Math.Min(payload.Length, shown - _sampleCount);
        if (_hasHole || count <= 0)
            return;
        if (_sample.Length < _sampleCount + count)
            Array.Resize(ref _sample, Math.Min(shown, Math.Max(64, (_sampleCount + count) * 2)));
        ReadOnlySpan<byte> key = Key;
        for (int i = 0; i < count; i++)
            _sample[_sampleCount + i] = (byte)(payload[i] ^ (key.IsEmpty ? 0 : key[(_sampleCount + i) & 3]));
        _sampleCount += count;
    }

    private int LengthOfHeader() =>
        _headerCount < 2 ? 2 : 2 + ((_header[1] & 0x7F) switch { 126 => 2, 127 => 8, _ => 0 }) + (IsMasked ? 4 : 0);

    private void EndHeader()
    {
        HasHeader = true;
        Length = (_header[1] & 0x7F) switch
        {
            126 => BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2)),
            127 => BinaryPrimitives.ReadUInt64BigEndian(_header.AsSpan(2)),
            int length => (ulong)length,
        };
    }
}
