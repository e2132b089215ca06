// Where JSON does not fit a type, in words for a log. They have names of the application's types alone: the path that System.Text.Json
// gives has keys of dictionaries too, and its messages have names that the peer has chosen.

using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace WsProto.SocketIO.AspNetCore.Hosting;

internal static class JsonMismatch
{
    /// <summary>The payload was measured already; whatever depth it was allowed, it is read again.</summary>
    private static readonly JsonDocumentOptions _options = new() { MaxDepth = int.MaxValue };

    /// <summary>Describes it.</summary>
    /// <param name="type">The type that was wanted.</param>
    /// <param name="json">What came, which is JSON.</param>
    /// <param name="path">Where it does not fit, as <see cref="JsonException.Path"/> has it.</param>
    internal static string Describe(JsonTypeInfo type, ReadOnlyMemory<byte> json, string? path)
    {
        using var document = JsonDocument.Parse(json, _options);
        JsonElement value = document.RootElement;
        var place = new StringBuilder("$");
        ReadOnlySpan<char> rest = path is { Length: > 0 } ? path.AsSpan(1) : "";
        while (TakeStep(ref rest) is { } step && Follow(step, place, ref type, ref value))
        {
        }

        if (value.ValueKind == JsonValueKind.Object && type.Kind == JsonTypeInfoKind.Object)
        {
            JsonPropertyInfo? missing = type.Properties.FirstOrDefault(property => property.IsRequired && !Has(value, property));
            return missing is null ? $"{place} does not fit." : $"{place}.{missing.Name} is missing.";
        }

        return place.Length == 1 ? $"it is {NameOf(value)}." : $"{place} is {NameOf(value)}, not {NameOf(type.Type)}.";
    }

    /// <summary>The name of a type, without that it may be null.</summary>
    internal static string NameOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type).Name;

    private static string NameOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "true or false",
    };

    /// <summary>Takes the first of <c>.name</c>, <c>['name']</c> and <c>[0]</c>.</summary>
    /// <returns>The name or number; null at the end.</returns>
    private static string? TakeStep(ref ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty)
            return null;
        (int begin, int end, int next) = rest switch
        {
            ['[', '\'', ..] when rest.IndexOf("']") is > 0 and var close => (2, close, close + 2),
            ['[', ..] when rest.IndexOf(']') is > 0 and var close => (1, close, close + 1),
            _ when rest[1..].IndexOfAny('.', '[') is >= 0 and var length => (1, length + 1, length + 1),
            _ => (1, rest.Length, rest.Length),
        };
        string step = rest[begin..end].ToString();
        rest = rest[next..];
        return step;
    }

    /// <summary>Goes one step from a value to one within, and from its type to that of the other.</summary>
    /// <returns>False where the type does not say what is there.</returns>
    private static bool Follow(string step, StringBuilder place, ref JsonTypeInfo type, ref JsonElement value)
    {
        Type? inner = type.ElementType;
        JsonElement found = default;
        string shown = "[…]";
        if (type.Kind == JsonTypeInfoKind.Object && value.ValueKind == JsonValueKind.Object && value.TryGetProperty(step, out found))
        {
            StringComparison names = NamesOf(type.Options);
            JsonPropertyInfo? property = type.Properties.FirstOrDefault(property => property.Name.Equals(step, names));
            inner = property?.PropertyType;
            shown = $".{property?.Name}";
        }
        else if (type.Kind == JsonTypeInfoKind.Enumerable && value.ValueKind == JsonValueKind.Array
            && int.TryParse(step, out int index) && index < value.GetArrayLength())
        {
            found = value[index];
            shown = $"[{index}]";
        }
        else if (type.Kind != JsonTypeInfoKind.Dictionary || value.ValueKind != JsonValueKind.Object
            || !value.TryGetProperty(step, out found))
        {
            return false;
        }

        if (inner is null || !type.Options.TryGetTypeInfo(inner, out JsonTypeInfo? next))
            return false;
        place.Append(shown);
        (type, value) = (next, found);
        return true;
    }

    private static bool Has(JsonElement value, JsonPropertyInfo property)
    {
        StringComparison names = NamesOf(property.Options);
        return value.EnumerateObject().Any(member => member.Name.Equals(property.Name, names));
    }

    private static StringComparison NamesOf(JsonSerializerOptions options) =>
        options.PropertyNameCaseInsensitive ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
}
