using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace WsProto.Conformance;

/// <summary>
/// Inflates messages (RFC 1951, RFC 7692 §7.2.2), and finds references further back than was agreed on, which the decoders of libraries
/// follow without a word.
/// </summary>
/// <param name="window">The sender's window as a power of two.</param>
/// <param name="forgets">Whether each message begins without history.</param>
internal sealed class MessageInflater(int window, bool forgets)
{
    private const int Largest = 1 << 15;

    private static readonly byte[] _tail = [0x00, 0x00, 0xFF, 0xFF];
    private static readonly byte[] _orderOfLengths = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    private static readonly (int Base, int Extra)[] _lengths =
        [.. Ranges(first: 3, perStep: 4, count: 28), (258, 0)];

    private static readonly (int Base, int Extra)[] _distances = [.. Ranges(first: 1, perStep: 2, count: 30)];
    private static readonly Codes _fixedLiterals = new([.. Enumerable.Range(0, 288).Select(FixedLength)]);
    private static readonly Codes _fixedDistances = new([.. Enumerable.Repeat((byte)5, 30)]);

    private byte[] _output = new byte[Largest];
    private int _end;
    private byte[] _input = [];
    private int _next;
    private uint _bits;
    private int _bitCount;

    /// <summary>What is wrong with the last message; null for nothing.</summary>
    public string? Fault { get; private set; }

    /// <summary>Inflates a message.</summary>
    /// <param name="payload">What was sent.</param>
    /// <param name="limit">More is a fault.</param>
    /// <param name="cancellationToken">Gives up: a message may have millions of blocks, each with tables to be made, that hold
    /// nothing.</param>
    /// <returns>Null where there is a <see cref="Fault"/>.</returns>
    public byte[]? Inflate(ReadOnlySpan<byte> payload, int limit, CancellationToken cancellationToken)
    {
        int kept = forgets ? 0 : Math.Min(_end, 1 << window);
        _output.AsSpan(_end - kept, kept).CopyTo(_output);
        _end = kept;
        _input = [.. payload, .. _tail];
        (_next, _bits, _bitCount) = (0, 0, 0);
        while (Fault is null && (_next < _input.Length || _bitCount >= 3))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadBlock(kept + limit);
        }

