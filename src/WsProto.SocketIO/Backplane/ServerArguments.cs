using System;
using System.Collections.Generic;
using System.Text.Json;

namespace WsProto.SocketIO;

/// <summary>The arguments of an event or an acknowledgement: a JSON array, and the bytes of its placeholders.</summary>
internal readonly record struct ServerArguments(
    ReadOnlyMemory<byte> Json, List<JsonPart> Parts, List<Placeholder> Placeholders, IReadOnlyList<ReadOnlyMemory<byte>> Attachments)
{
    /// <summary>The default of System.Text.Json and of <see cref="SocketIODecoder"/>.</summary>
    internal const int MaxDepth = 64;

    /// <summary>Reads an array of arguments.</summary>
    /// <exception cref="JsonException">It is not an array, or its placeholders do not match the attachments in order.</exception>
    internal static ServerArguments Read(ReadOnlyMemory<byte> json, IReadOnlyList<ReadOnlyMemory<byte>> attachments)
    {
        List<JsonPart> parts = [];
        List<Placeholder> placeholders = [];
        JsonTokenType? type = PayloadScanner.Scan(json.Span, MaxDepth, parts, attachments.Count > 0 ? placeholders : null);
        if (type != JsonTokenType.StartArray || placeholders.Count != attachments.Count)
            throw new JsonException();
        for (int i = 0; i < placeholders.Count; i++)
        {
            if (placeholders[i].Number != i)
                throw new JsonException();
        }

        return new(json, parts, placeholders, attachments);
    }

    /// <summary>Reads an array that contains the array of arguments, and then the attachments in base64.</summary>
    /// <exception cref="JsonException">It is not such an array.</exception>
    internal static ServerArguments ReadBinary(ReadOnlyMemory<byte> data)
    {
        List<JsonPart> parts = [];
        if (PayloadScanner.Scan(data.Span, MaxDepth + 1, parts, null) != JsonTokenType.StartArray || parts.Count == 0)
            throw new JsonException();
        ReadOnlyMemory<byte>[] attachments = [.. parts[1..].ConvertAll(part => BytesOf(data.Slice(part.Start, part.Length)))];
        return Read(data.Slice(parts[0].Start, parts[0].Length), attachments);
    }

    /// <summary>Reads a base64 string.</summary>
    /// <exception cref="JsonException">It is not a base64 string.</exception>
    internal static ReadOnlyMemory<byte> BytesOf(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span);
        _ = reader.Read();
        return reader.TokenType == JsonTokenType.String && reader.TryGetBytesFromBase64(out byte[]? bytes)
            ? bytes
            : throw new JsonException();
    }

    internal SocketIOArguments ToArguments() =>
        Parts.Count == 0 ? SocketIOArguments.None : new(Json, [.. Parts], [.. Placeholders], [.. Attachments]);
}
