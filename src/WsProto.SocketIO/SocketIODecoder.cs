// Decodes messages of Engine.IO to packets of Socket.IO (protocol v5, "Packet encoding"):
//
//   packet = type [ count "-" ] [ namespace "," ] [ id ] [ json ]
//
// A packet with attachments is a text message, followed by one binary message for each attachment.

using System;
using System.Collections.Frozen;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace WsProto.SocketIO;

/// <summary>Decodes the messages of one Engine.IO session, in order. Malformed messages are errors, not exceptions.</summary>
/// <remarks>Not thread-safe. After an error, close the session and decode nothing more.</remarks>
public sealed class SocketIODecoder
{
    /// <summary>The largest integer up to which JavaScript represents all integers: 2^53 - 1.</summary>
    private const long MaxId = (1L << 53) - 1;

    /// <summary>A list with a larger capacity is trimmed after a packet.</summary>
    private const int KeptCapacity = 64;

    /// <summary>The names that the reference client uses for its own events. It refuses them from others.</summary>
    private static readonly FrozenSet<string> _reserved =
        new[] { "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener" }.ToFrozenSet();

    private readonly SocketIODecoderOptions _options;
    private readonly SocketIOParser? _parser;
    private readonly JsonSerializerOptions? _jsonOptions;
    private readonly List<JsonPart> _parts = [];
    private readonly List<Placeholder> _placeholders = [];
    private Head _head;
    private ReadOnlyMemory<byte> _json;
    private ReadOnlyMemory<byte>[] _attachments = [];
    private int _arrived;
    private long _size;

    /// <summary>Creates a decoder.</summary>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="parser">A custom parser; null for the protocol's encoding.</param>
    /// <param name="json">
    /// The options by which <see cref="SocketIOArguments.Get{T}(int)"/> reads, such as <see cref="SocketIOEncoder.JsonOptions"/>; null for
    /// <see cref="JsonSerializerOptions.Web"/>.
    /// </param>
    public SocketIODecoder(SocketIODecoderOptions? options = null, SocketIOParser? parser = null, JsonSerializerOptions? json = null)
    {
        _jsonOptions = json;
        _options = options ?? SocketIODecoderOptions.Default;
        _parser = parser;
    }

    /// <summary>Whether a packet waits for its attachments.</summary>
    public bool AwaitsAttachments => _arrived < _attachments.Length;

    /// <summary>Whether a name is reserved. Clients refuse events with such a name, and servers refuse them from clients.</summary>
    /// <param name="name">The name of an event.</param>
    /// <returns>True if it is reserved, for example <c>connect</c>.</returns>
    public static bool IsReserved(string name) => _reserved.Contains(name);

    /// <summary>Decodes a text message.</summary>
    /// <param name="text">The message as UTF-8. The packet refers to the memory, so do not change it.</param>
    /// <param name="packet">The packet; null if it waits for attachments, or on an error.</param>
    /// <returns>The error; null if there is none.</returns>
    public SocketIOError? ReceiveText(ReadOnlyMemory<byte> text, out SocketIOPacket? packet)
    {
        packet = null;
        if (_parser is not null)
            return Parse(_parser, text, isBinary: false, out packet);
        if (AwaitsAttachments)
            return SocketIOError.AttachmentMissing;
        if (text.Length > _options.MaxPacketSize)
            return SocketIOError.PacketTooLarge;
        if (!Utf8.IsValid(text.Span))
            return SocketIOError.PacketMalformed;
        if (ReadHead(text.Span, out int length) is { } error)
            return error;
        if (JudgePayload(text[length..]) is { } wrong)
            return wrong;
        if (!ArePlaceholders())
            return SocketIOError.PlaceholderInvalid;
        _attachments = _head.Attachments == 0 ? [] : new ReadOnlyMemory<byte>[_head.Attachments];
        _arrived = 0;
        _size = text.Length;
        if (!AwaitsAttachments)
            packet = TakePacket();
        return null;
    }

