using WsProto.Extensions;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>Deflate together with another extension: "foo, bar" puts bar(foo(data)) on the wire (RFC 6455 §9.1).</summary>
[Trait("RFC", "6455 §9.1")]
public class StackedTests
{
    private const byte Pattern = 0x5A;

    private static DeflateCodec Deflate(ConnectionRole role) => Deflated.Codec(role);

    private static WsConnection Connection(ConnectionRole role, bool flipsFirst, WsConnectionOptions? options = null) =>
        WsConnection.Established(
            role, flipsFirst ? [new FlipCodec(Pattern), Deflate(role)] : [Deflate(role), new FlipCodec(Pattern)], options);

    private static byte[] Flip(byte[] data) => [.. data.Select(b => (byte)(b ^ Pattern))];

    /// <summary>A message as the peer sends it through both.</summary>
    private static byte[] Frame(ConnectionRole receiver, bool flipsFirst, byte[] data, Opcode opcode = Opcode.Binary) =>
        Wire.FrameFor(receiver, opcode, flipsFirst ? Zip.One(Flip(data)) : Flip(Zip.One(data)), rsv: 0b110);

    [Theory]
    [InlineData(true, "x-flip; pattern=5a, permessage-deflate")]
    [InlineData(false, "permessage-deflate, x-flip; pattern=5a")]
    public void Both_are_negotiated_in_the_clients_order_and_messages_cross(bool flipsFirst, string answer)
    {
        WsExtension flip = new FlipExtension(Pattern);
        WsExtension deflate = new PerMessageDeflate();
        WsExtension[] templates = flipsFirst ? [flip, deflate] : [deflate, flip];
        using var link = new Link(new WsConnection(ConnectionRole.Client), new WsConnection(ConnectionRole.Server));
        link.Send(ConnectionRole.Client, new Request("h", "/") { Extensions = templates });
        byte[] head = link.Server.Send(new AcceptConnection { Extensions = [deflate, flip] });
        Assert.Contains(
            $"\r\nSec-WebSocket-Extensions: {answer}\r\n", System.Text.Encoding.Latin1.GetString(head), StringComparison.Ordinal);
        Assert.IsType<AcceptConnection>(Assert.Single(link.Client.Read(head)));

        byte[] data = Deflated.Prose(50_000);
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            Assert.Equal([new BytesMessage(data)], link.Send(role, new BytesMessage(data)));
            Assert.Empty(link.Send(role, new TextMessage("first ä ") { MessageFinished = false }));
            Assert.Equal([new Ping()], link.Send(role, new Ping()));
            Assert.Equal([new TextMessage("first ä second €")], link.Send(role, new TextMessage("second €")));
            Assert.Equal([new TextMessage("")], link.Send(role, new TextMessage("") { Compress = true }));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sender_passes_data_through_them_in_order(bool flipsFirst)
    {
        using WsConnection sender = Connection(ConnectionRole.Server, flipsFirst);
        byte[] data = Deflated.Prose(1_000);
        SentFrame frame = SentFrame.One(sender.Send(new BytesMessage(data)));
        Assert.Equal(0b110, frame.Rsv);
        Assert.Equal(data, flipsFirst ? Flip(Zip.Inflate(frame.Payload)) : Zip.Inflate(Flip(frame.Payload)));

        SentFrame plain = SentFrame.One(sender.Send(new BytesMessage(data) { Compress = false }));
        Assert.Equal(0b010, plain.Rsv);
        Assert.Equal(data, Flip(plain.Payload));
    }

    [Theory]
    [InlineData(ConnectionRole.Client, true)]
    [InlineData(ConnectionRole.Client, false)]
    [InlineData(ConnectionRole.Server, true)]
    [InlineData(ConnectionRole.Server, false)]
    public void Receiver_undoes_them_in_reverse(ConnectionRole role, bool flipsFirst)
    {
        byte[] text = Wire.Utf8(string.Concat(Enumerable.Repeat("aä€𝄞", 30)));
        byte[] frames = [.. Frame(role, flipsFirst, text, Opcode.Text), .. Wire.FrameFor(role, Opcode.Ping, [])];
        Cuts.Expect(
            () => Connection(role, flipsFirst),
            frames,
            ConnectionState.Open,
            new TextMessage(System.Text.Encoding.UTF8.GetString(text)),
            new Ping());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Limit_is_exact_for_what_comes_out_of_both(bool flipsFirst)
    {
        for (int length = 19_999; length <= 20_002; length++)
        {
            byte[] data = Deflated.Prose(length);
            ConnectionOutcome outcome = Deflated.Run(
                () => Connection(ConnectionRole.Client, flipsFirst, new() { MaxMessageSize = 20_000 }),
                Frame(ConnectionRole.Client, flipsFirst, data),
                1, 100);
            if (length <= 20_000)
                Assert.Equal(new ConnectionOutcome([new BytesMessage(data)], ConnectionState.Open), outcome);
            else
                Deflated.Fails(outcome, ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("Register", "S14")]
    public void Bomb_through_both__fails_with_1009_in_memory_of_the_limit_and_64_KiB(bool flipsFirst)
    {
        const int Limit = 1 << 20;
        var pool = new CountingPool();
        using WsConnection server = Connection(ConnectionRole.Server, flipsFirst, new() { MaxMessageSize = Limit, Pool = pool });
        WsEvent[] events =
        [
            .. Frame(ConnectionRole.Server, flipsFirst, new byte[64 << 20]).Chunk(4 * 1024).SelectMany(piece => server.Read(piece)),
        ];
        Assert.Equal(ProtocolError.MessageTooBig, Assert.IsType<CloseConnection>(Assert.Single(events)).Error);
        Assert.InRange(pool.Peak, 1, Limit + (64 * 1024));
        Assert.Equal(0, pool.Outstanding);
    }

    /// <summary>The other has nothing to let go of.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Idle_memory_is_released_and_both_go_on(bool flipsFirst)
    {
        using Link link = new(Connection(ConnectionRole.Client, flipsFirst), Connection(ConnectionRole.Server, flipsFirst));
        byte[] data = Deflated.Prose(1_000);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal([new BytesMessage(data)], link.Send(ConnectionRole.Client, new BytesMessage(data)));
            link.Client.ReleaseIdleMemory();
            Assert.Equal((false, false), link.Client.Extensions.OfType<DeflateCodec>().Single().HoldsContexts);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Truncated_stream__fails_with_1007(bool flipsFirst)
    {
        byte[] compressed = Wire.Hex("f2 48 cd c9 c9 07");
        byte[] frame = Wire.FrameFor(ConnectionRole.Client, Opcode.Binary, flipsFirst ? compressed : Flip(compressed), rsv: 0b110);
        Deflated.Fails(
            Cuts.Run(() => Connection(ConnectionRole.Client, flipsFirst), frame),
            ProtocolError.ExtensionFailed,
            CloseCode.InvalidPayloadData);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fault_beyond_the_limit_or_behind_invalid_text__does_not_depend_on_the_cut(bool flipsFirst)
    {
        // A stored block of six bytes, then a block of the type that does not exist.
        byte[] data = flipsFirst ? Flip([0x61, 0xFF, 0x61, 0x61, 0x61, 0x61]) : [0x61, 0xFF, 0x61, 0x61, 0x61, 0x61];
        byte[] compressed = [0x00, 0x06, 0x00, 0xF9, 0xFF, .. data, 0x07];
        byte[] Frame(Opcode opcode) => Wire.FrameFor(ConnectionRole.Client, opcode, flipsFirst ? compressed : Flip(compressed), rsv: 0b110);
        ConnectionOutcome Run(Opcode opcode, long limit) =>
            Cuts.Run(() => Connection(ConnectionRole.Client, flipsFirst, new() { MaxMessageSize = limit }), Frame(opcode));
        Deflated.Fails(Run(Opcode.Text, 100), ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
        Deflated.Fails(Run(Opcode.Text, 4), ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
        Deflated.Fails(Run(Opcode.Text, 1), ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
        Deflated.Fails(Run(Opcode.Binary, 5), ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
        Deflated.Fails(Run(Opcode.Binary, 6), ProtocolError.ExtensionFailed, CloseCode.InvalidPayloadData);
    }
}
