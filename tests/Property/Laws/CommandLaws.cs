using FsCheck;
using FsCheck.Fluent;
using WsProto.Tests.Generators;

namespace WsProto.Tests.Laws;

/// <summary>Two ends, a wire each way, and any sequence of what callers and networks do.</summary>
[Trait("RFC", "6455 §7")]
public class CommandLaws
{
    [Fact]
    [Trait("MUST", "5.5.1-4")]
    [Trait("MUST", "5.5.1-5")]
    [Trait("MUST", "6.1-2")]
    [Trait("MUST", "6.1-3")]
    [Trait("MUST", "7.1.7-3")]
    [Trait("MUST", "7.2.1-2")]
    public void Any_sequence_of_commands_keeps_the_rules_and_ends_in_Closed() => Law.Holds(Script.Arbitrary, 3 * Law.Many, script =>
    {
        var pool = new CountingPool();
        using (var run = new Run(script, pool))
        {
            foreach (Command command in script.Commands)
                run.Do(command);
            run.Finish();
        }

        Assert.Equal(0, pool.Outstanding);
    });

    private enum Deed
    {
        Send,
        Deliver,
        DeliverAll,

        /// <summary>Answer what was read: a Close or a failed handshake.</summary>
        Answer,

        /// <summary>The wire towards this end breaks after what is on it.</summary>
        EndOfStream,

        /// <summary>The peer puts bytes on the wire towards this end that no endpoint sends.</summary>
        Violate,
    }

    private sealed record Command(ConnectionRole Role, Deed Deed, WsEvent? Event, int Count)
    {
        private static readonly WsEvent[] _events =
        [
            new Request("example.com", "/"), new AcceptConnection(), new RejectConnection(),
            new RejectConnection { StatusCode = 503, HasBody = true },
            new RejectData("no"u8.ToArray(), bodyFinished: false), new RejectData(default),
            new HandshakeFailed { Error = ProtocolError.MalformedHead, Message = "no" },
            new TextMessage("text"), new TextMessage("te") { MessageFinished = false }, new BytesMessage("bytes"u8.ToArray()),
            new BytesMessage(default) { MessageFinished = false },
            new Ping("ping"u8.ToArray()), new Pong(), new CloseConnection(CloseCode.NormalClosure, "bye"),
            new CloseConnection(CloseCode.NoStatusReceived),
        ];

        public static readonly Gen<Command> Any =
            from role in Scene.Roles
            from deed in Gen.Frequency(
                (8, Gen.Constant(Deed.Send)), (3, Gen.Constant(Deed.Deliver)), (4, Gen.Constant(Deed.DeliverAll)),
                (2, Gen.Constant(Deed.Answer)),
                (1, Gen.Elements(Deed.EndOfStream, Deed.Violate)))
            from e in Gen.Frequency((3, Gen.Elements(_events)), (4, Gen.Elements(_events[7..])))
            from count in Gen.Choose(0, 40)
            select new Command(role, deed, deed == Deed.Send ? e : null, deed == Deed.Deliver ? count : 0);

        public override string ToString() => $"{Role} {Deed} {Event}{(Count > 0 ? $" {Count}" : "")}";
    }

    private sealed record Script(bool WithHandshake, MessageDelivery Delivery, Command[] Commands)
    {
        public static readonly Arbitrary<Script> Arbitrary = Arb.From(
            from handshake in Gen.Elements(true, false)
            from delivery in Gen.Elements(MessageDelivery.Whole, MessageDelivery.Chunks)
            from commands in Gen.Choose(0, 30).SelectMany(count => Command.Any.ArrayOf(count))
            select new Script(handshake, delivery, commands),
            script => Shrinks.List(script.Commands).Select(commands => script with { Commands = commands }));

        public override string ToString() =>
            $"{(WithHandshake ? "with" : "without")} handshake, {Delivery}\n{string.Join("\n", Commands.AsEnumerable())}";
    }

    /// <summary>One end, the wire towards it, and what is known of it.</summary>
    private sealed class End(WsConnection connection, ConnectionState state)
    {
        public WsConnection Connection => connection;

        public Queue<byte> Wire { get; } = [];

        /// <summary>All that it wrote since it was open.</summary>
        public List<byte> Frames { get; } = [];

        public ConnectionState State { get; set; } = state;

        public WsEvent? Answer { get; set; }

        public bool IsWireBroken { get; set; }

        public bool HasEnded { get; set; }

        /// <summary>Whether what it reads is no more what its peer sent.</summary>
        public bool IsDisturbed { get; set; }
    }

    private sealed class Run : IDisposable
    {
        private readonly Dictionary<ConnectionRole, End> _ends = [];

        public Run(Script script, CountingPool pool)
        {
            WsConnectionOptions options = new() { MessageDelivery = script.Delivery, Pool = pool };
            foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
            {
                WsConnection connection = script.WithHandshake
                    ? new WsConnection(role, options)
                    : WsConnection.Established(role, options: options);
                _ends[role] = new End(connection, connection.State);
            }
        }

        public void Do(Command command)
        {
            End end = _ends[command.Role];
            switch (command.Deed)
            {
                case Deed.Send:
                    Send(command.Role, command.Event!);
                    break;
                case Deed.Deliver:
                    Deliver(command.Role, command.Count);
                    break;
                case Deed.DeliverAll:
                    Deliver(command.Role, int.MaxValue);
                    break;
                case Deed.Answer:
                    Answer(command.Role);
                    break;
                case Deed.EndOfStream:
                    end.IsWireBroken = true;
                    break;
                default:
                    // Reserved bits and opcodes for a frame, and no line for a head.
                    if (!end.IsWireBroken)
                        Enqueue(end, [0xFF, 0xFF, (byte)'\n']);
                    end.IsDisturbed = true;
                    break;
            }
        }

