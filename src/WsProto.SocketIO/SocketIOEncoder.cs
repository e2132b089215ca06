// Encodes packets of Socket.IO as messages of Engine.IO (protocol v5, "Packet encoding").

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>Encodes packets, once for all sessions that they are sent to.</summary>
/// <remarks>
/// A packet is a text message, followed by a binary message for each attachment. With a <see cref="SocketIOParser"/> it is one message.
/// Thread-safe.
/// </remarks>
public sealed class SocketIOEncoder
{
    private readonly ArgumentWriter _arguments;

    /// <summary>Creates an encoder.</summary>
    /// <param name="json">
    /// The JSON options of arguments; null for the web defaults, with reflection if the application supports it. The options are copied.
    /// Converters for <c>byte[]</c>, and for <see cref="Memory{T}"/> and <see cref="ReadOnlyMemory{T}"/> of bytes, are replaced.
    /// </param>
    /// <param name="maxAttachments">
    /// The maximum number of attachments of a packet. Default: 10, because the reference client refuses more. A parser has no such limit.
    /// </param>
    /// <param name="parser">A custom parser; null for the protocol's encoding.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxAttachments"/> is negative.</exception>
    public SocketIOEncoder(JsonSerializerOptions? json = null, int maxAttachments = 10, SocketIOParser? parser = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxAttachments);
        MaxAttachments = parser is null ? maxAttachments : int.MaxValue;
        Parser = parser;
        _arguments = new ArgumentWriter(json, MaxAttachments);
    }

    /// <summary>The maximum number of attachments of a packet.</summary>
    public int MaxAttachments { get; }

    /// <summary>The custom parser; null for the protocol's encoding.</summary>
    public SocketIOParser? Parser { get; }

    /// <summary>The JSON options for writing and reading arguments. They are read-only.</summary>
    public JsonSerializerOptions JsonOptions => _arguments.JsonOptions;

    /// <summary>Encodes an event.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="id">The id of the acknowledgement that is expected; null for none.</param>
    /// <returns>The messages to send, with no other message between them.</returns>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    /// <exception cref="NotSupportedException">An argument has a type that the JSON options do not know.</exception>
    public IReadOnlyList<Packet> Event(string @namespace, string name, ReadOnlySpan<object?> arguments, long? id = null)
    {
        EncodingKit kit = WriteEvent(name, arguments);
        return Take(kit, SocketIOPacketType.Event, @namespace, id);
    }

    /// <summary>Serializes an event without encoding it, for clients of this server and of others.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">The arguments.</param>
    /// <returns>The content, with the protocol's placeholders for attachments.</returns>
    /// <inheritdoc cref="Event" path="/exception"/>
    public SocketIOContent Content(string @namespace, string name, ReadOnlySpan<object?> arguments)
    {
        EncodingKit kit = WriteEvent(name, arguments);
        kit.Writer.Flush();
        var content = new SocketIOContent(
            SocketIOPacketType.Event, @namespace, null, kit.Json.WrittenSpan.ToArray(), kit.AttachmentsInPlace());
        _arguments.Return(kit);
        return content;
    }

    /// <summary>Encodes an event or an acknowledgement.</summary>
    /// <param name="content">The content, with the protocol's placeholders for attachments, numbered in their order.</param>
    /// <returns>The messages to send, with no other message between them.</returns>
    public IReadOnlyList<Packet> Encode(SocketIOContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (Parser is not null)
            return [Parser.Encode(content with { Json = PayloadScanner.ReplaceLoneSurrogates(content.Json) })];
        int count = content.Attachments.Count;
        Packet first = Text(content.Type, content.Namespace, content.Id, content.Json.Span, count);
        return count == 0 ? [first] : [first, .. content.Attachments.Select(attachment => Packet.Binary(attachment.Data.Span))];
    }

    /// <summary>Adds the recovery offset to an event as its last argument.</summary>
    /// <param name="packets">The event, without an id.</param>
    /// <param name="offset">The offset. It has no characters that JSON escapes.</param>
    /// <returns>The messages to send, with no other message between them.</returns>
    public IReadOnlyList<Packet> WithOffset(IReadOnlyList<Packet> packets, string offset)
    {
        ArgumentNullException.ThrowIfNull(packets);
        if (Parser is not null)
            return [Parser.Append(packets[0], offset)];
        ReadOnlySpan<byte> text = packets[0].Data.Span;
        byte[] longer = [.. text[..^1], .. Encoding.UTF8.GetBytes($",\"{offset}\"]")];
        Packet[] all = [.. packets];
        all[0] = Packet.Text(longer);
        return all;
    }

    /// <summary>Encodes an acknowledgement.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="id">The id that the event had.</param>
    /// <param name="arguments">The arguments of the acknowledgement.</param>
    /// <returns>The messages to send, with no other message between them.</returns>
    /// <exception cref="ArgumentException">There are too many attachments.</exception>
    /// <exception cref="NotSupportedException">An argument has a type that the JSON options do not know.</exception>
    public IReadOnlyList<Packet> Ack(string @namespace, long id, ReadOnlySpan<object?> arguments)
    {
        EncodingKit kit = _arguments.Rent();
        kit.Writer.WriteStartArray();
        foreach (object? argument in arguments)
            _arguments.Write(kit, argument);
        kit.Writer.WriteEndArray();
        return Take(kit, SocketIOPacketType.Ack, @namespace, id);
    }

    /// <summary>Encodes the acceptance of a client in a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="sid">The id of the client in the namespace.</param>
    /// <param name="pid">The secret with which the client can recover its state; null for none.</param>
    /// <returns>The message.</returns>
    public Packet Connect(string @namespace, string sid, string? pid = null)
    {
        EncodingKit kit = _arguments.Rent();
        kit.Writer.WriteStartObject();
        kit.Writer.WriteString("sid"u8, sid);
        if (pid is not null)
            kit.Writer.WriteString("pid"u8, pid);
        kit.Writer.WriteEndObject();
        return Take(kit, SocketIOPacketType.Connect, @namespace, id: null)[0];
    }

    /// <summary>Encodes the request of a client to connect to a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="auth">The <c>auth</c> payload: a JSON object, or nothing.</param>
    internal Packet ConnectRequest(string @namespace, ReadOnlySpan<byte> auth)
    {
        EncodingKit kit = _arguments.Rent();
        if (!auth.IsEmpty)
            kit.Writer.WriteRawValue(auth, skipInputValidation: true);
        return Take(kit, SocketIOPacketType.Connect, @namespace, id: null)[0];
    }

    /// <summary>Encodes the refusal of a client in a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="message">The message for the client.</param>
    /// <param name="data">Additional data; null for none.</param>
    /// <returns>The message.</returns>
    /// <exception cref="ArgumentException">
    /// The data contains byte arrays, which such a packet can carry only with a parser, or is a tuple.
    /// </exception>
    public Packet ConnectError(string @namespace, string message, object? data = null)
    {
        EncodingKit kit = _arguments.Rent();
        kit.Writer.WriteStartObject();
        kit.Writer.WriteString("message"u8, message);
        if (data is not null)
        {
            kit.Writer.WritePropertyName("data"u8);
            _arguments.Write(kit, data);
        }

        kit.Writer.WriteEndObject();
        if (kit.Attachments.Count == 0 || Parser is not null)
            return Take(kit, SocketIOPacketType.ConnectError, @namespace, id: null)[0];
        _arguments.Return(kit);
        throw new ArgumentException("A refusal must not contain byte arrays.", nameof(data));
    }

    /// <summary>Encodes that a client or the server leaves a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <returns>The message.</returns>
    public Packet Disconnect(string @namespace) => Take(_arguments.Rent(), SocketIOPacketType.Disconnect, @namespace, id: null)[0];

    private EncodingKit WriteEvent(string name, ReadOnlySpan<object?> arguments)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (SocketIODecoder.IsReserved(name))
            throw new ArgumentException($"The event name \"{name}\" is reserved: clients use it for their own events.", nameof(name));
        EncodingKit kit = _arguments.Rent();
        kit.Writer.WriteStartArray();
        kit.Writer.WriteStringValue(name);
        foreach (object? argument in arguments)
            _arguments.Write(kit, argument);
        kit.Writer.WriteEndArray();
        return kit;
    }

    private IReadOnlyList<Packet> Take(EncodingKit kit, SocketIOPacketType type, string @namespace, long? id)
    {
        kit.Writer.Flush();
        if (Parser is not null)
            return [Take(Parser, kit, type, @namespace, id)];
        int count = kit.Attachments.Count;
        Packet first = Text(type, @namespace, id, kit.Json.WrittenSpan, count);
        IReadOnlyList<Packet> packets = count == 0 ? [first] : [first, .. kit.Attachments];
        _arguments.Return(kit);
        return packets;
    }

    private Packet Take(SocketIOParser parser, EncodingKit kit, SocketIOPacketType type, string @namespace, long? id)
    {
        // The length stays the same, so that the positions of placeholders stay valid.
        ReadOnlyMemory<byte> json = PayloadScanner.ReplaceLoneSurrogates(kit.Json.WrittenMemory);
        Packet packet = parser.Encode(new(type, @namespace, id, json, kit.AttachmentsInPlace()));
        _arguments.Return(kit);
        return packet;
    }

    private static Packet Text(SocketIOPacketType type, string @namespace, long? id, ReadOnlySpan<byte> json, int attachments)
    {
        int kind = (int)type + (attachments > 0 ? SocketIOWire.BinaryOffset : 0);
        string count = attachments > 0 ? string.Create(CultureInfo.InvariantCulture, $"{attachments}-") : "";
        string head = string.Create(CultureInfo.InvariantCulture, $"{kind}{count}{Path(@namespace)}{id}");
        byte[] text = new byte[Encoding.UTF8.GetByteCount(head) + json.Length];
        json.CopyTo(text.AsSpan(Encoding.UTF8.GetBytes(head, text)));
        return Packet.Text(text);
    }

    private static string Path(string @namespace) => @namespace == SocketIOWire.MainNamespace ? "" : @namespace + ",";
}
