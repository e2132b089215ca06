using System.Globalization;

namespace WsProto.Fuzz.Driver;

/// <summary>The tokens of websocket.dict, in the format of AFL++ and libFuzzer: name="text with \xNN", one a line.</summary>
internal static class Dictionary
{
    public static IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "websocket.dict"))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(Parse),
    ];

    private static byte[] Parse(string line)
    {
        string text = line[(line.IndexOf('"', StringComparison.Ordinal) + 1)..^1];
        var token = new List<byte>();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
                token.Add((byte)text[i]);
            else if (text[++i] == 'x')
            {
                token.Add(byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 2;
            }
            else
                token.Add((byte)text[i]);
        }

        return [.. token];
    }
}
