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

    /// <summary>A member; null if there is none, or a name after it has half of a surrogate pair.</summary>
    internal static JsonElement? Member(JsonElement json, string name)
    {
        try
        {
            return json.TryGetProperty(name, out JsonElement value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A text; null if it is none, or one with half of a surrogate pair.</summary>
    internal static string? Text(JsonElement? value)
    {
        try
        {
            return value?.ValueKind == JsonValueKind.String ? value.Value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    internal static string? Text(JsonElement json, string name) => Text(Member(json, name));

    internal static int? Number(JsonElement json, string name) =>
        Member(json, name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) ? number : null;
}
