using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Framing;
using WsProto.Tests.Generators;

namespace WsProto.Tests.Laws;

/// <summary>What one side sends the other receives.</summary>
[Trait("RFC", "6455 §5, §6")]
public class CarryingLaws
{
    [Fact]
    [Trait("MUST", "5.4-3")]
    [Trait("MUST", "5.4-5")]
    [Trait("MUST", "5.4-6")]
    [Trait("MUST", "6.2-4")]
    [Trait("MUST", "6.2-5")]
    public void What_one_side_sends_the_other_receives_whole() => Law.Holds(Carriage.Arbitrary, Law.Usual, carriage =>
        Assert.Equal(carriage.Talk.ReadWhole(), carriage.Carry(MessageDelivery.Whole)));

    [Fact]
    [Trait("MUST", "5.4-3")]
    public void What_one_side_sends_the_other_receives_in_chunks() => Law.Holds(Carriage.Arbitrary, 2 * Law.Few, carriage =>
        Assert.Equal(carriage.Talk.Sent(), Cuts.Merge(carriage.Carry(MessageDelivery.Chunks))));

    [Fact]
    [Trait("MUST", "5.4-1")]
    [Trait("MUST", "5.6-1")]
    [Trait("MUST", "5.4-6")]
    public void A_message_means_the_same_in_whatever_frames_it_comes() => Law.Holds(Carriage.Arbitrary, Law.Usual, carriage =>
    {
        byte[] wire = [.. carriage.Talk.OnWire().SelectMany(frame => frame.BytesFor(carriage.Receiver))];
        using var receiver = WsConnection.Established(carriage.Receiver);
        Assert.Equal(carriage.Talk.ReadWhole(), carriage.Cutting.Feed(receiver, wire));
        Assert.Equal(ConnectionState.Open, receiver.State);
    });

    [Fact]
    [Trait("MUST", "5.1-1")]
    [Trait("MUST", "5.1-3")]
    [Trait("MUST", "5.2-1")]
    [Trait("MUST", "5.2-5")]
    [Trait("MUST", "5.3-1")]
    [Trait("MUST", "6.1-4")]
    [Trait("MUST", "6.1-5")]
    [Trait("MUST", "6.1-6")]
    [Trait("MUST", "6.1-7")]
    public void A_strict_reader_finds_each_event_as_one_frame() => Law.Holds(Carriage.Arbitrary, Law.Usual, carriage =>
    {
        using var sender = WsConnection.Established(carriage.Sender);
        bool open = false;
        foreach (WsEvent e in carriage.Talk.Sent())
        {
            WireFrame frame = Assert.Single(WireFrame.Parse(sender.Send(e), carriage.Sender) ?? []);
            Assert.Equal(0, frame.Rsv);
            (Opcode opcode, byte[] payload, bool fin) = e switch
            {
                TextMessage text => (open ? Opcode.Continuation : Opcode.Text, Encoding.UTF8.GetBytes(text.Data), text.MessageFinished),
                BytesMessage bytes => (open ? Opcode.Continuation : Opcode.Binary, bytes.Data.ToArray(), bytes.MessageFinished),
                Ping ping => (Opcode.Ping, ping.Payload.ToArray(), true),
                _ => (Opcode.Pong, ((Pong)e).Payload.ToArray(), true),
            };
            Assert.Equal((opcode, fin), (frame.Opcode, frame.Fin));
            Assert.Equal(payload, frame.Payload);
            if (e is Message message)
                open = !message.MessageFinished;
        }
    });

    [Fact]
    public void All_ways_to_send_write_the_same_bytes() => Law.Holds(Carriage.Arbitrary, Law.Usual, carriage =>
    {
        WsConnectionOptions options = new() { Random = Rand.Fixed(carriage.Key) };
        using var byEvents = WsConnection.Established(carriage.Sender, options: options);
        using var bySpans = WsConnection.Established(carriage.Sender, options: options);
        using var byUtf8 = WsConnection.Established(carriage.Sender, options: options);
        foreach (WsEvent e in carriage.Talk.Sent())
        {
            byte[] expected = byEvents.Send(e);
            Assert.Equal(expected, Written(output => SendSpan(bySpans, e, output)));
            if (e is TextMessage text)
                Assert.Equal(expected, Written(output => byUtf8.SendText(Encoding.UTF8.GetBytes(text.Data), output, text.MessageFinished)));
            else
                byUtf8.Send(e);
        }
    });

