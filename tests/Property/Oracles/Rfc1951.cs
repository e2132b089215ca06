// DEFLATE, written from RFC 1951 alone, for the other end of a compressed connection. Its compressor refers as far back as its window goes,
// which zlib never does, and its decompressor refuses a reference beyond its window, which zlib lets pass where it can.

namespace WsProto.Tests.Oracles;

/// <summary>The numbers of §3.2.5 and §3.2.6.</summary>
internal static class Rfc1951
{
    public const int EndOfBlock = 256;
    public const int ShortestMatch = 3;
    public const int LongestMatch = 258;

    /// <summary>The first length of each code from 257 on, and the first distance of each code, with the number of extra bits.</summary>
    public static readonly (int First, int Extra)[] Lengths = [.. Ranges(3, 4, 28), (258, 0)];

    public static readonly (int First, int Extra)[] Distances = [.. Ranges(1, 2, 30)];

    /// <summary>The lengths of the fixed code.</summary>
    public static readonly int[] FixedLiterals =
        [.. Enumerable.Repeat(8, 144), .. Enumerable.Repeat(9, 112), .. Enumerable.Repeat(7, 24), .. Enumerable.Repeat(8, 8)];

    public static readonly int[] FixedDistances = [.. Enumerable.Repeat(5, 30)];

    /// <summary>The codes of given lengths (§3.2.2): "All codes of a given bit length have lexicographically consecutive values".</summary>
    public static int[] Codes(int[] lengths)
    {
        int[] codes = new int[lengths.Length];
        int next = 0;
        for (int length = 1; length <= 15; length++)
        {
            next <<= 1;
            for (int symbol = 0; symbol < lengths.Length; symbol++)
            {
                if (lengths[symbol] == length)
                    codes[symbol] = next++;
            }
        }

        return codes;
    }

    /// <summary>After the first codes without extra bits, so many codes have one, then two, and so on.</summary>
    private static IEnumerable<(int First, int Extra)> Ranges(int first, int each, int count)
    {
        for (int i = 0; i < count; i++)
        {
            int extra = Math.Max(0, (i / each) - 1);
            yield return (first, extra);
            first += 1 << extra;
        }
    }
}

/// <summary>Makes the payloads of compressed messages (RFC 7692 §7.2.1).</summary>
/// <param name="windowBits">The base-2 logarithm of its window in bytes.</param>
/// <param name="forgets">Whether each message begins with an empty window.</param>
internal sealed class OracleDeflater(int windowBits, bool forgets)
{
    private static readonly int[] _codes = Rfc1951.Codes(Rfc1951.FixedLiterals);

    private readonly List<byte> _history = [];

    public byte[] Message(byte[] data)
    {
        if (forgets)
            _history.Clear();
        int at = _history.Count;
        _history.AddRange(data);
        var output = new BitWriter();
        output.Write(0b010, 3); // not final, fixed codes
        while (at < _history.Count)
        {
            int distance = Math.Min(at, 1 << windowBits);
            int length = distance == 0 ? 0 : MatchLength(at, distance);
            if (length >= Rfc1951.ShortestMatch)
            {
                WriteMatch(output, length, distance);
                at += length;
            }
            else
            {
                WriteSymbol(output, _history[at++]);
            }
        }

        WriteSymbol(output, Rfc1951.EndOfBlock);
        output.Write(0b000, 3); // not final, stored; its length, 0, is what is removed from the tail
        return output.ToArray();
    }

    private int MatchLength(int at, int distance)
    {
        int length = 0;
        while (length < Rfc1951.LongestMatch && at + length < _history.Count && _history[at + length] == _history[at + length - distance])
            length++;
        return length;
    }

    private static void WriteMatch(BitWriter output, int length, int distance)
    {
        int code = Array.FindLastIndex(Rfc1951.Lengths, range => range.First <= length);
        WriteSymbol(output, Rfc1951.EndOfBlock + 1 + code);
        output.Write(length - Rfc1951.Lengths[code].First, Rfc1951.Lengths[code].Extra);
        code = Array.FindLastIndex(Rfc1951.Distances, range => range.First <= distance);
        output.WriteReversed(code, 5);
        output.Write(distance - Rfc1951.Distances[code].First, Rfc1951.Distances[code].Extra);
    }

    private static void WriteSymbol(BitWriter output, int symbol) => output.WriteReversed(_codes[symbol], Rfc1951.FixedLiterals[symbol]);

    private sealed class BitWriter
    {
        private readonly List<byte> _bytes = [];
        private int _bits;
        private int _count;

        /// <summary>"Data elements other than Huffman codes are packed starting with the least-significant bit" (§3.1.1).</summary>
        public void Write(int value, int count)
        {
            for (int i = 0; i < count; i++)
            {
                _bits |= ((value >> i) & 1) << _count;
                if (++_count == 8)
                    Flush();
            }
        }

        /// <summary>"Huffman codes are packed starting with the most-significant bit of the code" (§3.1.1).</summary>
        public void WriteReversed(int code, int count)
        {
            for (int i = count - 1; i >= 0; i--)
                Write(code >> i, 1);
        }

