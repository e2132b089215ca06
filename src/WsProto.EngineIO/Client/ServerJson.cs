// The two JSON objects that an Engine.IO server sends: the data of the open packet, and the body of a refusal. Anything else counts as an
// object without members.

using System;
using System.Text.Json;

namespace WsProto.EngineIO;

internal static class ServerJson
{
    /// <summary>Reads an object. Returns null if the data is not a JSON object.</summary>
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

    /// <summary>Gets a member. Returns null if there is none, or if a name that follows it contains half of a surrogate pair.</summary>
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

    /// <summary>Gets a string. Returns null if the value is not a string, or contains half of a surrogate pair.</summary>
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
