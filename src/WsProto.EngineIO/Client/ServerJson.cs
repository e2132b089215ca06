// The two JSON objects that a server of Engine.IO sends: what opens a session, and what is wrong with a request. Whatever is no such object
// has no members.

using System;
using System.Text.Json;

namespace WsProto.EngineIO;

internal static class ServerJson
{
    /// <summary>An object; null if it is none.</summary>
    internal static JsonElement? Read(ReadOnlyMemory<byte> data)
    {
        var reader = new Utf8JsonReader(data.Span);
        try
        {
            return JsonElement.TryParseValue(ref reader, out JsonElement? json) && json.Value.ValueKind == JsonValueKind.Object
                ? json
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A text; null if there is none, or one with half of a surrogate pair.</summary>
    internal static string? Text(JsonElement json, string name)
    {
        if (!json.TryGetProperty(name, out JsonElement value) || value.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    internal static int? Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : null;
}
