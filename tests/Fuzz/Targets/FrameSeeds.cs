// Streams of frames to begin with: one for each thing that RFC 6455 §5 and §7 speak of, and for each limit.

using WsProto.Tests;

namespace WsProto.Fuzz.Targets;

internal static class FrameSeeds
{
    private static readonly byte[] _hello = Wire.Ascii("Hello");

    public static IEnumerable<Seed> Established()
    {
        foreach (ConnectionRole role in (ConnectionRole[])[ConnectionRole.Client, ConnectionRole.Server])
        {
            SceneFlags flags = role == ConnectionRole.Server ? SceneFlags.Server : SceneFlags.None;
            string name = role == ConnectionRole.Server ? "server" : "client";
            foreach (Seed seed in Streams(role))
                yield return new Seed($"{name}-{seed.Name}", new Scene(flags | SceneFlags.EndOfStream, Cut: 64).With(seed.Input));
            foreach (Seed seed in Compressed(role))
            {
                yield return new Seed($"{name}-{seed.Name}", new Scene(flags, Extension: 1, Cut: 2).With(seed.Input));
                yield return new Seed(
                    $"{name}-{seed.Name}-chunks",
                    new Scene(flags | SceneFlags.Chunks, Extension: 2, Cut: 16).With(seed.Input));
            }

            foreach (Seed seed in Limits(role, flags))
                yield return seed with { Name = $"{name}-{seed.Name}" };
            byte[] talk = Wire.Concat(Streams(role).Take(6).Select(seed => seed.Input));
            yield return new Seed($"{name}-chunks", new Scene(flags | SceneFlags.Chunks | SceneFlags.ByFrames, Cut: 3).With(talk));
            yield return new Seed(
                $"{name}-echo",
                new Scene(flags | SceneFlags.Echo | SceneFlags.ByFrames, Extension: 3, Cut: 200).With(talk));
            yield return new Seed(
                $"{name}-closes-first",
                new Scene(flags | SceneFlags.EndOfStream, Cut: 1, Script: 2).With(talk, Wire.CloseFor(role, 1000)));
            yield return new Seed(
                $"{name}-silent",
                new Scene(flags | SceneFlags.Silent | SceneFlags.EndOfStream | SceneFlags.ReadLate, Cut: 8)
                    .With(talk, Wire.CloseFor(role, 1001, "away")));
            yield return new Seed(
                $"{name}-silent-violation",
                new Scene(flags | SceneFlags.Silent, Cut: 8).With(talk, Wire.CloseFor(role, 1005), talk));
        }
    }

    /// <summary>Streams without extension, as the peer of a role sends them.</summary>
    public static IEnumerable<Seed> Streams(ConnectionRole role)
    {
        byte[] Frame(Opcode opcode, byte[] payload, bool fin = true, int rsv = 0, LengthForm form = LengthForm.Shortest) =>
            Wire.FrameFor(role, opcode, payload, fin, rsv, form);
        byte[]? key = role == ConnectionRole.Server ? Wire.Key : null;
        return
        [
            new Seed("text", Frame(Opcode.Text, _hello)),
            new Seed("fragments",
            [
                .. Frame(Opcode.Text, [0xCE], fin: false),
                .. Frame(Opcode.Continuation, [0xBA, 0xE1, 0xBD], fin: false),
                .. Frame(Opcode.Continuation, [0xB9]),
            ]),
            new Seed(
                "ping-inside",
                [.. Frame(Opcode.Binary, [1, 2], fin: false), .. Frame(Opcode.Ping, [9]), .. Frame(Opcode.Continuation, []), ]),
            new Seed("pong", Frame(Opcode.Pong, [])),
            new Seed("length-126", Frame(Opcode.Binary, new byte[126])),
            new Seed("empty", [.. Frame(Opcode.Text, []), .. Frame(Opcode.Binary, [])]),
            new Seed("close", Wire.CloseFor(role, 1000, "bye")),
            new Seed("close-without-code", Wire.CloseFor(role, null)),
            new Seed("close-one-byte", Frame(Opcode.Close, [3])),
            new Seed("close-1005", Wire.CloseFor(role, 1005)),
            new Seed("close-reason", Frame(Opcode.Close, [0x03, 0xE8, 0xC0, 0xAF])),
            new Seed("after-close", [.. Wire.CloseFor(role, 4999), .. Frame(Opcode.Text, _hello)]),
            new Seed("bad-text", Frame(Opcode.Text, [0x61, 0xED, 0xA0, 0x80])),
            new Seed("unfinished-text", Frame(Opcode.Text, [0xF0, 0x9F, 0x98])),
            new Seed("text-of-64", Frame(Opcode.Text, Wire.Utf8(string.Concat(Enumerable.Repeat("κόσμε ", 6))))),
            new Seed("reserved-opcode", Frame((Opcode)3, [])),
            new Seed("reserved-control", Frame((Opcode)11, [])),
            new Seed("rsv", Frame(Opcode.Text, _hello, rsv: 4)),
            new Seed("fragmented-ping", Frame(Opcode.Ping, [], fin: false)),
            new Seed("long-ping", Wire.Frame(Opcode.Ping, new byte[126], key: key)),
            new Seed("lone-continuation", Frame(Opcode.Continuation, [])),
            new Seed("text-inside", [.. Frame(Opcode.Text, [], fin: false), .. Frame(Opcode.Text, [])]),
            new Seed("wrong-mask", Wire.Frame(Opcode.Text, _hello, key: key is null ? Wire.Key : null)),
            new Seed("long-form-2", Frame(Opcode.Text, _hello, form: LengthForm.TwoBytes)),
            new Seed("long-form-8", Frame(Opcode.Text, _hello, form: LengthForm.EightBytes)),
            new Seed("long-form-2-of-125", Wire.Frame(Opcode.Binary, [], key: key, form: LengthForm.TwoBytes, announced: 125)),
            new Seed("long-form-8-of-65535", Wire.Frame(Opcode.Binary, [], key: key, form: LengthForm.EightBytes, announced: 65535)),
            new Seed("length-2-63", Wire.Frame(Opcode.Binary, [], key: key, form: LengthForm.EightBytes, announced: 1UL << 63)),
            new Seed("length-2-40", Wire.Frame(Opcode.Binary, [1], key: key, form: LengthForm.EightBytes, announced: 1UL << 40)),
            new Seed("half-a-frame", Frame(Opcode.Binary, new byte[20])[..12]),
        ];
    }

