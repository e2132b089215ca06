using System.Text;
using WsProto.Fuzz.Oracles;
using WsProto.Tests;

namespace WsProto.Fuzz.Targets;

/// <summary>The head of a request, as a server parses it (RFC 6455 §4.2.1, RFC 9112). Nothing follows; a request is not answered.</summary>
internal sealed class RequestTarget() : Target("request")
{
    private static readonly Scene _plain = new(SceneFlags.None);

    public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour)
    {
        Scene scene = Scene.Read(input, out ReadOnlySpan<byte> rest);
        scene = scene with { Flags = scene.Flags | SceneFlags.AnswerLate | SceneFlags.Silent };
        byte[] bytes = rest.ToArray();
        Played whole = Play.Run(
            Kind.Server, scene with { Cut = 0, Flags = scene.Flags & ~(SceneFlags.ReadLate | SceneFlags.ByFrames) }, bytes, behaviour);
        whole.SameAs(Play.Run(Kind.Server, scene, bytes), sentToo: true, $"The head was cut by {scene.Cut}.");
        if (whole.Events is [Request request, ..])
            HeadRules.Accepted(request, bytes, scene.HeadLimits);
    }

    public override byte[]? Piece(Random random) => HeadPieces.Line(random, Heads.RequestLines);

    public override IEnumerable<Seed> Seeds() => HeadSeeds.Requests(_plain);
}

/// <summary>
/// The head of a response, as a client parses it (§4.1), with the informational ones before it and the body of a refusal.
/// </summary>
internal sealed class ResponseTarget() : Target("response")
{
    public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour)
    {
        Scene scene = Scene.Read(input, out ReadOnlySpan<byte> rest);
        byte[] bytes = rest.ToArray();
        Played whole = Play.Run(
            Kind.Client, scene with { Cut = 0, Flags = scene.Flags & ~(SceneFlags.ReadLate | SceneFlags.ByFrames) }, bytes, behaviour);
        whole.SameAs(Play.Run(Kind.Client, scene, bytes), scene.DeliversWhole, $"The head was cut by {scene.Cut}.");
        if (whole.Events is [AcceptConnection, ..])
            Oracle.That(
                Encoding.Latin1.GetString(bytes).Contains(Heads.Accept, StringComparison.Ordinal),
                "A connection was accepted without the proof.");
    }

    public override byte[]? Piece(Random random) => HeadPieces.Line(random, Heads.ResponseLines);

    public override IEnumerable<Seed> Seeds() => HeadSeeds.Responses();
}