        return Fault is null ? _output[kept.._end] : null;
    }

    private void ReadBlock(int limit)
    {
        bool isFinal = Take(1) != 0;
        switch (Take(2))
        {
            case 0:
                ReadStored(limit);
                break;
            case 1:
                ReadCompressed(_fixedLiterals, _fixedDistances, limit);
                break;
            case 2:
                ReadDynamic(limit);
                break;
            default:
                Fail("has a block of type 3");
                break;
        }

        // A sender may end its stream (RFC 7692 §7.2.3.4); another one begins at the next octet.
        if (isFinal)
            Align();
    }

    private void ReadStored(int limit)
    {
        Align();
        if (_input.Length - _next < 4)
        {
            Fail("ends in a stored block");
            return;
        }

        int length = BinaryPrimitives.ReadUInt16LittleEndian(_input.AsSpan(_next));
        int inverse = BinaryPrimitives.ReadUInt16LittleEndian(_input.AsSpan(_next + 2));
        _next += 4;
        if (length != (ushort)~inverse || length > _input.Length - _next)
        {
            Fail("has a stored block with a wrong length");
            return;
        }

        for (int i = 0; i < length; i++)
            Put(_input[_next++], limit);
    }

    private void ReadDynamic(int limit)
    {
        int literals = Take(5) + 257;
        int distances = Take(5) + 1;
        int count = Take(4) + 4;
        byte[] ofLengths = new byte[19];
        for (int i = 0; i < count; i++)
            ofLengths[_orderOfLengths[i]] = (byte)Take(3);
        var codes = new Codes(ofLengths);
        byte[] lengths = new byte[literals + distances];
        for (int i = 0; i < lengths.Length && Fault is null;)
        {
            int symbol = Next(codes);
            if (symbol < 16)
            {
                lengths[i++] = (byte)symbol;
                continue;
            }

            (int times, byte value) = symbol switch
            {
                16 => (3 + Take(2), i == 0 ? (byte)0 : lengths[i - 1]),
                17 => (3 + Take(3), (byte)0),
                _ => (11 + Take(7), (byte)0),
            };
            if (times > lengths.Length - i)
            {
                Fail("has too many lengths of codes");
                return;
            }

            lengths.AsSpan(i, times).Fill(value);
            i += times;
        }

        if (Fault is null)
            ReadCompressed(new Codes(lengths[..literals]), new Codes(lengths[literals..]), limit);
    }

    private void ReadCompressed(Codes literals, Codes distances, int limit)
    {
        while (Fault is null)
        {
            int symbol = Next(literals);
            if (symbol < 256)
            {
                Put((byte)symbol, limit);
                continue;
            }

            if (symbol == 256)
                return;
            if (symbol > 285)
            {
                Fail("has a length that does not exist");
                return;
            }

            (int length, int extra) = _lengths[symbol - 257];
            length += Take(extra);
            symbol = Next(distances);
            if (symbol >= _distances.Length)
            {
                Fail("has a distance that does not exist");
                return;
            }

            (int distance, extra) = _distances[symbol];
            distance += Take(extra);
            if (distance > 1 << window)
                Fail($"refers {distance} octets back, with a window of {1 << window}");
            else if (distance > _end)
                Fail($"refers {distance} octets back, where there are {_end}");
            for (int i = 0; i < length && Fault is null; i++)
                Put(_output[_end - distance], limit);
        }
    }

    private void Put(byte octet, int limit)
    {
        if (_end == limit)
        {
            Fail("inflates to more than any case sends");
            return;
        }

        if (_end == _output.Length)
            Array.Resize(ref _output, _output.Length * 2);
        _output[_end++] = octet;
    }

    private int Next(Codes codes)
    {
        Fill(Codes.MaxLength);
        int entry = codes.Table[_bits & (Codes.Size - 1)];
        int length = entry & 0xF;
        if (entry == 0 || length > _bitCount)
        {
            Fail("has a code that does not exist, or ends inside one");
            return 0;
        }

        _bits >>= length;
        _bitCount -= length;
        return entry >> 4;
    }

    private int Take(int count)
    {
        Fill(count);
        if (_bitCount < count)
        {
            Fail("ends inside a block");
            return 0;
        }

        int bits = (int)(_bits & ((1u << count) - 1));
        _bits >>= count;
        _bitCount -= count;
        return bits;
    }

    private void Fill(int count)
    {
        while (_bitCount < count && _next < _input.Length)
        {
            _bits |= (uint)_input[_next++] << _bitCount;
            _bitCount += 8;
        }
    }

    /// <summary>Goes to the next whole octet.</summary>
    private void Align()
    {
        _next -= _bitCount / 8;
        (_bits, _bitCount) = (0, 0);
    }

    private void Fail(string fault) => Fault ??= $"a compressed message {fault}";

    /// <summary>Base values that grow by powers of two: so many steps for each number of extra bits, but twice as many for none.</summary>
    private static IEnumerable<(int Base, int Extra)> Ranges(int first, int perStep, int count)
    {
        for (int i = 0; i < count; i++)
        {
            int extra = Math.Max(0, (i / perStep) - 1);
            yield return (first, extra);
            first += 1 << extra;
        }
    }

    private static byte FixedLength(int symbol) => (byte)(symbol is < 144 or >= 280 ? 8 : symbol < 256 ? 9 : 7);

    /// <summary>A set of Huffman codes (RFC 1951 §3.2.2) as a table over the next 15 bits: symbol and length, or 0.</summary>
    private sealed class Codes
    {
        internal const int MaxLength = 15;
        internal const int Size = 1 << MaxLength;

        internal Codes(byte[] lengths)
        {
            int code = 0;
            for (int length = 1; length <= MaxLength; length++)
            {
                for (int symbol = 0; symbol < lengths.Length; symbol++)
                {
                    if (lengths[symbol] == length && code < 1 << length)
                        Add(symbol, code++, length);
                }

                code <<= 1;
            }
        }

        internal ushort[] Table { get; } = new ushort[Size];

        private void Add(int symbol, int code, int length)
        {
            int reversed = 0;
            for (int bit = 0; bit < length; bit++)
                reversed |= ((code >> bit) & 1) << (length - 1 - bit);
            for (int i = reversed; i < Size; i += 1 << length)
                Table[i] = (ushort)((symbol << 4) | length);
        }
    }
}
