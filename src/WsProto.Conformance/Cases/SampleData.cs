using System;
using System.Linq;
using System.Text;

namespace WsProto.Conformance;

/// <summary>Payloads, the same each time, of the kinds that the files of the suite are.</summary>
internal static class SampleData
{
    private const int Length = 256 << 10;

    private static readonly string[] _words = "of the and in one house stone light over under river where nobody counts".Split(' ');

    /// <summary>Octets without a pattern; as text, printable ASCII.</summary>
    public static byte[] Random(int size, bool isText)
    {
        byte[] payload = new byte[size];
        new Random(size).NextBytes(payload);
        for (int i = 0; isText && i < size; i++)
            payload[i] = (byte)(' ' + (payload[i] & 0x3F));
        return payload;
    }

    public static byte[] Json() => Repeat(random =>
        $$"""{"id":{{random.Next(1_000_000)}},"name":"n{{random.Next(9999)}}","at":[{{random.Next(999)}}]},""");

    public static byte[] Html() => Repeat(random =>
        $"<tr class=\"row\"><td>{random.Next(100_000)}</td><td><a href=\"/item/{random.Next(1000)}\">more</a></td></tr>\n");

    public static byte[] Prose() => Repeat(random => _words[random.Next(_words.Length)] + " ");

    /// <summary>Shades of grey, with a little noise, 512 to a line.</summary>
    public static byte[] Picture()
    {
        var random = new Random(2);
        return [.. Enumerable.Range(0, Length).Select(i => (byte)((i / 512) + (i % 512 / 8) + random.Next(3)))];
    }

    /// <summary>Prose and noise in turn, as in a document with compressed parts.</summary>
    public static byte[] HalfNoise()
    {
        byte[] data = Prose();
        for (int i = 0; i < data.Length; i += 8192)
            new Random(i).NextBytes(data.AsSpan(i, 4096));
        return data;
    }

    private static byte[] Repeat(Func<Random, string> part)
    {
        var random = new Random(1);
        var text = new StringBuilder();
        while (text.Length < Length)
            text.Append(part(random));
        return Encoding.ASCII.GetBytes(text.ToString(0, Length));
    }
}