    /// <summary>Decodes a binary message.</summary>
    /// <param name="data">The message. The packet refers to the memory, so do not change it.</param>
    /// <param name="packet">The packet; null if it waits for more attachments, or on an error.</param>
    /// <returns>The error; null if there is none.</returns>
    public SocketIOError? ReceiveBinary(ReadOnlyMemory<byte> data, out SocketIOPacket? packet)
    {
        packet = null;
        if (_parser is not null)
            return Parse(_parser, data, isBinary: true, out packet);
        if (!AwaitsAttachments)
            return SocketIOError.AttachmentUnexpected;
        _size += data.Length;
        if (_size > _options.MaxPacketSize)
            return SocketIOError.PacketTooLarge;
        _attachments[_arrived++] = data;
        if (!AwaitsAttachments)
            packet = TakePacket();
        return null;
    }

    private SocketIOError? Parse(SocketIOParser parser, ReadOnlyMemory<byte> message, bool isBinary, out SocketIOPacket? packet)
    {
        packet = null;
        if (message.Length > _options.MaxPacketSize)
            return SocketIOError.PacketTooLarge;
        if (parser.Decode(message, isBinary, _options, out SocketIOContent? content) is { } error)
            return error;
        if (JudgeHead(content!) is { } wrong)
            return wrong;
        _head = new(content!.Type, content.Namespace, content.Id, 0);
        if (JudgePayload(content.Json) is { } mismatch)
            return mismatch;
        _attachments = content.Attachments.Count == 0 ? [] : new ReadOnlyMemory<byte>[content.Attachments.Count];
        for (_arrived = 0; _arrived < _attachments.Length; _arrived++)
        {
            SocketIOAttachment attachment = content.Attachments[_arrived];
            _placeholders.Add(new(attachment.Start, attachment.Length, _arrived));
            _attachments[_arrived] = attachment.Data;
        }

        packet = TakePacket();
        return null;
    }

    /// <summary>Checks what the protocol's encoding cannot express, so that no application gets it from a custom parser.</summary>
    private SocketIOError? JudgeHead(SocketIOContent content) =>
        content.Type is < SocketIOPacketType.Connect or > SocketIOPacketType.ConnectError
            || !content.Namespace.StartsWith('/') || content.Namespace.Contains(',', StringComparison.Ordinal) || content.Id < 0
            ? SocketIOError.PacketMalformed
        : Encoding.UTF8.GetByteCount(content.Namespace) > _options.MaxNamespaceLength ? SocketIOError.NamespaceTooLong
        : content.Id > MaxId ? SocketIOError.IdTooLarge
        : null;

    private SocketIOError? ReadHead(ReadOnlySpan<byte> text, out int length)
    {
        length = 1;
        if (text.IsEmpty || text[0] is < (byte)'0' or > (byte)'6')
            return SocketIOError.PacketMalformed;
        int type = text[0] - '0';
        int attachments = 0;
        if (type > (int)SocketIOPacketType.ConnectError)
        {
            type -= SocketIOWire.BinaryOffset;
            if (!TryReadNumber(text, ref length, out long count) || count < 1 || count > _options.MaxAttachments
                || length == text.Length || text[length++] != '-')
            {
                return SocketIOError.AttachmentCountInvalid;
            }

            attachments = (int)count;
        }

        string @namespace = SocketIOWire.MainNamespace;
        if (length < text.Length && text[length] == '/')
        {
            ReadOnlySpan<byte> rest = text[length..];
            int end = rest.IndexOf((byte)',');
            ReadOnlySpan<byte> name = end < 0 ? rest : rest[..end];
            if (name.Length > _options.MaxNamespaceLength)
                return SocketIOError.NamespaceTooLong;
            if (name.Length > 1)
                @namespace = Encoding.UTF8.GetString(name);
            length += end < 0 ? rest.Length : end + 1;
        }

        long? id = null;
        if (length < text.Length && char.IsAsciiDigit((char)text[length]))
        {
            if (!TryReadNumber(text, ref length, out long number))
                return SocketIOError.IdTooLarge;
            id = number;
        }

        _head = new((SocketIOPacketType)type, @namespace, id, attachments);
        return null;
    }

