// The fields of a message, by their position in it. The arguments of an event are not parsed here: most servers have no clients in most
// rooms.

using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace WsProto.SocketIO;

/// <summary>The names of the fields. The first ones are those of python-socketio.</summary>
internal enum ServerField
{
    Method,
    Event,
    Data,
    Binary,
    Namespace,
    Room,
    SkipSid,
    Callback,
    HostId,
    Sid,
    Id,
    Args,
    Volatile,
    Exact,
    Timeout,
    From,
    Attachments,
    To,
    Count,
    Close,
    Leaving,
}

/// <summary>
/// A message that is a JSON object without lone surrogates. Reading a field throws <see cref="JsonException"/> if it has another type.
/// </summary>
internal readonly struct ServerMessageFields
{
    private static readonly ImmutableArray<string> _names =
    [
        "method", "event", "data", "binary", "namespace", "room", "skip_sid", "callback", "host_id", "sid", "id", "args",
        "volatile", "exact", "timeout", "from", "attachments", "to", "count", "close", "leaving",
    ];

    private readonly ReadOnlyMemory<byte> _json;
    private readonly JsonPart[] _parts = new JsonPart[_names.Length];

    /// <summary>Finds the fields.</summary>
    internal ServerMessageFields(ReadOnlyMemory<byte> json)
    {
        _json = json;
        // The arguments are within an object and an array; with attachments, within one more array.
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = ServerArguments.MaxDepth + 2 });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            int field = FieldOf(ref reader);
            _ = reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (field >= 0)
                _parts[field] = new(start, (int)reader.BytesConsumed - start);
        }

        // Anything that follows is an error, which makes this call throw.
        _ = reader.Read();
    }

    internal static string NameOf(ServerField field) => _names[(int)field];

    /// <summary>Gets the JSON of a field, or the JSON null if there is no such field.</summary>
    internal ReadOnlyMemory<byte> Json(ServerField field)
    {
        JsonPart part = _parts[(int)field];
        return part.Length == 0 ? "null"u8.ToArray() : _json.Slice(part.Start, part.Length);
    }

    internal string? OptionalText(ServerField field) => IsNull(field) ? null : TextOf(Json(field));

    internal string Text(ServerField field) => OptionalText(field) ?? throw new JsonException();

    internal bool Flag(ServerField field) => !IsNull(field) && Json(field).Span[0] == 't';

    internal long Number(ServerField field) => NumberOf(Json(field));

    internal TimeSpan? Milliseconds(ServerField field) =>
        IsNull(field) ? null : TimeSpan.FromMilliseconds(Math.Clamp(Number(field), -1, int.MaxValue));

    /// <summary>Gets several strings, one, or none.</summary>
    internal string[] Texts(ServerField field)
    {
        if (IsNull(field))
            return [];
        ReadOnlyMemory<byte> json = Json(field);
        if (json.Span[0] != '[')
            return [TextOf(json)];
        List<JsonPart> parts = Parts(json);
        var texts = new List<string>(parts.Count);
        foreach (JsonPart part in parts)
        {
            // Python writes [null] to skip nobody.
            if (json.Span[part.Start] != 'n')
                texts.Add(TextOf(json.Slice(part.Start, part.Length)));
        }

        return [.. texts];
    }

    /// <summary>Gets the elements of an array, or none if there is no such field.</summary>
    internal ReadOnlyMemory<byte>[] Elements(ServerField field)
    {
        if (IsNull(field))
            return [];
        ReadOnlyMemory<byte> json = Json(field);
        return Parts(json).ConvertAll(part => json.Slice(part.Start, part.Length)).ToArray();
    }

    internal static long NumberOf(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span);
        _ = reader.Read();
        return reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) ? number : throw new JsonException();
    }

    /// <summary>Gets a string, or the digits of a number, because rooms of Python may be numbers.</summary>
    internal static string TextOf(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span);
        _ = reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.String => reader.GetString()!,
            JsonTokenType.Number => Encoding.UTF8.GetString(json.Span),
            _ => throw new JsonException(),
        };
    }

    private static List<JsonPart> Parts(ReadOnlyMemory<byte> json)
    {
        List<JsonPart> parts = [];
        return PayloadScanner.Scan(json.Span, ServerArguments.MaxDepth, parts, null) == JsonTokenType.StartArray
            ? parts
            : throw new JsonException();
    }

    private static int FieldOf(ref Utf8JsonReader reader)
    {
        for (int i = 0; i < _names.Length; i++)
        {
            if (reader.ValueTextEquals(_names[i]))
                return i;
        }

        return -1;
    }

    private bool IsNull(ServerField field)
    {
        JsonPart part = _parts[(int)field];
        return part.Length == 0 || _json.Span[part.Start] == 'n';
    }
}
