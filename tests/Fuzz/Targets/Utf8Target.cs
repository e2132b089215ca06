using System.Text;
using System.Text.Unicode;
using WsProto.Framing;
using WsProto.Fuzz.Oracles;
using WsProto.Tests;

namespace WsProto.Fuzz.Targets;

/// <summary>
/// UTF-8 (RFC 6455 §8.1, RFC 3629) against System.Text and against the table of RFC 3629; and that a connection fails at the first byte
/// that cannot become valid, wherever frames cut the text.
/// </summary>
internal sealed class Utf8Target() : Target("utf8")
{
    public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour)
    {
        byte cut = input.IsEmpty ? (byte)0 : input[0];
        byte[] text = input.IsEmpty ? [] : input[1..Math.Min(input.Length, 2048)].ToArray();
        Utf8Model.Reading model = Utf8Model.Read(text);
        int whole = Utf8Validator.CountWhole(text);
        behaviour.Step(
            model.Bad < 0 ? 0 : 1 + Math.Min(3, model.Bad - model.Whole),
            text.Length - model.Whole > 3 ? 4 : text.Length - model.Whole,
            text.Length);
        if (text.Length > model.Whole)
            behaviour.Step(100 + text[model.Whole], model.Bad < 0 ? 0 : text[model.Bad] >> 4);

        Oracle.Same(model.IsComplete, Utf8.IsValid(text), "The table of RFC 3629 and System.Text.");
        Oracle.Same(model.Bad < 0 ? model.Whole : -1, whole, "Whole characters.");
        if (whole >= 0)
        {
            // A decoder keeps what is unfinished.
            char[] chars = new char[text.Length];
            Decoder decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
            int count = decoder.GetChars(text, chars, flush: false);
            Oracle.Same(
                Encoding.UTF8.GetString(text.AsSpan(0, whole)),
                new string(chars, 0, count),
                "A decoder without its last, unfinished character.");
        }

        InFrames(cut, text, model);
    }

    private static void InFrames(byte cut, byte[] text, Utf8Model.Reading model)
    {
        int size = 1 + (cut % 9);
        using var connection =
            WsConnection.Established(ConnectionRole.Server, options: new WsConnectionOptions { MaxFragmentCount = null });
        int at = 0;
        do
        {
            byte[] payload = text[at..Math.Min(at + size, text.Length)];
            bool fin = at + payload.Length == text.Length;
            byte[] frame = Wire.FrameFor(ConnectionRole.Server, at == 0 ? Opcode.Text : Opcode.Continuation, payload, fin);
            for (int i = 0; i < frame.Length; i++)
            {
                connection.Receive([frame[i]]);
                IReadOnlyList<WsEvent> events = connection.ReadAll();
                int position = at + i - (frame.Length - payload.Length);
                bool isLast = fin && i == frame.Length - 1;
                bool mustFail = (model.Bad >= 0 && position == model.Bad) || (isLast && !model.IsComplete);
                if (mustFail)
                {
                    Oracle.That(events is [CloseConnection { Error: ProtocolError.InvalidUtf8 }], $"Text did not fail at byte {position}.");
                    return;
                }

                Oracle.That(
                    isLast ? events is [TextMessage message] && message.Data == Encoding.UTF8.GetString(text) : events.Count == 0,
                    $"Something came at byte {position}: {string.Join(" | ", events)}");
            }

            at += payload.Length;
        }
        while (at < text.Length);
    }

    public override byte[]? Piece(Random random) => random.Next(3) switch
    {
        0 => Wire.Utf8(char.ConvertFromUtf32(random.Next(2) == 0 ? 0x10000 + random.Next(0x100000) : random.Next(0xD800))),
        1 => [(byte)(0xC0 + random.Next(0x40)), (byte)(0x80 + random.Next(0x40))],
        _ => [(byte)random.Next(0x80, 0x100)],
    };

    public override IEnumerable<Seed> Seeds()
    {
        (string Name, byte[] Text)[] texts =
        [
            ("empty", []), ("ascii", Wire.Ascii("Hello")), ("greek", Wire.Utf8("κόσμε")), ("emoji", Wire.Utf8("a😀b")),
            ("last", Wire.Utf8("\U0010FFFF")), ("edges", Wire.Utf8("\u007F\u0080\u07FF\u0800\uFFFF\U00010000")),
            ("overlong-2", [0xC0, 0xAF]), ("overlong-3", [0xE0, 0x80, 0xAF]), ("overlong-4", [0xF0, 0x80, 0x80, 0xAF]),
            ("surrogate", [0x61, 0xED, 0xA0, 0x80]), ("beyond", [0xF4, 0x90, 0x80, 0x80]), ("f5", [0xF5]),
            ("lone-continuation", [0x80]), ("unfinished-2", [0x61, 0xC3]), ("unfinished-3", [0x61, 0xE2, 0x82]),
            ("unfinished-4", [0x61, 0xF0, 0x9F, 0x98]), ("broken", [0xE2, 0x82, 0x41]),
            ("long", Wire.Utf8(string.Concat(Enumerable.Repeat("κόσμε ", 20)))),
        ];
        return texts.Select((text, i) => new Seed(text.Name, [(byte)i, .. text.Text]));
    }
}
