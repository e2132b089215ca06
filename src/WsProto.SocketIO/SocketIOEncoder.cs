// Packets of Socket.IO to messages of Engine.IO (protocol v5, "Packet encoding").

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Text.Json;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>
/// Makes messages of packets, once for however many sessions they are sent to: a text message, and a binary one for each attachment; or
/// one of whatever kind where a <see cref="SocketIOParser"/> is given.
/// </summary>
/// <remarks>Safe for concurrent use.</remarks>
public sealed class SocketIOEncoder
{
    private readonly ArgumentWriter _arguments;

    /// <summary>Makes an encoder.</summary>
    /// <param name="json">
    /// How arguments are written and read; its converters for <c>byte[]</c>, <see cref="Memory{T}"/> and <see cref="ReadOnlyMemory{T}"/> of
    /// bytes are replaced. Null: the defaults for the web, by reflection where the application has it.
    /// </param>
    /// <param name="maxAttachments">
    /// The most attachments of one packet. Default: 10, as clients of the reference refuse more. With a parser there is no such limit.
    /// </param>
    /// <param name="parser">Another form of packets on the wire; null for the protocol's own.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative number.</exception>
    public SocketIOEncoder(JsonSerializerOptions? json = null, int maxAttachments = 10, SocketIOParser? parser = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxAttachments);
        MaxAttachments = parser is null ? maxAttachments : int.MaxValue;
        Parser = parser;
        _arguments = new ArgumentWriter(json, MaxAttachments);
    }

    /// <summary>The most attachments of one packet.</summary>
    public int MaxAttachments { get; }

    /// <summary>Another form of packets on the wire; null for the protocol's own.</summary>
    public SocketIOParser? Parser { get; }

    /// <summary>How arguments are written, and are to be read.</summary>
    public JsonSerializerOptions JsonOptions => _arguments.JsonOptions;

    /// <summary>An event.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="id">The id of the ack that it wants; null if it wants none.</param>
    /// <exception cref="ArgumentException">The name is reserved, there are too many attachments, or an argument is a tuple.</exception>
    /// <exception cref="NotSupportedException">An argument is of a type that the options do not know.</exception>
    public IReadOnlyList<Packet> Event(string @namespace, string name, ReadOnlySpan<object?> arguments, long? id = null)
    {
        EncodingKit kit = WriteEvent(name, arguments);
        return Take(kit, SocketIOPacketType.Event, @namespace, id);
    }

    /// <summary>An event before it is packets, for clients of this server and of others.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="name">The name of the event.</param>
    /// <param name="arguments">Its arguments. For its attachments the protocol's placeholders stand.</param>
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

    /// <summary>A packet of what it says.</summary>
    /// <param name="content">
    /// An event or an ack. For its attachments the protocol's placeholders stand, numbered in the order of the attachments.
    /// </param>
    public IReadOnlyList<Packet> Encode(SocketIOContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (Parser is not null)
            return [Parser.Encode(content with { Json = PayloadScanner.ReplaceLoneSurrogates(content.Json) })];
        int count = content.Attachments.Count;
        Packet first = Text(content.Type, content.Namespace, content.Id, content.Json.Span, count);
        return count == 0 ? [first] : [first, .. content.Attachments.Select(attachment => Packet.Binary(attachment.Data.Span))];
    }

    /// <summary>The same event with one argument more, by which a client can ask for what it has missed.</summary>
    /// <param name="packets">The event, without an id.</param>
    /// <param name="offset">The argument: letters, digits and other characters that JSON does not escape.</param>
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

    /// <summary>The answer to an event.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="id">The id that the event had.</param>
    /// <param name="arguments">What is answered.</param>
    /// <inheritdoc cref="Event" path="/exception"/>
    public IReadOnlyList<Packet> Ack(string @namespace, long id, ReadOnlySpan<object?> arguments)
    {
        EncodingKit kit = _arguments.Rent();
        kit.Writer.WriteStartArray();
        foreach (object? argument in arguments)
            _arguments.Write(kit, argument);
        kit.Writer.WriteEndArray();
        return Take(kit, SocketIOPacketType.Ack, @namespace, id);
    }

    /// <summary>The server agrees to a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="sid">The id of the socket.</param>
    /// <param name="pid">The secret by which the client can have its session back; null if it cannot.</param>
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

    /// <summary>The client asks for a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="auth">What it brings: an object of JSON, or nothing.</param>
    internal Packet ConnectRequest(string @namespace, ReadOnlySpan<byte> auth)
    {
        EncodingKit kit = _arguments.Rent();
        if (!auth.IsEmpty)
            kit.Writer.WriteRawValue(auth, skipInputValidation: true);
        return Take(kit, SocketIOPacketType.Connect, @namespace, id: null)[0];
    }

    /// <summary>The server refuses a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    /// <param name="message">What the client is told.</param>
    /// <param name="data">More of it; null if there is no more.</param>
    /// <exception cref="ArgumentException">
    /// The data has bytes, which such a packet cannot carry without a parser, or is a tuple.
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
        throw new ArgumentException("A refusal cannot carry bytes.", nameof(data));
    }

    /// <summary>Either leaves a namespace.</summary>
    /// <param name="namespace">The namespace.</param>
    public Packet Disconnect(string @namespace) => Take(_arguments.Rent(), SocketIOPacketType.Disconnect, @namespace, id: null)[0];

    private EncodingKit WriteEvent(string name, ReadOnlySpan<object?> arguments)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (SocketIODecoder.IsReserved(name))
            throw new ArgumentException($"\"{name}\" is what clients call an event of their own.", nameof(name));
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
        // Of the same length, so that what is in its place stays there.
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
