using FsCheck;
using FsCheck.Fluent;
using WsProto.Framing;
using WsProto.Tests.Generators;

namespace WsProto.Tests.Laws;

/// <summary>Whatever a peer sends, to whomever and whenever: it ends in an event that is documented, and costs what was sent.</summary>
[Trait("RFC", "6455 §10.7")]
public class HostileLaws
{
    [Fact]
    [Trait("MUST", "10.7-1")]
    [Trait("MUST", "7.1.7-3")]
    [Trait("MUST", "7.2.1-1")]
    [Trait("Register", "S01")]
    [Trait("Register", "S04")]
    [Trait("Register", "S48")]
    [Trait("Register", "C10")]
    [Trait("Register", "C16")]
    [Trait("Register", "C17")]
    public void Bytes_from_the_peer_never_throw_and_end_in_documented_events() => Law.Holds(Scene.Arbitrary, 3 * Law.Many, scene =>
    {
        using WsConnection connection = scene.Create();
        bool ended = false;
        scene.Cutting.Feed(connection, scene.Input, scene.EndOfStream, (c, e) =>
        {
            Assert.False(ended, $"After the end came {e}");
            CheckEvent(scene, c, e);
            ended = e is CloseConnection or HandshakeFailed or RejectConnection { HasBody: false } or RejectData { BodyFinished: true };
            scene.Act(c, e);
        });
        if (!ended)
            return;

        // "An endpoint MUST NOT continue to attempt to process data" (§7.1.7).
        ConnectionState state = connection.State;
        Assert.Empty(connection.Read([.. scene.Input, .. Heads.Request(), .. Wire.FrameFor(scene.Role, Opcode.Text, Wire.Utf8("more"))]));
        Assert.Equal(state, connection.State);
    });

    [Fact]
    [Trait("Register", "S07")]
    [Trait("Register", "S08")]
    [Trait("Register", "S37")]
    [Trait("Register", "C16")]
    public void Memory_is_what_was_sent_and_all_of_it_goes_back() => Law.Holds(Scene.Arbitrary, Law.Many, scene =>
    {
        var pool = new CountingPool();
        WsConnection connection = scene.Create(pool);
        scene.Cutting.Feed(connection, scene.Input, scene.EndOfStream, scene.Act);
        // An array grows by doubling, and the old one is there until the new one is filled.
        Assert.True(pool.Peak <= (4 * scene.Input.Length) + (3 * 4096), $"{pool.Peak} bytes for {scene.Input.Length}");
        if (connection.State is ConnectionState.RemoteClosing or ConnectionState.Closed)
        {
            Assert.Equal(0, pool.Outstanding);
            int rented = pool.Rented;
            connection.Receive(scene.Input);
            connection.ReadAll();
            Assert.Equal(rented, pool.Rented);
        }

        connection.Dispose();
        Assert.Equal(0, pool.Outstanding);
        Assert.Equal(ConnectionState.Closed, connection.State);
    });

    /// <summary>
    /// A header promises up to 512 MiB here, and costs its sender a few bytes: what is held grows with what arrives, and with nothing else.
    /// </summary>
    [Fact]
    [Trait("Register", "S07")]
    [Trait("Register", "S12")]
    public void Memory_does_not_follow_what_a_header_promises()
    {
        var cases = Arb.From(
            from role in Gen.Elements(ConnectionRole.Client, ConnectionRole.Server)
            from delivery in Gen.Elements(Enum.GetValues<MessageDelivery>())
            from before in Gen.Frequency((2, Gen.Constant(0)), (1, Gen.Choose(0, 100_000)))
            from exponent in Gen.Choose(7, 29)
            from arrives in Gen.Frequency((2, Gen.Choose(0, 200)), (1, Gen.Choose(0, 100_000)))
            from piece in Gen.Elements(1000, 1400, 65_536)
            select (role, delivery, before, length: 1L << exponent, arrives, piece));
        Law.Holds(cases, Law.Few, sent =>
        {
            byte[] head = new byte[14];
            int size = FrameHeader.Write(head, 0x82, sent.length, masked: sent.role == ConnectionRole.Server);
            byte[] input =
            [
                .. sent.before == 0 ? [] : Wire.FrameFor(sent.role, Opcode.Binary, new byte[sent.before]),
                .. head.AsSpan(0, size),
                .. new byte[sent.role == ConnectionRole.Server ? 4 : 0],
                .. new byte[Math.Min(sent.arrives, sent.length - 1)],
            ];
            var pool = new CountingPool();
            var options = new WsConnectionOptions { MessageDelivery = sent.delivery, MaxMessageSize = null, Pool = pool };
            using WsConnection connection = WsConnection.Established(sent.role, options: options);
            foreach (byte[] piece in input.Chunk(sent.piece))
                connection.Read(piece);
            Assert.Equal(ConnectionState.Open, connection.State);
            Assert.True(pool.Peak <= (6 * input.Length) + (3 * 4096), $"{pool.Peak} bytes for {input.Length}");
        });
    }