    [Fact]
    public void Relaying_through_two_connections_changes_no_message() => Law.Holds(Carriage.Arbitrary, Law.Usual, carriage =>
    {
        foreach (MessageDelivery delivery in Enum.GetValues<MessageDelivery>())
        {
            using Link front = Link.Established(new WsConnectionOptions { MessageDelivery = delivery });
            // Pieces become frames of their own here.
            using Link back = Link.Established(new WsConnectionOptions { MaxFragmentCount = null });
            var arrived = new List<WsEvent>();
            foreach (WsEvent e in carriage.Talk.Sent())
            {
                foreach (WsEvent middle in carriage.Cutting.Feed(front.PeerOf(carriage.Sender), front[carriage.Sender].Send(e)))
                    arrived.AddRange(back.Send(carriage.Sender, middle));
            }

            Assert.Equal(carriage.Talk.ReadWhole(), arrived);
        }
    });

    private static byte[] Written(Action<IBufferWriter<byte>> send)
    {
        var output = new ArrayBufferWriter<byte>();
        send(output);
        return output.WrittenSpan.ToArray();
    }

    private static void SendSpan(WsConnection connection, WsEvent e, IBufferWriter<byte> output)
    {
        switch (e)
        {
            case TextMessage text:
                connection.SendText(text.Data, output, text.MessageFinished);
                break;
            case BytesMessage bytes:
                connection.SendBytes(bytes.Data.Span, output, bytes.MessageFinished);
                break;
            case Ping ping:
                connection.SendPing(ping.Payload.Span, output);
                break;
            default:
                connection.SendPong(((Pong)e).Payload.Span, output);
                break;
        }
    }

    /// <summary>A talk, who holds it, and how it travels.</summary>
    private sealed record Carriage(Talk Talk, ConnectionRole Sender, Cutting Cutting, byte[] Key, XorExtension[] Extensions)
    {
        private static readonly XorExtension[][] _extensions =
        [
            [],
            [new XorExtension("xor", ReservedBits.Rsv1, 0x5A)],
            [
                new XorExtension("inner", ReservedBits.Rsv2, 0x0F),
                new XorExtension("outer", ReservedBits.Rsv3, 0xF0),
                new XorExtension("plain", ReservedBits.None, 1),
            ],
        ];

        public static Arbitrary<Carriage> Arbitrary { get; } = Arb.From(
            from talk in Talk.Any
            from sender in Scene.Roles
            from cutting in Cutting.Any
            from key in Testing.Generators.Bytes.Keys
            from extensions in Gen.Frequency((2, Gen.Constant(_extensions[0])), (1, Gen.Elements(_extensions)))
            select new Carriage(talk, sender, cutting, key, extensions),
            Shrink);

        public ConnectionRole Receiver => Sender == ConnectionRole.Client ? ConnectionRole.Server : ConnectionRole.Client;

        /// <summary>Sends all of it over two established ends, and gives what was read.</summary>
        public IReadOnlyList<WsEvent> Carry(MessageDelivery delivery)
        {
            var pool = new CountingPool();
            WsConnectionOptions options = new() { MessageDelivery = delivery, Random = Rand.Fixed(Key), Pool = pool };
            IReadOnlyList<WsEvent> events;
            using (var sender = WsConnection.Established(Sender, Fresh(), options))
            using (var receiver = WsConnection.Established(Receiver, Fresh(), options))
            {
                events = Cutting.Feed(receiver, [.. Talk.Sent().SelectMany(sender.Send)]);
                sender.ReleaseIdleMemory();
                Assert.Equal(0, pool.Outstanding);
                Assert.Equal(ConnectionState.Open, receiver.State);
            }

            Assert.Equal(0, pool.Outstanding);
            return events;
        }

        public override string ToString() =>
            $"{Sender} says:\n{Talk}\n{Cutting}, key {Convert.ToHexString(Key)}, "
            + $"extensions [{string.Join(", ", Extensions.AsEnumerable())}]";

        private XorCodec[] Fresh() => [.. Extensions.Select(e => e.Codec())];

        private static IEnumerable<Carriage> Shrink(Carriage carriage) =>
        [
            .. Talk.Shrink(carriage.Talk).Select(talk => carriage with { Talk = talk }),
            .. Cutting.Shrink(carriage.Cutting).Select(cutting => carriage with { Cutting = cutting }),
            .. Shrinks.List(carriage.Extensions).Select(extensions => carriage with { Extensions = extensions }),
        ];
    }
}
