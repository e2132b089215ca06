using System.Text.Json;
using System.Text.RegularExpressions;

namespace WsProto.Fuzz.Oracles;

/// <summary>What a text message is as a packet of Socket.IO, read once more: by a regular expression and a JSON document.</summary>
internal static partial class SocketIOModel
{
    private const long MaxId = (1L << 53) - 1;

    private static readonly string[] _reserved =
    [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ];

    /// <summary>A packet, with the number of attachments that it waits for.</summary>
    internal sealed record Packet(int Type, string Namespace, long? Id, int Arguments, int Attachments);

    /// <summary>Reads a text; null if it is no packet.</summary>
    internal static Packet? Read(string text)
    {
        Match match = Grammar().Match(text);
        if (!match.Success)
            return null;
        int type = text[0] - '0';
        int attachments = 0;
        if (type > 4 && (!int.TryParse(match.Groups["count"].ValueSpan, out attachments) || attachments is < 1 or > 10))
            return null;
        type = type > 4 ? type - 3 : type;
        string space = match.Groups["space"].Value.TrimEnd(',');
        if (System.Text.Encoding.UTF8.GetByteCount(space) > 256)
            return null;
        long? id = null;
        if (match.Groups["id"].Success)
        {
            if (!long.TryParse(match.Groups["id"].ValueSpan, out long number) || number > MaxId)
                return null;
            id = number;
        }

        string json = LoneHigh().Replace(match.Groups["json"].Value, "${before}\\ufffd");
        json = LoneLow().Replace(json, "${before}\\ufffd");
        int arguments = 0;
        if (json.Length > 0)
        {
            try
            {
                using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
                if (!IsPayload(type, id, document.RootElement, attachments))
                    return null;
                arguments = document.RootElement.ValueKind != JsonValueKind.Array || type == 0 ? 1
                    : document.RootElement.GetArrayLength() - (type == 2 ? 1 : 0);
            }
            catch (JsonException)
            {
                return null;
            }
        }
        else if (type > 1)
        {
            return null;
        }

        return new(type, space.Length < 2 ? "/" : space, id, arguments, attachments);
    }

    private static bool IsPayload(int type, long? id, JsonElement json, int attachments) => type switch
    {
        0 => true, // the connection refuses what is no object
        1 => false,
        2 => json.ValueKind == JsonValueKind.Array && json.GetArrayLength() > 0 && IsName(json[0]) && AreThere(json, attachments, []),
        3 => json.ValueKind == JsonValueKind.Array && id is not null && AreThere(json, attachments, []),
        _ => json.ValueKind is JsonValueKind.Object or JsonValueKind.String,
    };

    private static bool IsName(JsonElement name) =>
        name.ValueKind == JsonValueKind.Number || (name.ValueKind == JsonValueKind.String && !_reserved.Contains(name.GetString()));

    /// <summary>Whether all placeholders name an attachment, each another.</summary>
    private static bool AreThere(JsonElement json, int attachments, HashSet<int> named)
    {
        if (attachments == 0)
            return true;
        if (json.ValueKind == JsonValueKind.Array)
            return json.EnumerateArray().All(item => AreThere(item, attachments, named));
        if (json.ValueKind != JsonValueKind.Object)
            return true;
        return json.TryGetProperty("_placeholder", out JsonElement mark) && mark.ValueKind == JsonValueKind.True
            ? json.TryGetProperty("num", out JsonElement num) && num.ValueKind == JsonValueKind.Number
                && num.TryGetInt32(out int number) && number >= 0 && number < attachments && named.Add(number)
            : json.EnumerateObject().All(property => AreThere(property.Value, attachments, named));
    }

    [GeneratedRegex(@"\A[0-6](?:(?<=[56])(?<count>[0-9]+)-)?(?<space>/[^,]*(?:,|\z))?(?<id>[0-9]+)?(?<json>.*)\z", RegexOptions.Singleline)]
    private static partial Regex Grammar();

    /// <summary>A backslash counts where an even number of others is before it.</summary>
    [GeneratedRegex(@"(?<before>(?<!\\)(?:\\\\)*)\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})")]
    private static partial Regex LoneHigh();

    [GeneratedRegex(@"(?<before>(?<!\\)(?<!(?<!\\)(?:\\\\)*\\u[dD][89abAB][0-9a-fA-F]{2})(?:\\\\)*)\\u[dD][c-fC-F][0-9a-fA-F]{2}")]
    private static partial Regex LoneLow();
}
