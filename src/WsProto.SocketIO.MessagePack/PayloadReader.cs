// Converts a value of MessagePack to JSON. What JSON does not have becomes what JavaScript's JSON.stringify writes, so that an application
// sees the same whatever encoding its clients use. Open arrays and objects are on a stack of the heap, so that depth does not use the stack
// of the thread.

using System;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using MessagePack;

namespace WsProto.SocketIO.MessagePack;

/// <summary>Reads the payload of one packet.</summary>
internal ref struct PayloadReader(MessagePackReader reader, int maxDepth, Scratch scratch)
{
    private readonly int _maxDepth = maxDepth;
    private readonly Scratch _scratch = scratch;
    private MessagePackReader _reader = reader;

    /// <summary>The reader, at the beginning of the payload, or at its end after it was read.</summary>
    internal readonly MessagePackReader Reader => _reader;

    internal SocketIOError? Read()
    {
        SocketIOError? error = ReadValue();
        while (error is null && _scratch.Open.TryPop(out int left))
            error = ReadNext(left);
        return error;
    }

    /// <summary>Reads the next element of the innermost array or object.</summary>
    /// <param name="left">The number of elements that are left in an array; for an object, the complement of the number.</param>
    private SocketIOError? ReadNext(int left)
    {
        switch (left)
        {
            case 0:
                _scratch.Json.WriteEndArray();
                return null;
            case ~0:
                _scratch.Json.WriteEndObject();
                return null;
            case > 0:
                _scratch.Open.Push(left - 1);
                return ReadValue();
            default:
                _scratch.Open.Push(left + 1);
                return ReadProperty();
        }
    }

    private SocketIOError? ReadValue()
    {
        Utf8JsonWriter json = _scratch.Json;
        switch (_reader.NextMessagePackType)
        {
            case MessagePackType.Nil:
                _ = _reader.ReadNil();
                json.WriteNullValue();
                return null;
            case MessagePackType.Boolean:
                json.WriteBooleanValue(_reader.ReadBoolean());
                return null;
            case MessagePackType.Integer when _reader.NextCode == MessagePackCode.UInt64:
                json.WriteNumberValue(_reader.ReadUInt64());
                return null;
            case MessagePackType.Integer:
                json.WriteNumberValue(_reader.ReadInt64());
                return null;
            case MessagePackType.Float:
                WriteNumber(_reader.ReadDouble());
                return null;
            case MessagePackType.String:
                if (!_reader.TryReadStringSpan(out ReadOnlySpan<byte> text) || !Utf8.IsValid(text))
                    return SocketIOError.PacketMalformed;
                json.WriteStringValue(text);
                return null;
            case MessagePackType.Binary:
                Attach(_reader.ReadBytes()!.Value.First);
                return null;
            case MessagePackType.Array:
                return BeginArray();
            case MessagePackType.Map:
                return BeginObject();
            case MessagePackType.Extension:
                return ReadExtension();
            default:
                return SocketIOError.PacketMalformed;
        }
    }

    private SocketIOError? BeginArray()
    {
        if (_scratch.Open.Count == _maxDepth)
            return SocketIOError.PayloadMalformed;
        _scratch.Open.Push(_reader.ReadArrayHeader());
        _scratch.Json.WriteStartArray();
        return null;
    }

    private SocketIOError? BeginObject()
    {
        if (_scratch.Open.Count == _maxDepth)
            return SocketIOError.PayloadMalformed;
        _scratch.Open.Push(~_reader.ReadMapHeader());
        _scratch.Json.WriteStartObject();
        return null;
    }

    private SocketIOError? ReadProperty()
    {
        if (_reader.NextMessagePackType == MessagePackType.Integer)
        {
            // Some languages have objects with keys that are not strings.
            Span<byte> digits = stackalloc byte[20];
            _ = _reader.ReadInt64().TryFormat(digits, out int length, provider: CultureInfo.InvariantCulture);
            return ReadProperty(digits[..length]);
        }

        if (_reader.NextMessagePackType != MessagePackType.String)
            return SocketIOError.PayloadMalformed;
        return _reader.TryReadStringSpan(out ReadOnlySpan<byte> name) && Utf8.IsValid(name)
            ? ReadProperty(name)
            : SocketIOError.PacketMalformed;
    }

    private SocketIOError? ReadProperty(scoped ReadOnlySpan<byte> name)
    {
        if (Undefined.TryRead(ref _reader))
            return null;
        _scratch.Json.WritePropertyName(name);
        return ReadValue();
    }

    private SocketIOError? ReadExtension()
    {
        byte code = _reader.NextCode;
        ExtensionHeader header = _reader.ReadExtensionFormatHeader();
        ReadOnlyMemory<byte> data = _reader.ReadRaw(header.Length).First;
        bool hasLength = code is MessagePackCode.Ext8 or MessagePackCode.Ext16 or MessagePackCode.Ext32;
        switch (header.TypeCode)
        {
            case ExtensionTypes.Npm when hasLength:
                Attach(data);
                return null;
            case ExtensionTypes.Npm when code == MessagePackCode.FixExt1:
                _scratch.Json.WriteNullValue();
                return null;
            case ExtensionTypes.Npm when code == MessagePackCode.FixExt8:
                WriteTime(Time.OfMilliseconds(data.Span));
                return null;
            case ExtensionTypes.Timestamp when data.Length is 4 or 8 or 12:
                WriteTime(Time.OfTimestamp(data.Span));
                return null;
        }

        if (_scratch.Open.Count == _maxDepth)
            return SocketIOError.PayloadMalformed;
        // An unknown extension is read as by npm's parser.
        _scratch.Json.WriteStartArray();
        _scratch.Json.WriteNumberValue(header.TypeCode);
        Attach(data);
        _scratch.Json.WriteEndArray();
        return null;
    }

    private readonly void WriteNumber(double number)
    {
        if (double.IsFinite(number))
            _scratch.Json.WriteNumberValue(number);
        else
            _scratch.Json.WriteNullValue();
    }

    private readonly void WriteTime(DateTime? time)
    {
        if (time is not { } known)
        {
            _scratch.Json.WriteNullValue();
            return;
        }

        Span<char> text = stackalloc char[Time.MaxLength];
        _scratch.Json.WriteStringValue(text[..Time.Format(known, text)]);
    }

    private readonly void Attach(ReadOnlyMemory<byte> data)
    {
        _scratch.Json.WriteNullValue();
        _scratch.Attachments.Add(new(_scratch.JsonPosition - "null".Length, "null".Length, data));
    }
}
