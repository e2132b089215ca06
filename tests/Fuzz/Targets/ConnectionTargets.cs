// Whole connections: every stream runs whole and cut, with a caller that answers, and both have to tell the same.

using WsProto.Fuzz.Oracles;
using WsProto.Tests;

namespace WsProto.Fuzz.Targets;

/// <summary>A stream of one kind of connection.</summary>
internal abstract class ConnectionTarget(string name, Kind kind) : Target(name)
{
    protected Kind Kind { get; } = kind;

    public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour)
    {
        Scene scene = Scene.Read(input, out ReadOnlySpan<byte> rest);
        byte[] bytes = rest.ToArray();
        Played whole = Play.Run(Kind, Whole(scene), bytes, behaviour);
        // In chunks, what is echoed depends on how they arrive.
        whole.SameAs(Play.Run(Kind, scene, bytes), scene.DeliversWhole, $"The stream was cut by {scene.Cut}.");
        Judge(scene, bytes, whole);
    }

    public override byte[]? Piece(Random random) =>
        FramePieces.Frame(random, random.Next(2) == 0 ? ConnectionRole.Client : ConnectionRole.Server);

    protected static Scene Whole(Scene scene) => scene with { Cut = 0, Flags = scene.Flags & ~(SceneFlags.ReadLate | SceneFlags.ByFrames) };

    protected virtual void Judge(Scene scene, byte[] bytes, Played whole)
    {
    }
}

/// <summary>A server's connection from the first byte of the request.</summary>
internal sealed class ServerTarget() : ConnectionTarget("server", Kind.Server)
{
    public override byte[]? Piece(Random random) =>
        random.Next(3) == 0 ? HeadPieces.Line(random, Heads.RequestLines) : FramePieces.Frame(random, ConnectionRole.Server);

