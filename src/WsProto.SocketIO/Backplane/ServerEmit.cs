using System;
using System.Buffers;
using System.Text.Json;

namespace WsProto.SocketIO;

/// <summary>An event for the clients of an audience. Its arguments are not parsed before <see cref="Read"/>.</summary>
public sealed record ServerEmit : SocketIOServerMessage
{
    private readonly SocketIOContent? _content;
    private readonly ServerEventData _data;

    /// <summary>Creates an event to publish.</summary>
    /// <param name="origin">The id of the server that sends it.</param>
    /// <param name="audience">The clients that get it.</param>
    /// <param name="content">The event, from <see cref="SocketIOEncoder.Content"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="content"/> is not an event.</exception>
    public ServerEmit(string origin, SocketIOAudience audience, SocketIOContent content)
        : base(origin)
    {
        ArgumentNullException.ThrowIfNull(content);
        if (content.Type != SocketIOPacketType.Event)
            throw new ArgumentException("The content must be an event.", nameof(content));
        Audience = audience;
        _content = content;
    }

    internal ServerEmit(string origin, SocketIOAudience audience, ServerEventData data)
        : base(origin)
    {
        Audience = audience;
        _data = data;
    }

    /// <summary>The clients that get it.</summary>
    public SocketIOAudience Audience { get; }

    /// <summary>Whether the event is volatile: it may be dropped for clients that are not ready to receive it.</summary>
    public bool IsVolatile { get; init; }

    /// <summary>The acknowledgements that the sender expects; null for none.</summary>
    public ServerCall? Call { get; init; }

    /// <summary>Reads the event.</summary>
    /// <param name="maxAttachments">The maximum number of attachments.</param>
    /// <returns>
    /// The event, without the id of an acknowledgement. Null if it is malformed, has too many attachments, or has a reserved name.
    /// </returns>
    public SocketIOContent? Read(int maxAttachments) => _content ?? _data.Read(Audience.Namespace, maxAttachments);
}

/// <summary>An event as it was received: the JSON of its name, and that of its arguments.</summary>
internal readonly record struct ServerEventData(ReadOnlyMemory<byte> Name, ReadOnlyMemory<byte> Data, bool IsBinary, bool IsExact)
{
    internal SocketIOContent? Read(string @namespace, int maxAttachments)
    {
        try
        {
            if (SocketIODecoder.IsReserved(ServerMessageFields.TextOf(Name)))
                return null;
            ServerArguments arguments = IsBinary ? ServerArguments.ReadBinary(Data) : ServerArguments.Read(Data, []);
            if (arguments.Attachments.Count > maxAttachments)
                return null;
            // Python writes [null] for no arguments.
            int count = arguments.Parts.Count == 1 && !IsExact && Data.Span[arguments.Parts[0].Start] == 'n' ? 0 : arguments.Parts.Count;
            return Join(@namespace, arguments, count);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private SocketIOContent Join(string @namespace, ServerArguments arguments, int count)
    {
        var json = new ArrayBufferWriter<byte>(Name.Length + arguments.Json.Length + 2);
        json.Write("["u8);
        json.Write(Name.Span);
        var attachments = new SocketIOAttachment[arguments.Attachments.Count];
        if (count > 0)
        {
            json.Write(","u8);
            int first = arguments.Parts[0].Start;
            for (int i = 0; i < attachments.Length; i++)
            {
                Placeholder place = arguments.Placeholders[i];
                attachments[i] = new(place.Start - first + json.WrittenCount, place.Length, arguments.Attachments[i]);
            }

            json.Write(arguments.Json.Span[first..arguments.Parts[^1].End]);
        }

        json.Write("]"u8);
        return new(SocketIOPacketType.Event, @namespace, null, json.WrittenMemory, attachments);
    }
}