        public byte[] ToArray()
        {
            if (_count > 0)
                Flush();
            return [.. _bytes];
        }

        private void Flush()
        {
            _bytes.Add((byte)_bits);
            (_bits, _count) = (0, 0);
        }
    }
}

/// <summary>Reads the payloads of compressed messages (RFC 7692 §7.2.2).</summary>
/// <param name="windowBits">The base-2 logarithm of its window in bytes.</param>
/// <param name="forgets">Whether each message begins with an empty window.</param>
internal sealed class OracleInflater(int windowBits, bool forgets)
{
    /// <summary>§3.2.7.</summary>
    private static readonly int[] _order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

    private readonly List<byte> _history = [];
    private byte[] _input = [];
    private int _position;

    /// <summary>The largest distance so far.</summary>
    public int Farthest { get; private set; }

    /// <exception cref="InvalidDataException">It is no DEFLATE, or refers back further than the window goes.</exception>
    public byte[] Message(byte[] payload)
    {
        if (forgets)
            _history.Clear();
        int start = _history.Count;
        _input = [.. payload, 0x00, 0x00, 0xFF, 0xFF];
        _position = 0;
        while (_position < _input.Length * 8)
            ReadBlock();
        return [.. _history.Skip(start)];
    }

    private void ReadBlock()
    {
        Require(Bits(1) == 0, "a final block");
        switch (Bits(2))
        {
            case 0:
                ReadStored();
                break;
            case 1:
                ReadCompressed(new Code(Rfc1951.FixedLiterals), new Code(Rfc1951.FixedDistances));
                break;
            case 2:
                ReadDynamic();
                break;
            default:
                Require(false, "a block of a kind that there is not");
                break;
        }
    }

    private void ReadStored()
    {
        _position = (_position + 7) / 8 * 8;
        int length = Bits(16);
        Require(Bits(16) == (length ^ 0xFFFF), "a stored block with two lengths");
        for (int i = 0; i < length; i++)
            _history.Add((byte)Bits(8));
    }

    private void ReadDynamic()
    {
        int literals = Bits(5) + 257;
        int distances = Bits(5) + 1;
        int codes = Bits(4) + 4;
        int[] lengths = new int[19];
        for (int i = 0; i < codes; i++)
            lengths[_order[i]] = Bits(3);
        var code = new Code(lengths);
        var all = new List<int>();
        while (all.Count < literals + distances)
        {
            int symbol = Symbol(code);
            all.AddRange(symbol switch
            {
                16 => Enumerable.Repeat(all[^1], 3 + Bits(2)),
                17 => Enumerable.Repeat(0, 3 + Bits(3)),
                18 => Enumerable.Repeat(0, 11 + Bits(7)),
                _ => [symbol],
            });
        }

        ReadCompressed(new Code([.. all[..literals]]), new Code([.. all[literals..]]));
    }

    private void ReadCompressed(Code literals, Code distances)
    {
        int symbol;
        while ((symbol = Symbol(literals)) != Rfc1951.EndOfBlock)
        {
            if (symbol < Rfc1951.EndOfBlock)
            {
                _history.Add((byte)symbol);
                continue;
            }

            int length = Ranged(Rfc1951.Lengths[symbol - Rfc1951.EndOfBlock - 1]);
            int distance = Ranged(Rfc1951.Distances[Symbol(distances)]);
            Require(distance <= _history.Count, "a reference before the beginning");
            Require(distance <= 1 << windowBits, $"a reference over {distance} bytes in a window of {1 << windowBits}");
            Farthest = Math.Max(Farthest, distance);
            for (int i = 0; i < length; i++)
                _history.Add(_history[^distance]);
        }
    }

    private int Ranged((int First, int Extra) range) => range.First + Bits(range.Extra);

    private int Symbol(Code code)
    {
        int value = 1; // so that leading zeros count
        for (int length = 1; length <= 15; length++)
        {
            value = (value << 1) | Bits(1);
            if (code.Symbols.TryGetValue(value, out int symbol))
                return symbol;
        }

        throw new InvalidDataException("A code that there is not.");
    }

    private int Bits(int count)
    {
        int value = 0;
        for (int i = 0; i < count; i++, _position++)
        {
            Require(_position < _input.Length * 8, "nothing where more has to come");
            value |= ((_input[_position / 8] >> (_position % 8)) & 1) << i;
        }

        return value;
    }

    private static void Require(bool condition, string found)
    {
        if (!condition)
            throw new InvalidDataException($"The payload holds {found}.");
    }

    /// <summary>Symbols by their codes, each with a bit before it.</summary>
    private sealed class Code
    {
        public Code(int[] lengths)
        {
            int[] codes = Rfc1951.Codes(lengths);
            for (int symbol = 0; symbol < lengths.Length; symbol++)
            {
                if (lengths[symbol] > 0)
                    Symbols.Add((1 << lengths[symbol]) | codes[symbol], symbol);
            }
        }

        public Dictionary<int, int> Symbols { get; } = [];
    }
}
