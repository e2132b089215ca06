using System.Globalization;
using System.Text;

namespace WsProto.Bench;

/// <summary>JSON as services send it: records with names, numbers and words, different each time.</summary>
internal static class Corpus
{
    private static readonly string[] _words =
    [
        "order", "price", "status", "open", "filled", "user", "session", "update", "Zürich", "Köln", "delta", "snapshot", "limit", "market",
        "cancel", "reply",
    ];

    public static byte[][] Json(int size, int count)
    {
        var random = new Random(7692);
        return [.. Enumerable.Range(0, count).Select(i => Message(random, size, i))];
    }

    private static byte[] Message(Random random, int size, int id)
    {
        var text = new StringBuilder("[");
        while (Encoding.UTF8.GetByteCount(text.ToString()) < size)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"{{\"id\":{id},\"seq\":{random.Next()},\"type\":\"{Word(random)}\",\"who\":\"{Word(random)}-{Word(random)}\",");
            text.Append(
                CultureInfo.InvariantCulture,
                $"\"price\":{random.NextDouble() * 1000:F4},\"tags\":[\"{Word(random)}\",\"{Word(random)}\"]}},");
        }

        // Cut to size; an ASCII tail keeps it valid UTF-8 wherever the cut falls.
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString())[..size];
        for (int i = size - 4; i < size; i++)
            bytes[i] = (byte)' ';
        return System.Text.Unicode.Utf8.IsValid(bytes) ? bytes : Message(random, size, id);
    }

    private static string Word(Random random) => _words[random.Next(_words.Length)];
}
