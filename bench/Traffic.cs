using System.Buffers;
using System.Text;

namespace WsProto.Bench;

/// <summary>What messages are made of.</summary>
public enum Kind
{
    /// <summary>Text, ASCII.</summary>
    Ascii,

    /// <summary>Text; more than half of its bytes belong to characters beyond ASCII.</summary>
    Mixed,

    /// <summary>Random bytes.</summary>
    Binary,

    /// <summary>Sizes from 1 to 4,096 bytes, evenly over their logarithm; half ASCII, a fifth mixed, the rest binary.</summary>
    Random,
}

/// <summary>Messages, different each time so that no processor learns them by heart, and the frames of a client that carry them.</summary>
internal sealed class Traffic
{
    private static readonly Rune[][] _scripts =
    [
        [.. "Straße Grüße Köln schön über Öl für Maß ".EnumerateRunes()],
        [.. "Съешь же ещё этих мягких французских булок да выпей чаю ".EnumerateRunes()],
        [.. "天地玄黄宇宙洪荒日月盈昃辰宿列张 ".EnumerateRunes()],
        [.. "いろはにほへとちりぬるを 다람쥐 헌 쳇바퀴에 타고파 ".EnumerateRunes()],
        [.. "😀 🚀 ok 👍🎉 ".EnumerateRunes()],
    ];

    private static readonly Rune[] _words = [.. "{\"id\": 4711, \"name\": \"the quick brown fox\", \"tags\": [1, 2.5]} ".EnumerateRunes()];

    public Traffic(Kind kind, int size)
    {
        var random = new Random(6455);
        int total = size >= 1 << 20 ? 4 << 20 : 2 << 20;
        var messages = new List<(bool IsText, byte[] Payload)>();
        for (int sum = 0; sum < total; sum += messages[^1].Payload.Length + 4)
            messages.Add(Message(random, kind, size));
        Messages = [.. messages];
        Largest = messages.Max(message => message.Payload.Length);

        var wire = new ArrayBufferWriter<byte>(total + (messages.Count * 14));
        using var client = WsConnection.Established(ConnectionRole.Client);
        foreach ((bool isText, byte[] payload) in Messages)
        {
            if (isText)
                client.SendText(payload, wire);
            else
                client.SendBytes(payload, wire);
        }

        Wire = wire.WrittenSpan.ToArray();
    }

    public (bool IsText, byte[] Payload)[] Messages { get; }

    public int Largest { get; }

    /// <summary>Masked frames, back to back.</summary>
    public byte[] Wire { get; }

    private static (bool IsText, byte[] Payload) Message(Random random, Kind kind, int size)
    {
        if (kind == Kind.Random)
        {
            size = (int)Math.Pow(4096, random.NextDouble());
            kind = random.Next(10) switch { < 5 => Kind.Ascii, < 7 => Kind.Mixed, _ => Kind.Binary };
        }

        if (kind != Kind.Binary)
            return (true, Text(random, kind, size));
        byte[] bytes = new byte[size];
        random.NextBytes(bytes);
        return (false, bytes);
    }

    private static byte[] Text(Random random, Kind kind, int size)
    {
        byte[] text = new byte[size];
        int length = 0;
        while (length < size)
        {
            Rune[] script = kind == Kind.Ascii ? _words : _scripts[random.Next(_scripts.Length)];
            int at = random.Next(script.Length);
            for (int i = random.Next(3, 12); i > 0 && length < size; i--)
            {
                Rune rune = script[at++ % script.Length];
                length += (rune.Utf8SequenceLength <= size - length ? rune : new Rune('.')).EncodeToUtf8(text.AsSpan(length));
            }
        }

        return text;
    }
}