    public override IEnumerable<Seed> Seeds() =>
    [
        .. FrameSeeds.Streams(ConnectionRole.Server).Select(
            seed => new Seed(seed.Name, new Scene(SceneFlags.EndOfStream, Cut: 64, Script: 4 << 3).With(Heads.Request(), seed.Input))),
        .. FrameSeeds.Compressed(ConnectionRole.Server).Select(seed => new Seed(seed.Name, new Scene(SceneFlags.Echo, Extension: 1, Cut: 18)
            .With(Heads.Request(null, null, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"), seed.Input))),
        new Seed("answered-late", new Scene(SceneFlags.AnswerLate, Cut: 3)
            .With(Heads.Request(), Wire.FrameFor(ConnectionRole.Server, Opcode.Text, Wire.Ascii("early")))),
        new Seed("too-much-before-the-answer", new Scene(SceneFlags.AnswerLate, Head: 1, Cut: 5)
            .With(Heads.Request(), Wire.FrameFor(ConnectionRole.Server, Opcode.Binary, new byte[300]))),
        new Seed("rejected", new Scene(SceneFlags.None, Script: 1 << 3).With(Heads.Request(), Wire.Hex("82 80 00 00 00 00"))),
        new Seed("rejected-in-chunks", new Scene(SceneFlags.EndOfStream, Script: 3 << 3).With(Heads.Request())),
        new Seed("rejected-with-length", new Scene(SceneFlags.EndOfStream, Script: 7 << 3).With(Heads.Request())),
        new Seed("subprotocol", new Scene(SceneFlags.Echo, Script: 6 << 3).With(
            Heads.Request(null, null, "Sec-WebSocket-Protocol: chat, superchat"),
            Wire.FrameFor(ConnectionRole.Server, Opcode.Text, Wire.Ascii("echo")))),
        new Seed("bad-request-in-silence", new Scene(SceneFlags.Silent | SceneFlags.EndOfStream).With(Heads.Request("Host"))),
        new Seed("two-requests", new Scene(SceneFlags.None).With(Heads.Request(), Heads.Request())),
    ];
}

/// <summary>A client's connection from the first byte of the response.</summary>
internal sealed class ClientTarget() : ConnectionTarget("client", Kind.Client)
{
    public override byte[]? Piece(Random random) =>
        random.Next(3) == 0 ? HeadPieces.Line(random, Heads.ResponseLines) : FramePieces.Frame(random, ConnectionRole.Client);

    public override IEnumerable<Seed> Seeds() =>
    [
        .. FrameSeeds.Streams(ConnectionRole.Client)
            .Select(seed => new Seed(seed.Name, new Scene(SceneFlags.EndOfStream, Cut: 64).With(Heads.Response(), seed.Input))),
        .. FrameSeeds.Compressed(ConnectionRole.Client).Select(seed => new Seed(seed.Name, new Scene(SceneFlags.Echo, Extension: 1, Cut: 18)
            .With(Heads.Response(null, null, "Sec-WebSocket-Extensions: permessage-deflate"), seed.Input))),
        new Seed("after-early-hints", new Scene(SceneFlags.None, Cut: 1)
            .With(Wire.Head("HTTP/1.1 103 Early Hints"), Heads.Response(), Wire.FrameFor(ConnectionRole.Client, Opcode.Ping, [1]))),
        new Seed("refused-then-frames", new Scene(SceneFlags.EndOfStream)
            .With(Wire.Head("HTTP/1.1 403 Forbidden"), Wire.FrameFor(ConnectionRole.Client, Opcode.Ping, [1]))),
        new Seed("refused-in-chunks", new Scene(SceneFlags.None, Cut: 2)
            .With(Wire.Head("HTTP/1.1 403 Forbidden", "Transfer-Encoding: chunked"), Wire.Ascii("2\r\nno\r\n0\r\n\r\n"))),
    ];
}

/// <summary>A connection whose handshake was done elsewhere, in either role, with and without compression, under all limits.</summary>
internal sealed class EstablishedTarget() : ConnectionTarget("established", Kind.Established)
{
    public override IEnumerable<Seed> Seeds() => FrameSeeds.Established();

    protected override void Judge(Scene scene, byte[] bytes, Played whole)
    {
        List<WsEvent> model = new Played(FrameModel.Read(scene, scene.Role, bytes), default, []).Comparable;
        List<WsEvent> actual = whole.WithoutWords;
        if (scene.ExtensionKind > 0)
        {
            actual = [.. actual.Where(e => e is not Message)];
            // What is wrong inside a compressed message comes before all that is wrong later.
            if (actual is [.., CloseConnection { Error: ProtocolError.InvalidUtf8 or ProtocolError.MessageTooBig }
                or CloseConnection { Error: ProtocolError.ExtensionFailed, Code: not CloseCode.ProtocolError }])
            {
                actual.RemoveAt(actual.Count - 1);
                model = [.. model.Take(actual.Count)];
            }
        }

        Played.SameEvents(model, actual, "RFC 6455, read again.");
    }
}

/// <summary>One stream of any kind of connection, cut in more than a dozen ways, all of which have to tell the same.</summary>
internal sealed class CutsTarget() : Target("cuts")
{
    public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour)
    {
        // The byte that cuts elsewhere says here what is cut.
        Scene scene = Scene.Read(input, out ReadOnlySpan<byte> rest);
        var kind = (Kind)(scene.Cut % 3);
        scene = scene with { Flags = scene.Flags & ~SceneFlags.ReadLate, Cut = 0 };
        byte[] bytes = rest[..Math.Min(rest.Length, 2048)].ToArray();
        Played whole = Play.Run(kind, scene, bytes, behaviour);
        foreach (byte cut in Cutting.Spread)
        {
            SceneFlags flags = scene.Flags ^ (cut % 2 == 0 ? SceneFlags.ReadLate : SceneFlags.ByFrames);
            whole.SameAs(
                Play.Run(kind, scene with { Cut = cut, Flags = flags }, bytes), scene.DeliversWhole, $"The stream was cut by {cut}.");
        }
    }

    public override byte[]? Piece(Random random) =>
        FramePieces.Frame(random, random.Next(2) == 0 ? ConnectionRole.Client : ConnectionRole.Server);

    public override IEnumerable<Seed> Seeds() =>
    [
        .. FrameSeeds.Established().Select(seed => seed with { Input = [.. seed.Input[..6], 0, .. seed.Input[7..]] }),
        .. HeadSeeds.Requests(new Scene(SceneFlags.EndOfStream, Cut: 1))
            .Select(seed => new Seed("request-" + seed.Name, [.. seed.Input[..6], 1, .. seed.Input[7..]])),
        .. HeadSeeds.Responses().Select(seed => new Seed("response-" + seed.Name, [.. seed.Input[..6], 2, .. seed.Input[7..]])),
    ];
}
