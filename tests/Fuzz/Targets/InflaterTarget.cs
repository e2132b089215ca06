// Compressed messages as they come out of a connection, against System.IO.Compression.DeflateStream: the same bytes, the limit exact
// to the byte from both sides, and broken streams refused. A second message may refer to the first.

using System.Text;
using WsProto.Fuzz.Oracles;
using WsProto.Tests;

namespace WsProto.Fuzz.Targets;

internal sealed class InflaterTarget() : Target("inflater")
{
    private static readonly int[] _fragments = [int.MaxValue, 1, 2, 5, 100];

    public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour)
    {
        Scene scene = Scene.Read(input, out ReadOnlySpan<byte> rest);
        // The byte of the frame limit says where the first message ends and a second begins, which may refer to it.
        int split = scene.Frame;
        scene = scene with
        {
            Extension = 1,
            Fragments = 5,
            Frame = 0,
            Flags = scene.Flags & ~(SceneFlags.Echo | SceneFlags.ByFrames | SceneFlags.ReadLate),
            Script = (byte)(scene.Script & 0xF8),
        };
        byte[] payload = rest[..Math.Min(rest.Length, 4096)].ToArray();
        split %= payload.Length + 1;
        byte[][] messages = split == 0 ? [payload] : [payload[..split], payload[split..]];
        bool isText = (scene.Answer & 1) != 0;
        int size = _fragments[(scene.Answer >> 1) % _fragments.Length];
        byte[] stream = Wire.Concat(messages.Select(message => Message(scene.Role, isText ? Opcode.Text : Opcode.Binary, message, size)));

        Played whole = Play.Run(Kind.Established, scene with { Cut = 0 }, stream, behaviour);
        whole.SameAs(Play.Run(Kind.Established, scene, stream), sentToo: false, $"The stream was cut by {scene.Cut}.");
        Judge(
            messages,
            Data(whole),
            whole.Events.OfType<CloseConnection>().FirstOrDefault()?.Error,
            scene.MaxMessageSize!.Value,
            isText,
            behaviour);
    }

    private static void Judge(byte[][] messages, List<byte[]> read, ProtocolError? error, long limit, bool isText, Behaviour behaviour)
    {
        byte[] before = [];
        int length = 0;
        for (int i = 0; i < messages.Length; i++)
        {
            // Longer ones are refused for what they are on the wire.
            if (messages[i].Length > (2 * limit) + 1024)
                return;
            Inflated expected = InflateModel.Read([.. before, .. messages[i]], out byte[] all);
            byte[] data = expected == Inflated.Broken ? [] : all[Math.Min(length, all.Length)..];
            behaviour.Step((int)expected, isText ? 1 : 0, data.Length);
            if (expected != Inflated.Whole || data.Length > limit || (isText && !Utf8Model.Read(data).IsComplete))
            {
                Refused(expected, data, read.ElementAtOrDefault(i), error, limit, isText);
                return;
            }

            Oracle.That(read.Count > i, $"Message {i} of {data.Length} bytes was not read: {error}.");
            Oracle.That(read[i].AsSpan().SequenceEqual(data), $"Message {i} is not what DeflateStream reads.");
            before = [.. before, .. messages[i], 0x00, 0x00, 0xFF, 0xFF];
            length = all.Length;
        }
    }

    private static void Refused(Inflated expected, byte[] data, byte[]? read, ProtocolError? error, long limit, bool isText)
    {
        bool badText = isText && error == ProtocolError.InvalidUtf8;
        switch (expected)
        {
            case Inflated.Whole when data.Length > limit:
                Oracle.That(error == ProtocolError.MessageTooBig || badText, $"A message beyond the limit of {limit}: {error}.");
                break;
            case Inflated.Whole:
                Oracle.Same(ProtocolError.InvalidUtf8, error, "A message that is not UTF-8.");
                break;
            case Inflated.Broken:
                Oracle.That(
                    error is ProtocolError.ExtensionFailed or ProtocolError.MessageTooBig || badText,
                    $"What DeflateStream refuses: {error}.");
                break;
            default:
                Oracle.That(read is null || read.AsSpan().StartsWith(data), "A message does not begin as DeflateStream reads it.");
                break;
        }
    }

    /// <summary>The messages that were read whole.</summary>
    private static List<byte[]> Data(Played played)
    {
        var messages = new List<byte[]>();
        var message = new List<byte>();
        foreach (Message piece in played.Comparable.OfType<Message>())
        {
            message.AddRange(piece is TextMessage text ? Encoding.UTF8.GetBytes(text.Data) : ((BytesMessage)piece).Data.ToArray());
            if (!piece.MessageFinished)
                continue;
            messages.Add([.. message]);
            message.Clear();
        }

        return messages;
    }

    private static byte[] Message(ConnectionRole role, Opcode opcode, byte[] payload, int size)
    {
        byte[][] pieces = payload.Length == 0 ? [[]] : [.. payload.Chunk(size)];
        return Wire.Concat(pieces.Select(
            (piece, i) => Wire.FrameFor(role, i == 0 ? opcode : Opcode.Continuation, piece, i == pieces.Length - 1, i == 0 ? 4 : 0)));
    }

    public override byte[]? Piece(Random random)
    {
        byte[] data = new byte[random.Next(1, 1 << random.Next(1, 12))];
        if (random.Next(2) == 0)
            Array.Fill(data, (byte)random.Next(256));
        else
            random.NextBytes(data);
        return FramePieces.Deflate(data);
    }

    public override IEnumerable<Seed> Seeds()
    {
        (string Name, byte[] Payload)[] payloads =
        [
            ("hello", Wire.Hex("F2 48 CD C9 C9 07 00")), ("stored", Wire.Hex("00 05 00 FA FF 48 65 6C 6C 6F 00")),
            ("final", Wire.Hex("F3 48 CD C9 C9 07 00 00")), ("two-blocks", Wire.Hex("F2 48 05 00 00 00 FF FF CA C9 C9 07 00")),
            ("empty", [0x00]), ("nothing", []), ("cut-off", Wire.Hex("F2 48 CD")), ("garbage", Wire.Hex("FF FF FF")),
            ("dynamic", FramePieces.Deflate(Wire.Ascii(string.Concat(Enumerable.Range(0, 60).Select(i => $"{i * 7919 % 1000},"))))),
            ("distance-too-far", Wire.Hex("62 04 22 00 00")), ("final-then-final", Wire.Hex("03 00 03 00 00")),
            ("final-at-the-end", Wire.Hex("F3 48 CD C9 C9 07 00")),
        ];
        for (int i = 0; i < payloads.Length; i++)
        {
            yield return new Seed(payloads[i].Name, new Scene(SceneFlags.Server, Cut: (byte)(i * 3)).With(payloads[i].Payload));
            yield return new Seed(
                payloads[i].Name + "-text-chunks",
                new Scene(SceneFlags.Chunks, Cut: 1, Script: 3 << 3).With(payloads[i].Payload));
        }

        yield return new Seed(
            "takeover",
            new Scene(SceneFlags.Server, Frame: 7, Cut: 2).With(Wire.Hex("F2 48 CD C9 C9 07 00 F2 00 11 00 00")));
        yield return new Seed(
            "takeover-text",
            new Scene(SceneFlags.None, Frame: 7, Cut: 5, Script: 1 << 3).With(Wire.Hex("F2 48 CD C9 C9 07 00 F2 00 11 00 00")));

        // Final blocks cost more than their two bytes, so they are counted.
        foreach (int count in (int[])[1023, 1024, 1025, 1026])
            yield return new Seed(
                $"final-blocks-{count}",
                new Scene(SceneFlags.Server, Cut: 63).With(Wire.Concat(Enumerable.Repeat<byte[]>([0x03, 0x00], count)), [0x00]));

        // At a limit and one beyond.
        foreach ((byte limit, int size) in ((byte, int)[])
        [
            (1, 0), (1, 1), (2, 1), (2, 2), (4, 16), (4, 17), (7, 1000), (7, 1001), (9, 65536), (9, 65537), (10, 100_000), (10, 100_001),
        ])
            yield return new Seed(
                $"limit-{limit}-bytes-{size}",
                new Scene(SceneFlags.Server, Message: limit, Cut: 3, Script: 2 << 3).With(FramePieces.Deflate(new byte[size])));
    }
}