        /// <summary>
        /// All that is left to do for good callers: everything is delivered and answered, what is open is closed, the wires end.
        /// </summary>
        public void Finish()
        {
            for (int round = 0; round < 3; round++)
            {
                foreach ((ConnectionRole role, End end) in _ends)
                {
                    Deliver(role, int.MaxValue);
                    Answer(role);
                    if (end.State == ConnectionState.Open)
                        Send(role, new CloseConnection(CloseCode.GoingAway));
                    if (role == ConnectionRole.Server && end.State == ConnectionState.Rejecting)
                        Send(role, new RejectData(default));
                }
            }

            foreach ((ConnectionRole role, End end) in _ends)
            {
                end.IsWireBroken = true;
                Deliver(role, int.MaxValue);
                Answer(role);
                Assert.Equal(ConnectionState.Closed, end.State);
                Assert.Empty(end.Connection.ReadAll());
            }
        }

        public void Dispose()
        {
            foreach (End end in _ends.Values)
                end.Connection.Dispose();
        }

        private void Send(ConnectionRole role, WsEvent e)
        {
            End end = _ends[role];
            bool canSend = end.Connection.CanSend(e);
            ConnectionState before = end.State;
            var output = new System.Buffers.ArrayBufferWriter<byte>();
            try
            {
                end.Connection.Send(e, output);
                Assert.True(canSend, $"{role} sent {e}, which CanSend denied.");
            }
            catch (LocalProtocolException)
            {
                Assert.False(canSend, $"{role} could not send {e}, which CanSend allowed.");
                Assert.Equal(0, output.WrittenCount);
                Assert.Equal(end.State, end.Connection.State);
                return;
            }

            Observe(end);
            if (e is TextMessage or BytesMessage or Ping or Pong or CloseConnection)
            {
                end.Frames.AddRange(output.WrittenSpan);
                CheckFrames(role, end);
                // "The endpoint MUST ensure the WebSocket connection is in the OPEN state" (§6.1); what is begun may be finished (§5.5.1).
                bool isBegun = e is Message && WireFrame.Parse(output.WrittenSpan.ToArray(), role) is [{ Opcode: Opcode.Continuation }];
                Assert.True(before switch
                {
                    ConnectionState.Open => true,
                    ConnectionState.RemoteClosing => isBegun || e is CloseConnection,
                    ConnectionState.LocalClosing => e is Pong,
                    _ => false,
                }, $"{role} sent {e} in {before}");
            }

            End peer = _ends[role == ConnectionRole.Client ? ConnectionRole.Server : ConnectionRole.Client];
            if (!peer.IsWireBroken)
                Enqueue(peer, output.WrittenSpan.ToArray());
        }

        private void Deliver(ConnectionRole role, int count)
        {
            End end = _ends[role];
            byte[] bytes = [.. end.Wire.Take(count)];
            for (int i = 0; i < bytes.Length; i++)
                end.Wire.Dequeue();
            end.Connection.Receive(bytes);
            if (end is { IsWireBroken: true, Wire.Count: 0 })
                end.Connection.ReceiveEndOfStream();
            foreach (WsEvent e in end.Connection.ReadEvents())
            {
                Assert.False(end.HasEnded, $"{role} read {e} after the end.");
                Observe(end);
                end.HasEnded =
                    e is CloseConnection or HandshakeFailed or RejectConnection { HasBody: false } or RejectData { BodyFinished: true };
                if (!end.IsDisturbed)
                    Assert.False(e is CloseConnection { Error: not null }, $"{role} blames its peer: {e}");
                end.Answer = e switch
                {
                    CloseConnection close => close.Response(),
                    HandshakeFailed failed => failed.Response,
                    _ => end.Answer,
                };
            }

            Observe(end);
        }

        /// <summary>
        /// Does what the documentation says: answers a Close where the state is RemoteClosing, and a failed handshake with its response.
        /// </summary>
        private void Answer(ConnectionRole role)
        {
            End end = _ends[role];
            if (end.Answer is { } answer
                && (end.State == ConnectionState.RemoteClosing || (answer is RejectConnection && end.State == ConnectionState.Connecting)))
                Send(role, answer);
        }

        private static void Enqueue(End end, byte[] bytes)
        {
            foreach (byte b in bytes)
                end.Wire.Enqueue(b);
        }

        /// <summary>States go one way: Connecting; Open or Rejecting; one side closing; Closed.</summary>
        private static void Observe(End end)
        {
            ConnectionState now = end.Connection.State;
            Assert.True(now == end.State || Rank(now) > Rank(end.State), $"From {end.State} to {now}");
            end.State = now;
        }

        private static int Rank(ConnectionState state) => state switch
        {
            ConnectionState.Connecting => 0,
            ConnectionState.Open or ConnectionState.Rejecting => 1,
            ConnectionState.RemoteClosing or ConnectionState.LocalClosing => 2,
            ConnectionState.Closed => 3,
        };

        /// <summary>At most one Close, and only Pongs after it.</summary>
        private static void CheckFrames(ConnectionRole role, End end)
        {
            IReadOnlyList<WireFrame>? parsed = WireFrame.Parse([.. end.Frames], role);
            Assert.NotNull(parsed);
            List<WireFrame> frames = [.. parsed];
            int close = frames.FindIndex(frame => frame.Opcode == Opcode.Close);
            if (close >= 0)
                Assert.All(frames[(close + 1)..], frame => Assert.Equal(Opcode.Pong, frame.Opcode));
            bool open = false;
            foreach (WireFrame frame in frames.Where(frame => !frame.Opcode.IsControl))
            {
                Assert.Equal(open, frame.Opcode == Opcode.Continuation);
                open = !frame.Fin;
            }
        }
    }
}
