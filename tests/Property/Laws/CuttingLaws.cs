using WsProto.Framing;
using WsProto.Tests.Generators;

namespace WsProto.Tests.Laws;

/// <summary>TCP is a stream: where it is cut, and by which way bytes come in, means nothing.</summary>
[Trait("RFC", "6455 §5")]
public class CuttingLaws
{
    [Fact]
    [Trait("Register", "S51")]
    [Trait("MUST", "6.2-1")]
    public void Cutting_the_input_anywhere_yields_the_same_events() => Law.Holds(Scene.Arbitrary, 3 * Law.Many, scene =>
        Assert.Equal(Run(scene with { Cutting = Cutting.None }), Run(scene)));

    [Fact]
    [Trait("Register", "S51")]
    public void Every_cut_of_a_short_input_yields_the_same_events() => Law.Holds(Scene.Arbitrary, Law.Few, scene =>
    {
        Scene small = scene with { Input = scene.Input[..Math.Min(scene.Input.Length, 60)] };
        ConnectionOutcome whole = Run(small with { Cutting = Cutting.None });
        for (int at = 1; at < small.Input.Length; at++)
            Assert.Equal(whole, Run(small with { Cutting = new Cutting([at, int.MaxValue], Way.Span, 1) }));
    });

    [Fact]
    public void Frames_and_events_tell_the_same() => Law.Holds(Scene.Arbitrary, Law.Many, scene =>
    {
        using WsConnection byFrames = scene.Create();
        var events = new List<WsEvent>();
        foreach (byte[] piece in new[] { scene.Input[..(scene.Input.Length / 2)], scene.Input[(scene.Input.Length / 2)..] })
        {
            byFrames.Receive(piece);
            ReadFrames(byFrames, scene, events);
        }

        if (scene.EndOfStream)
        {
            byFrames.ReceiveEndOfStream();
            ReadFrames(byFrames, scene, events);
        }

        Assert.Equal(Run(scene), new ConnectionOutcome(Comparable(events), byFrames.State));
    });

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Bytes_after_the_end_of_the_stream_are_dropped_by_whatever_way_they_come(ConnectionRole role)
    {
        foreach (Way way in Enum.GetValues<Way>())
        {
            using var connection = WsConnection.Established(role);
            connection.ReceiveEndOfStream();
            Assert.Equal(
                [new CloseConnection(CloseCode.AbnormalClosure)],
                new Cutting([100], way, 1).Feed(connection, Wire.FrameFor(role, Opcode.Ping, [1])));
        }
    }

    private static ConnectionOutcome Run(Scene scene)
    {
        using WsConnection connection = scene.Create();
        IReadOnlyList<WsEvent> events = scene.Cutting.Feed(connection, scene.Input, scene.EndOfStream, scene.Act);
        return new ConnectionOutcome(Comparable(events), connection.State);
    }

    /// <summary>
    /// Joins the pieces of a frame, which are cut where the stream was cut. The last piece before text that is not UTF-8 is left out, as
    /// it is delivered only if it came before the bad byte.
    /// </summary>
    private static List<WsEvent> Comparable(IReadOnlyList<WsEvent> events)
    {
        List<WsEvent> merged = Cuts.Merge(events);
        if (merged is [.., TextMessage { FrameFinished: false }, CloseConnection { Error: ProtocolError.InvalidUtf8 }])
            merged.RemoveAt(merged.Count - 2);
        return merged;
    }

    private static void ReadFrames(WsConnection connection, Scene scene, List<WsEvent> events)
    {
        while (true)
        {
            WsEvent? e;
            if (connection.TryReadFrame(out Frame frame))
                e = ToEvent(frame);
            else if (!connection.TryReadEvent(out e))
                return;
            events.Add(e);
            scene.Act(connection, e);
        }
    }

    private static WsEvent ToEvent(Frame frame)
    {
        byte[] payload = frame.Payload.ToArray();
        return frame.Opcode switch
        {
            Opcode.Text => new TextMessage(Utf8Validator.Strict.GetString(payload))
            {
                FrameFinished = frame.FrameFinished,
                MessageFinished = frame.MessageFinished,
            },
            Opcode.Binary => new BytesMessage(payload) { FrameFinished = frame.FrameFinished, MessageFinished = frame.MessageFinished },
            Opcode.Ping => new Ping(payload),
            Opcode.Pong => new Pong(payload),
            Opcode.Close when payload.Length == 0 => new CloseConnection(CloseCode.NoStatusReceived),
            Opcode.Close => new CloseConnection(
                (CloseCode)((payload[0] << 8) | payload[1]),
                payload.Length == 2 ? null : Utf8Validator.Strict.GetString(payload.AsSpan(2))),
            _ => throw new InvalidOperationException($"A frame of {frame.Opcode}."),
        };
    }
}