    /// <summary>Streams with permessage-deflate (RFC 7692 §7.2.3).</summary>
    public static IEnumerable<Seed> Compressed(ConnectionRole role)
    {
        byte[] Frame(byte[] payload, bool fin = true, Opcode opcode = Opcode.Text, int rsv = 4) =>
            Wire.FrameFor(role, opcode, payload, fin, rsv);
        byte[] hello = Wire.Hex("F2 48 CD C9 C9 07 00");
        return
        [
            new Seed("deflate", Frame(hello)),
            new Seed("deflate-takeover", [.. Frame(hello), .. Frame(Wire.Hex("F2 00 11 00 00"))]),
            new Seed("deflate-fragments",
            [
                .. Frame(hello[..3], fin: false),
                .. Wire.FrameFor(role, Opcode.Ping, []),
                .. Frame(hello[3..], opcode: Opcode.Continuation, rsv: 0),
            ]),
            new Seed("deflate-stored", Frame(Wire.Hex("00 05 00 FA FF 48 65 6C 6C 6F 00"))),
            new Seed("deflate-final", [.. Frame(Wire.Hex("F3 48 CD C9 C9 07 00 00")), .. Frame(hello)]),
            new Seed("deflate-two-blocks", Frame(Wire.Hex("F2 48 05 00 00 00 FF FF CA C9 C9 07 00"))),
            new Seed("deflate-empty", [.. Frame([0x00]), .. Frame([])]),
            new Seed("deflate-not-compressed", [.. Frame(_hello, rsv: 0), .. Frame(hello)]),
            new Seed("deflate-cut-off", Frame(hello[..4])),
            new Seed("deflate-garbage", Frame(Wire.Hex("FF FF FF FF"))),
            new Seed("deflate-rsv-on-continuation", [.. Frame(hello, fin: false), .. Frame([], opcode: Opcode.Continuation)]),
            new Seed("deflate-rsv-on-ping", Frame([], opcode: Opcode.Ping)),
            new Seed("deflate-bad-text", Frame(FramePieces.Deflate([0x61, 0xFF, 0x61]))),
            new Seed("deflate-bomb", Frame(FramePieces.Deflate(new byte[100_000]), opcode: Opcode.Binary)),
        ];
    }

    private static IEnumerable<Seed> Limits(ConnectionRole role, SceneFlags flags)
    {
        byte[] Frame(byte[] payload, bool fin = true, Opcode opcode = Opcode.Binary) => Wire.FrameFor(role, opcode, payload, fin);
        byte[] three = [.. Frame([1], fin: false), .. Frame([], false, Opcode.Continuation), .. Frame([2], true, Opcode.Continuation)];
        for (byte limit = 1; limit <= 4; limit++)
        {
            yield return new Seed($"fragments-{limit}", new Scene(flags, Fragments: limit, Cut: 63).With(three, three));
            yield return new Seed($"message-{limit}", new Scene(flags | SceneFlags.Chunks, Message: limit, Cut: 63)
                .With(Frame([1]), three, Frame(new byte[5]), Frame(new byte[6])));
            yield return new Seed(
                $"frame-{limit}",
                new Scene(flags, Frame: limit, Cut: 63).With(Frame([1]), Frame(new byte[125]), Frame(new byte[126]), Frame(new byte[127])));
            yield return new Seed($"deflate-message-{limit}", new Scene(flags, Message: limit, Extension: 1, Cut: 22).With(
                Wire.FrameFor(role, Opcode.Binary, FramePieces.Deflate(new byte[5]), rsv: 4),
                Wire.FrameFor(role, Opcode.Binary, FramePieces.Deflate(new byte[17]), rsv: 4)));
        }
    }
}