    /// <summary>Reads digits. Returns false if there are none, or the number is too large.</summary>
    private static bool TryReadNumber(ReadOnlySpan<byte> text, ref int position, out long number)
    {
        number = 0;
        int begin = position;
        while (position < text.Length && char.IsAsciiDigit((char)text[position]))
        {
            number = (number * 10) + (text[position++] - '0');
            if (number > MaxId)
                return false;
        }

        return position > begin;
    }

    /// <summary>Checks a payload and keeps it. Returns the error; null if there is none.</summary>
    private SocketIOError? JudgePayload(ReadOnlyMemory<byte> json)
    {
        _json = PayloadScanner.ReplaceLoneSurrogates(json);
        return !IsPayload() ? SocketIOError.PayloadMalformed
            : _head.Type == SocketIOPacketType.Event && _reserved.Contains(NameOf(_parts[0])) ? SocketIOError.EventReserved
            : null;
    }

    /// <summary>Whether the payload fits the type of the packet.</summary>
    private bool IsPayload()
    {
        bool isAbsent = _json.IsEmpty;
        JsonTokenType? kind = isAbsent
            ? null
            : PayloadScanner.Scan(_json.Span, _options.MaxDepth, _parts, _head.Attachments > 0 ? _placeholders : null);
        if (kind is null && !isAbsent)
            return false;
        if (kind == JsonTokenType.StartArray && _head.Type == SocketIOPacketType.Connect)
            KeepAsOne();
        return _head.Type switch
        {
            // Whether a client brings an object is for the connection to judge: it refuses the namespace, and the session goes on.
            SocketIOPacketType.Connect => true,
            SocketIOPacketType.Disconnect => isAbsent,
            SocketIOPacketType.Event => kind == JsonTokenType.StartArray && _parts.Count > 0 && IsName(_parts[0]),
            SocketIOPacketType.Ack => kind == JsonTokenType.StartArray && _head.Id is not null,
            _ => kind is JsonTokenType.StartObject or JsonTokenType.String,
        };
    }

    /// <summary>The payload is one argument, though it is a list.</summary>
    private void KeepAsOne()
    {
        int start = _json.Span.IndexOf((byte)'[');
        _parts.Clear();
        _parts.Add(new(start, _json.Span.LastIndexOf((byte)']') + 1 - start));
    }

    /// <summary>
    /// Whether each placeholder refers to an attachment, and no two to the same. Otherwise a short message with many references to a large
    /// attachment would use a multiple of its memory when it is read.
    /// </summary>
    private bool ArePlaceholders()
    {
        HashSet<int>? named = _placeholders.Count > 1 ? [] : null;
        foreach (Placeholder placeholder in _placeholders)
        {
            if ((uint)placeholder.Number >= (uint)_head.Attachments || named?.Add(placeholder.Number) == false)
                return false;
        }

        return true;
    }

    private bool IsName(JsonPart part) => _json.Span[part.Start] is (byte)'"' or (byte)'-' or (>= (byte)'0' and <= (byte)'9');

    private string NameOf(JsonPart part)
    {
        ReadOnlySpan<byte> json = _json.Span.Slice(part.Start, part.Length);
        if (json[0] != '"')
            return Encoding.UTF8.GetString(json);
        var reader = new Utf8JsonReader(json);
        _ = reader.Read();
        return reader.GetString()!;
    }

    private SocketIOPacket TakePacket()
    {
        bool isEvent = _head.Type == SocketIOPacketType.Event;
        JsonPart[] parts = isEvent ? [.. _parts.GetRange(1, _parts.Count - 1)] : [.. _parts];
        SocketIOArguments arguments = parts.Length == 0
            ? SocketIOArguments.None
            : new(_json, parts, [.. _placeholders], _attachments, _jsonOptions);
        var packet = new SocketIOPacket(_head.Type, _head.Namespace, _head.Id, isEvent ? NameOf(_parts[0]) : null, arguments);
        _json = default;
        _attachments = [];
        _arrived = 0;
        Clear(_parts);
        Clear(_placeholders);
        return packet;
    }

    private static void Clear<T>(List<T> list)
    {
        list.Clear();
        if (list.Capacity > KeptCapacity)
            list.TrimExcess();
    }

    private readonly record struct Head(SocketIOPacketType Type, string Namespace, long? Id, int Attachments);
}