    [Fact]
    public void Every_connection_ends_in_Closed() => Law.Holds(Scene.Arbitrary, Law.Many, scene =>
    {
        using WsConnection connection = scene.Create();
        scene.Cutting.Feed(connection, scene.Input, endOfStream: true, (c, e) =>
        {
            scene.Act(c, e);
            if (e is HandshakeFailed { Response: { } response })
                c.Send(response);
        });
        // Only a server that has not finished its own refusal still has something to do.
        if (scene is { Role: ConnectionRole.Server, Place: Place.Rejecting })
            connection.Send(new RejectData(default));
        Assert.Equal(ConnectionState.Closed, connection.State);
        connection.ReceiveEndOfStream();
        Assert.Empty(connection.ReadAll());
    });

    [Fact]
    public void The_scenes_meet_every_way_to_break_the_protocol()
    {
        // A law says little about what it never meets. This is about the generators, so it always runs the same cases.
        var met = new HashSet<ProtocolError>();
        foreach (Scene scene in FsCheck.Fluent.Gen.Sample(Scene.Any, 6_000, new FsCheck.Rnd(1), 40))
        {
            using WsConnection connection = scene.Create();
            foreach (WsEvent e in scene.Cutting.Feed(connection, scene.Input, scene.EndOfStream, scene.Act))
                met.Add((e as CloseConnection)?.Error ?? (e as HandshakeFailed)?.Error ?? 0);
        }

        // Those that an extension, an answer or another carrier is needed for have tests of their own.
        ProtocolError[] elsewhere =
        [
            ProtocolError.ExtensionFailed, ProtocolError.InvalidExtensionParameters, ProtocolError.TooMuchEarlyData,
            ProtocolError.TooManyHeaderElements,
            ProtocolError.MethodNotConnect, ProtocolError.UnsupportedProtocol, ProtocolError.InvalidScheme,
        ];
        ProtocolError[] missed = [.. Enum.GetValues<ProtocolError>().Except(elsewhere).Except(met)];
        Assert.True(missed.Length == 0, $"Not met: {string.Join(", ", missed)}");
    }

    private static void CheckEvent(Scene scene, WsConnection connection, WsEvent e)
    {
        bool isServer = scene.Role == ConnectionRole.Server;
        switch (e)
        {
            case Request request:
                Assert.True(isServer);
                Assert.Equal(ConnectionState.Connecting, connection.State);
                Assert.NotEmpty(request.Host);
                break;
            case HandshakeFailed failed:
                Assert.True(Enum.IsDefined(failed.Error));
                Assert.Equal(isServer && failed.Error != ProtocolError.HandshakeIncomplete, failed.Response is not null);
                Assert.True(failed.Response is null or { StatusCode: 400 or 414 or 426 or 431 or 505, HasBody: false });
                Assert.Equal(failed.Response is null ? ConnectionState.Closed : ConnectionState.Connecting, connection.State);
                break;
            case AcceptConnection accept:
                Assert.False(isServer);
                Assert.Equal(ConnectionState.Open, connection.State);
                Assert.Equal(connection.Subprotocol, accept.Subprotocol);
                break;
            case RejectConnection reject:
                Assert.False(isServer);
                Assert.True(reject.StatusCode is (>= 0 and < 100) or (>= 200 and <= 999), $"{reject}");
                Assert.Equal(reject.HasBody ? ConnectionState.Rejecting : ConnectionState.Closed, connection.State);
                break;
            case RejectData data:
                Assert.False(isServer);
                Assert.Equal(data.BodyFinished ? ConnectionState.Closed : ConnectionState.Rejecting, connection.State);
                break;
            case CloseConnection close:
                CheckClose(scene, connection, close);
                break;
            case Ping or Pong or Message:
                Assert.True(connection.State is ConnectionState.Open or ConnectionState.LocalClosing);
                break;
            default:
                Assert.Fail($"A peer cannot cause {e}.");
                break;
        }
    }

    private static void CheckClose(Scene scene, WsConnection connection, CloseConnection close)
    {
        if (close.Error is { } error)
        {
            Assert.True(Enum.IsDefined(error));
            Assert.True(close.Code is CloseCode.ProtocolError or CloseCode.InvalidPayloadData or CloseCode.PolicyViolation
                or CloseCode.MessageTooBig);
            Assert.NotNull(close.Reason);
        }
        else if (close.Code == CloseCode.AbnormalClosure)
            Assert.True(scene.EndOfStream);
        else
            Assert.True(close.Code == CloseCode.NoStatusReceived || Closes.MayBeOnTheWire((int)close.Code));

        bool isOver = close.Code == CloseCode.AbnormalClosure || scene.Place == Place.LocalClosing;
        Assert.Equal(isOver ? ConnectionState.Closed : ConnectionState.RemoteClosing, connection.State);
    }
}
