// Reads a packet of MessagePack. The reader of the package MessagePack throws for bytes that are not MessagePack, and compares the
// announced number of elements with the bytes that are there. The depth is counted here.

using System;
using System.Text;
using System.Text.Unicode;
using MessagePack;

namespace WsProto.SocketIO.MessagePack;

/// <summary>Reads one packet.</summary>
internal ref struct PacketReader
{
    private readonly SocketIODecoderOptions _limits;
    private readonly Scratch _scratch;
    private MessagePackReader _reader;
    private PacketFields _seen;
    private SocketIOPacketType _type;
    private string _namespace;
    private long? _id;

    internal PacketReader(ReadOnlyMemory<byte> message, SocketIODecoderOptions limits, Scratch scratch)
    {
        _limits = limits;
        _scratch = scratch;
        _reader = new MessagePackReader(message);
        _namespace = "";
    }

    internal SocketIOError? Read(out SocketIOContent? content)
    {
        content = null;
        int count = _reader.ReadMapHeader();
        for (int i = 0; i < count; i++)
        {
            if (ReadField() is { } error)
                return error;
        }

        if (!_reader.End || !_seen.HasFlag(PacketFields.Type | PacketFields.Namespace))
            return SocketIOError.PacketMalformed;
        // Each acknowledgement has an id, but Python's clients leave out 0.
        if (_type == SocketIOPacketType.Ack)
            _id ??= 0;
        _scratch.Json.Flush();
        content = new(_type, _namespace, _id, _scratch.Buffer.WrittenSpan.ToArray(), [.. _scratch.Attachments]);
        return null;
    }

    private static PacketFields FieldOf(ReadOnlySpan<byte> key) =>
        key.SequenceEqual(PacketKeys.Type) ? PacketFields.Type
        : key.SequenceEqual(PacketKeys.Namespace) ? PacketFields.Namespace
        : key.SequenceEqual(PacketKeys.Id) ? PacketFields.Id
        : key.SequenceEqual(PacketKeys.Data) ? PacketFields.Data
        : PacketFields.None;

    private SocketIOError? ReadField()
    {
        if (!_reader.TryReadStringSpan(out ReadOnlySpan<byte> key))
            return SocketIOError.PacketMalformed;
        PacketFields field = FieldOf(key);
        // A key that occurs twice is refused, because other readers might use the other value.
        if ((_seen & field) != 0)
            return SocketIOError.PacketMalformed;
        _seen |= field;
        switch (field)
        {
            case PacketFields.Type:
                _type = (SocketIOPacketType)_reader.ReadInt32();
                return null;
            case PacketFields.Namespace:
                return ReadNamespace();
            case PacketFields.Id:
                return IsAbsent() ? null : ReadId();
            case PacketFields.Data:
                return IsAbsent() ? null : ReadPayload();
            default:
                SkipValue();
                return null;
        }
    }

    private SocketIOError? ReadNamespace()
    {
        if (!_reader.TryReadStringSpan(out ReadOnlySpan<byte> name) || !Utf8.IsValid(name))
            return SocketIOError.PacketMalformed;
        if (name.Length > _limits.MaxNamespaceLength)
            return SocketIOError.NamespaceTooLong;
        _namespace = Encoding.UTF8.GetString(name);
        return null;
    }

    private SocketIOError? ReadId()
    {
        if (_reader.NextCode != MessagePackCode.UInt64)
        {
            _id = _reader.ReadInt64();
            return null;
        }

        ulong id = _reader.ReadUInt64();
        _id = (long)id;
        return id > long.MaxValue ? SocketIOError.IdTooLarge : null;
    }

    private SocketIOError? ReadPayload()
    {
        var payload = new PayloadReader(_reader, _limits.MaxDepth, _scratch);
        SocketIOError? error = payload.Read();
        _reader = payload.Reader;
        return error;
    }

    private bool IsAbsent() => _reader.TryReadNil() || Undefined.TryRead(ref _reader);

    /// <summary>Skips a value without recursion, because a value may be nested as deeply as it has bytes.</summary>
    private void SkipValue()
    {
        for (long left = 1; left > 0; left--)
        {
            switch (_reader.NextMessagePackType)
            {
                case MessagePackType.Array:
                    left += _reader.ReadArrayHeader();
                    break;
                case MessagePackType.Map:
                    left += 2L * _reader.ReadMapHeader();
                    break;
                default:
                    _reader.Skip();
                    break;
            }
        }
    }
}
