using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace WsProto.Fuzz.Oracles;

/// <summary>What a binary message is as a packet of Socket.IO in MessagePack, read once more: byte by byte, into objects.</summary>
internal sealed class MessagePackModel
{
    private const long MaxId = (1L << 53) - 1;
    private const int MaxDepth = 64;

    private static readonly object _undefined = new();
    private static readonly string[] _reserved =
    [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ];

    private readonly byte[] _bytes;
    private int _position;

    private MessagePackModel(byte[] bytes) => _bytes = bytes;

    /// <summary>A packet, with its arguments: null, bool, integers, double, text, bytes, times, lists, and names with values.</summary>
    internal sealed record Packet(int Type, string Namespace, long? Id, List<object?> Arguments);

    /// <summary>Reads a message; null if it is no packet.</summary>
    internal static Packet? Read(byte[] message)
    {
        try
        {
            return new MessagePackModel(message).ReadPacket();
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    /// <summary>Whether an argument is what was read.</summary>
    internal static bool IsSame(object? value, JsonElement json) => value switch
    {
        null => json.ValueKind == JsonValueKind.Null,
        bool flag => json.ValueKind == (flag ? JsonValueKind.True : JsonValueKind.False),
        Int128 integer => json.ValueKind == JsonValueKind.Number && json.GetRawText() == integer.ToString(CultureInfo.InvariantCulture),
        double number => double.IsFinite(number)
            ? json.ValueKind == JsonValueKind.Number && json.GetDouble().Equals(number)
            : json.ValueKind == JsonValueKind.Null,
        string text => json.ValueKind == JsonValueKind.String && json.GetString() == text,
        byte[] bytes => json.ValueKind == JsonValueKind.String && json.GetBytesFromBase64().AsSpan().SequenceEqual(bytes),
        DateTime time => json.ValueKind == JsonValueKind.String && json.GetDateTime() == time,
        List<object?> list => json.ValueKind == JsonValueKind.Array && json.GetArrayLength() == list.Count
            && list.Zip(json.EnumerateArray(), (item, inner) => IsSame(item == _undefined ? null : item, inner)).All(same => same),
        List<(string Name, object? Value)> pairs => json.ValueKind == JsonValueKind.Object && json.EnumerateObject().Count() == pairs.Count
            && pairs.Zip(json.EnumerateObject(), (pair, inner) => pair.Name == inner.Name && IsSame(pair.Value, inner.Value))
                .All(same => same),
        _ => value == _undefined && json.ValueKind == JsonValueKind.Null,
    };

    private static string? Text(ReadOnlySpan<byte> bytes) => Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : null;

    private static bool IsPayload(int type, object? data) => type switch
    {
        0 => true, // the connection refuses what is no object
        1 => data is null,
        2 => data is List<object?> { Count: > 0 } list && IsName(list[0]),
        3 => data is List<object?>,
        _ => data is List<(string, object?)> or string or DateTime,
    };

    private static bool IsName(object? name) =>
        name is Int128 or DateTime
        || (name is double number && double.IsFinite(number))
        || (name is string text && !_reserved.Contains(text));

    /// <summary>A time; NaN, which is null as well but not absent, where there is none.</summary>
    private static object Time(Int128 ticks) =>
        DateTime.UnixEpoch.Ticks + ticks is var all && all >= 0 && all <= DateTime.MaxValue.Ticks
            ? new DateTime((long)all, DateTimeKind.Utc)
            : double.NaN;

    private Packet? ReadPacket()
    {
        int count = MapLength() ?? throw new FormatException();
        var fields = new Dictionary<string, object?>();
        for (int i = 0; i < count; i++)
        {
            byte[] key = StringBytes() ?? throw new FormatException();
            string name = Encoding.Latin1.GetString(key);
            bool isKnown = name is "type" or "nsp" or "id" or "data";
            object? value = Value(isKnown, 0);
            if (isKnown && !fields.TryAdd(name, value == _undefined ? null : value))
                return null;
        }

        if (_position != _bytes.Length || fields.GetValueOrDefault("type") is not Int128 type || type < 0 || type > 4)
            return null;
        if (fields.GetValueOrDefault("nsp") is not string space
            || !space.StartsWith('/')
            || space.Contains(',')
            || Encoding.UTF8.GetByteCount(space) > 256)
            return null;
        long? id = null;
        if (fields.GetValueOrDefault("id") is { } given)
        {
            if (given is not Int128 number || number < 0 || number > MaxId)
                return null;
            id = (long)number;
        }

        // Python's clients leave out 0.
        if (type == 3)
            id ??= 0;
        object? data = fields.GetValueOrDefault("data");
        if (!IsPayload((int)type, data))
            return null;
        List<object?> arguments = data is List<object?> list && type != 0 ? type == 2 ? list[1..] : list : data is null ? [] : [data];
        return new((int)type, space, id, arguments);
    }

    /// <param name="counts">Whether it is one of those that mean something, which have to be JSON.</param>
    /// <param name="depth">How many lists and objects it is in.</param>
    private object? Value(bool counts, int depth)
    {
        byte code = _bytes[_position];
        if (ArrayLength() is { } length)
            return List(counts, depth + 1, length);
        if (MapLength() is { } pairs)
            return Map(counts, depth + 1, pairs);
        if (StringBytes() is { } text)
            return Text(text) ?? (counts ? throw new FormatException() : "");
        _position++;
        switch (code)
        {
            case < 0x80:
                return (Int128)code;
            case >= 0xe0:
                return (Int128)(sbyte)code;
            case 0xc0:
                return null;
            case 0xc2 or 0xc3:
                return code == 0xc3;
            case >= 0xc4 and <= 0xc6:
                return Take(Number(1 << (code - 0xc4))).ToArray();
            case >= 0xc7 and <= 0xc9:
                int size = Number(1 << (code - 0xc7));
                return Extension(counts, depth, hasLength: true, size);
            case 0xca:
                return (double)BinaryPrimitives.ReadSingleBigEndian(Take(4));
            case 0xcb:
                return BinaryPrimitives.ReadDoubleBigEndian(Take(8));
            case >= 0xcc and <= 0xcf:
                return Integer(1 << (code - 0xcc), isSigned: false);
            case >= 0xd0 and <= 0xd3:
                return Integer(1 << (code - 0xd0), isSigned: true);
            case >= 0xd4 and <= 0xd8:
                return Extension(counts, depth, hasLength: false, 1 << (code - 0xd4));
            default:
                throw new FormatException();
        }
    }

    private List<object?> List(bool counts, int depth, int length)
    {
        if ((counts && depth > MaxDepth) || length > _bytes.Length - _position)
            throw new FormatException();
        var list = new List<object?>();
        for (int i = 0; i < length; i++)
            list.Add(Value(counts, depth));
        return list;
    }

    private List<(string Name, object? Value)> Map(bool counts, int depth, int length)
    {
        if ((counts && depth > MaxDepth) || length > (_bytes.Length - _position) / 2)
            throw new FormatException();
        var pairs = new List<(string Name, object? Value)>();
        for (int i = 0; i < length; i++)
        {
            object? key = Value(counts, depth);
            string? name =
                key as string ?? (key is Int128 number && number <= long.MaxValue ? number.ToString(CultureInfo.InvariantCulture) : null);
            if (counts && name is null)
                throw new FormatException();
            object? value = Value(counts, depth);
            if (value != _undefined)
                pairs.Add((name ?? "", value));
        }

        return pairs;
    }

    private object? Extension(bool counts, int depth, bool hasLength, int size)
    {
        sbyte type = (sbyte)Take(1)[0];
        byte[] data = Take(size).ToArray();
        if (type == 0 && hasLength)
            return data;
        if (type == 0 && size == 1)
            return _undefined;
        if (type == 0 && size == 8)
            return Time(BinaryPrimitives.ReadInt64BigEndian(data) * (Int128)10_000);
        if (type == -1 && size is 4 or 8 or 12)
        {
            Int128 all =
                size == 12 ? 0 : size == 4 ? BinaryPrimitives.ReadUInt32BigEndian(data) : BinaryPrimitives.ReadUInt64BigEndian(data);
            return size switch
            {
                4 => Time(all * 10_000_000),
                8 => Time(((all % ((Int128)1 << 34)) * 10_000_000) + ((all >> 34) / 100)),
                _ => Time((BinaryPrimitives.ReadInt64BigEndian(data.AsSpan(4)) * (Int128)10_000_000)
                    + (BinaryPrimitives.ReadUInt32BigEndian(data) / 100)),
            };
        }

        if (counts && depth + 1 > MaxDepth)
            throw new FormatException();
        return new List<object?> { (Int128)type, data };
    }

    private int? ArrayLength() => _bytes[_position] switch
    {
        >= 0x90 and <= 0x9f => _bytes[_position++] & 0x0f,
        0xdc or 0xdd => Number(_bytes[_position++] == 0xdc ? 2 : 4),
        _ => null,
    };

    private int? MapLength() => _bytes[_position] switch
    {
        >= 0x80 and <= 0x8f => _bytes[_position++] & 0x0f,
        0xde or 0xdf => Number(_bytes[_position++] == 0xde ? 2 : 4),
        _ => null,
    };

    private byte[]? StringBytes()
    {
        byte code = _bytes[_position];
        if (code is not ((>= 0xa0 and <= 0xbf) or (>= 0xd9 and <= 0xdb)))
            return null;
        _position++;
        return Take(code <= 0xbf ? code & 0x1f : Number(1 << (code - 0xd9))).ToArray();
    }

    private Int128 Integer(int size, bool isSigned)
    {
        ReadOnlySpan<byte> digits = Take(size);
        Int128 number = isSigned && digits[0] > 0x7f ? -1 : 0;
        foreach (byte digit in digits)
            number = (number << 8) | digit;
        return number;
    }

    /// <summary>A length; none is larger than what is left.</summary>
    private int Number(int size)
    {
        Int128 number = Integer(size, isSigned: false);
        return number > _bytes.Length ? throw new FormatException() : (int)number;
    }

    private ReadOnlySpan<byte> Take(int size)
    {
        ReadOnlySpan<byte> taken = _bytes.AsSpan(_position, size);
        _position += size;
        return taken;
    }
}
