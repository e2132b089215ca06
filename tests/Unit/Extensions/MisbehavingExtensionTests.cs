using System.Buffers;
using WsProto.Extensions;
using WsProto.Framing;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Extensions;

/// <summary>Extensions are written by others. What they do wrong hurts their own connection at most.</summary>
public class MisbehavingExtensionTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Extension_throws_while_receiving__the_connection_fails_with_1011_and_says_what_was_thrown(bool inHeader)
    {
        var thrown = new NotSupportedException();
        ScriptedCodec Throwing() =>
            new() { OnHeader = _ => inHeader ? throw thrown : ExtensionResult.Done, OnReceive = (ref _, _, _) => throw thrown };
        byte[] hidden = Wire.FrameFor(ConnectionRole.Client, Opcode.Text, "INJECTED"u8.ToArray());
        ConnectionOutcome outcome =
            Cuts.Run(() => Client(Throwing()), [.. Wire.FrameFor(ConnectionRole.Client, Opcode.Binary, hidden), .. hidden]);

        var close = Assert.IsType<CloseConnection>(Assert.Single(outcome.Events));
        Assert.Equal(
            (CloseCode.InternalError, ProtocolError.ExtensionFailed, ConnectionState.RemoteClosing),
            (close.Code, close.Error, outcome.State));
        Assert.Same(thrown, close.Exception);
        Assert.Null(close.Response().Exception);
    }

    [Fact]
    public void Extension_throws_while_sending__nothing_is_written_and_only_a_Close_can_follow()
    {
        var codec = new ScriptedCodec
        {
            OnSend = (_, _, payload, output) => Sent(payload, output, ReservedBits.None) == 0
                ? throw new NotSupportedException()
                : ReservedBits.None,
        };
        using WsConnection server = WsConnection.Established(ConnectionRole.Server, [codec]);
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<NotSupportedException>(() => server.Send(new TextMessage("secret"), output));
        Assert.Equal((0, ConnectionState.Open, (0, 1)), (output.WrittenCount, server.State, codec.Endings));

        foreach (WsEvent message in new WsEvent[] { new TextMessage("hi"), new BytesMessage(new byte[1]) })
        {
            Assert.False(server.CanSend(message));
            Assert.Equal(
                LocalProtocolError.ExtensionFailed,
                Assert.Throws<LocalProtocolException>(() => server.Send(message, output)).Error);
        }

        Assert.Equal([new BytesMessage(new byte[] { 7 })], server.Read(Wire.FrameFor(ConnectionRole.Server, Opcode.Binary, [7])));
        Assert.Equal(Wire.Hex("89 00"), server.Send(new Ping()));
        Assert.Equal(Wire.Hex("88 02 03 F3"), server.Send(new CloseConnection(CloseCode.InternalError)));
        Assert.Equal((0, 1), codec.Endings);
    }

    /// <summary>Whatever ends the connection, each codec is ended once each way, and what it throws then stops nobody.</summary>
    [Theory]
    [InlineData("dispose")]
    [InlineData("close")]
    [InlineData("violation")]
    [InlineData("end")]
    [InlineData("fail to send")]
    public void Extension_throws_in_its_ending__endings_complete(string ending)
    {
        ScriptedCodec[] codecs = [.. Enumerable.Range(0, 2).Select(i => new ScriptedCodec($"x-{i}")
        {
            OnEnd = () => throw new NotSupportedException(),
            OnSend = (_, _, _, _) => throw new InvalidOperationException(),
        })];
        WsConnection client = Client(codecs);
        client.ReleaseIdleMemory();
        Assert.Equal([1, 1], codecs.Select(codec => codec.IdleReleases));
        switch (ending)
        {
            case "close":
                client.Send(new CloseConnection(CloseCode.NormalClosure));
                Assert.Single(client.Read(Wire.CloseFor(ConnectionRole.Client, 1000)));
                break;
            case "violation":
                Assert.Single(client.Read(Wire.FrameFor(ConnectionRole.Client, (Opcode)3, [])));
                client.Send(new CloseConnection(CloseCode.ProtocolError));
                break;
            case "end":
                client.ReceiveEndOfStream();
                Assert.Single(client.ReadAll());
                break;
            case "fail to send":
                Assert.Throws<InvalidOperationException>(() => client.Send(new BytesMessage(new byte[1])));
                client.Send(new CloseConnection(CloseCode.InternalError));
                client.Dispose();
                break;
            default:
                client.Dispose();
                break;
        }

        Assert.Equal(ConnectionState.Closed, client.State);
        Assert.All(codecs, codec => Assert.Equal((1, 1), codec.Endings));
        client.Dispose();
        Assert.All(codecs, codec => Assert.Equal((1, 1), codec.Endings));
    }

    /// <summary>
    /// Whatever a template does with the server's answer, it is the peer's bytes that it came with: nothing is thrown at who reads them.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Template_throws_or_gives_nonsense_when_it_confirms__the_handshake_fails_and_says_why(bool throws)
    {
        var thrown = new NotSupportedException();
        byte[] response = Heads.Response(more: "Sec-WebSocket-Extensions: x-script");
        ScriptedExtension Template() => new() { OnConfirm = _ => throws ? throw thrown : new ScriptedCodec("x-other") };
        ConnectionOutcome outcome = Cuts.Run(
            () =>
            {
                WsConnection client = new(ConnectionRole.Client, Situations.KnownRandom);
                client.Send(new Request("example.com", "/") { Extensions = [Template()] });
                return client;
            },
            response);
        var failed = Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events));
        Assert.Equal((ProtocolError.InvalidExtensionParameters, ConnectionState.Closed), (failed.Error, outcome.State));
        Assert.True(throws ? failed.Exception == thrown : failed.Exception is InvalidOperationException);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(1, 3)]
    [InlineData(2, 3)]
    public void Extension_asks_for_more_for_ever__fails_with_1011(int count, int writesBefore)
    {
        ConnectionOutcome outcome = Cuts.Run(
            () => Client([.. Enumerable.Range(0, count).Select(Asking)]),
            Wire.FrameFor(ConnectionRole.Client, Opcode.Binary, [1]));
        var close = Assert.IsType<CloseConnection>(Assert.Single(outcome.Events));
        Assert.Equal((CloseCode.InternalError, ProtocolError.ExtensionFailed), (close.Code, close.Error));

        ScriptedCodec Asking(int i)
        {
            int left = writesBefore;
            return new($"x-{i}")
            {
                OnReceive = (ref _, _, output) =>
                {
                    if (left-- > 0)
                        output.Write<byte>([1]);
                    return ExtensionResult.More;
                },
            };
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Extension_writes_beyond_the_limit_again_and_again__fails_with_1009(int times)
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client, [new ScriptedCodec
        {
            OnReceive = (ref payload, _, output) =>
            {
                for (int i = 0; i < times; i++)
                    output.Write(new byte[11]);
                payload = default;
                return ExtensionResult.Done;
            },
        }], new WsConnectionOptions { MaxMessageSize = 10 });
        var close = Assert.IsType<CloseConnection>(Assert.Single(client.Read(Wire.FrameFor(ConnectionRole.Client, Opcode.Binary, [1]))));
        Assert.Equal((CloseCode.MessageTooBig, ProtocolError.MessageTooBig), (close.Code, close.Error));
    }

    [Theory]
    [InlineData(0, 4_000)]
    [InlineData(0, -1)]
    [InlineData(11, 4_000)]
    public void Extension_advances_over_more_than_it_was_given__that_throws_in_the_extension(int asked, int count)
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client, [new ScriptedCodec
        {
            OnReceive = (ref _, _, output) =>
            {
                output.GetSpan(asked);
                output.Advance(count);
                return ExtensionResult.Done;
            },
        }], new WsConnectionOptions { MaxMessageSize = 10 });
        client.Receive(Wire.FrameFor(ConnectionRole.Client, Opcode.Binary, [1]));
        var close = Assert.IsType<CloseConnection>(Assert.Single(client.ReadAll()));
        Assert.Equal(CloseCode.InternalError, close.Code);
        Assert.IsType<ArgumentOutOfRangeException>(close.Exception);
    }

    [Fact]
    public void Extension_sets_bits_that_are_not_its_own__they_are_not_written()
    {
        using WsConnection server = WsConnection.Established(
            ConnectionRole.Server,
            [new ScriptedCodec(bits: ReservedBits.Rsv3) { OnSend = (_, _, payload, output) => Sent(payload, output, (ReservedBits)0xFA) }]);
        Assert.Equal(Wire.Hex("11 02 68 69"), server.Send(new TextMessage("hi") { MessageFinished = false }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ScriptedCodec(bits: (ReservedBits)0x8F));
    }

    [Fact]
    public void Writer_throws__later_messages_do_not_refer_to_what_was_not_sent()
    {
        var template = new PerMessageDeflate { MinCompressedSize = 0 };
        using Link link =
            Link.Connected(new Request("h", "/") { Extensions = [template] }, new AcceptConnection { Extensions = [template] });
        var message = new TextMessage("the same words, the same words, the same words");
        Assert.Throws<InvalidOperationException>(() => link.Server.Send(message, new RefusingWriter()));
        Assert.Equal([message], link.Send(ConnectionRole.Server, message));
    }

    [Fact]
    public void Writer_throws_and_the_extension_cannot_forget__no_more_data_is_sent()
    {
        bool fails = true;
        ScriptedCodec[] codecs =
        [
            new ScriptedCodec("x-a") { OnEnd = () => _ = fails ? throw new NotSupportedException() : 0 },
            new ScriptedCodec("x-b"),
        ];
        using WsConnection server = WsConnection.Established(ConnectionRole.Server, codecs);
        Assert.Throws<InvalidOperationException>(() => server.Send(new TextMessage("a"), new RefusingWriter()));
        Assert.Equal([(1, (0, 1)), (1, (0, 1))], codecs.Select(codec => (codec.IdleReleases, codec.Endings)));
        Assert.Equal(
            LocalProtocolError.ExtensionFailed,
            Assert.Throws<LocalProtocolException>(() => server.Send(new TextMessage("a"))).Error);
        Assert.Equal(Wire.Hex("88 02 03 F3"), server.Send(new CloseConnection(CloseCode.InternalError)));
        fails = false;
    }

    [Fact]
    public void Writer_throws_in_a_refusal__the_body_can_be_sent_again()
    {
        using WsConnection server = new(ConnectionRole.Server);
        server.Send(new RejectConnection { HasBody = true, Headers = [("Content-Length", "5")] });
        Assert.Throws<InvalidOperationException>(() => server.Send(new RejectData("Hello"u8.ToArray()), new RefusingWriter()));
        Assert.Equal("Hello"u8.ToArray(), server.Send(new RejectData("Hello"u8.ToArray())));
    }

    [Fact]
    public void Established_takes_neither_null_nor_a_codec_or_a_bit_twice_nor_a_subprotocol_that_is_no_token()
    {
        Assert.Throws<ArgumentNullException>(() => WsConnection.Established(ConnectionRole.Client, [null!]));
        var twice = new ScriptedCodec();
        Assert.Throws<ArgumentException>(() => WsConnection.Established(ConnectionRole.Client, [twice, twice]));
        Assert.Throws<ArgumentException>(() => WsConnection.Established(
            ConnectionRole.Client,
            [new ScriptedCodec("x-a", ReservedBits.Rsv2), new ScriptedCodec("x-b", ReservedBits.Rsv2 | ReservedBits.Rsv3)]));
        Assert.Throws<ArgumentException>(() => WsConnection.Established(ConnectionRole.Client, subprotocol: "a b"));
        using WsConnection client = WsConnection.Established(ConnectionRole.Client, subprotocol: "chat", request: Situations.Request);
        Assert.Equal(("chat", Situations.Request), (client.Subprotocol, client.Request));
    }

    [Fact]
    public void Established_keeps_its_own_list()
    {
        List<ExtensionCodec> extensions = [new ScriptedCodec()];
        using WsConnection client = WsConnection.Established(ConnectionRole.Client, extensions);
        extensions.Clear();
        Assert.Equal([new BytesMessage(new byte[] { 1 })], client.Read(Wire.FrameFor(ConnectionRole.Client, Opcode.Binary, [1])));
    }

    public static TheoryData<int> BadOffers => [0, 1, 2];

    [Theory]
    [MemberData(nameof(BadOffers))]
    public void Template_offers_what_is_not_its_own__that_throws_and_nothing_is_written(int which)
    {
        IReadOnlyList<ExtensionElement>[] offers = [null!, [null!], [new ExtensionElement("x-other")]];
        using WsConnection client = new(ConnectionRole.Client);
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<InvalidOperationException>(
            () => client.Send(new Request("h", "/") { Extensions = [new OfferingExtension(offers[which])] }, output));
        Assert.Equal((0, ConnectionState.Connecting), (output.WrittenCount, client.State));
    }

    [Fact]
    public void Template_accepts_under_another_name__that_throws_and_nothing_is_written()
    {
        using WsConnection server = new(ConnectionRole.Server);
        server.Read(Heads.Request(more: "Sec-WebSocket-Extensions: x-script"));
        var output = new ArrayBufferWriter<byte>();
        var accept = new AcceptConnection { Extensions = [new ScriptedExtension { OnAccept = _ => new ScriptedCodec("x-other") }] };
        Assert.Throws<InvalidOperationException>(() => server.Send(accept, output));
        Assert.Equal((0, ConnectionState.Connecting), (output.WrittenCount, server.State));
        server.Send(new AcceptConnection(), output);
        Assert.Equal(ConnectionState.Open, server.State);
    }

    /// <summary>Empty blocks of DEFLATE inflate to nothing, so the limit on what comes out would never be met.</summary>
    [Fact]
    public void Message_only_grows_on_the_wire__fails_with_1009_at_its_header()
    {
        using WsConnection client =
            WsConnection.Established(ConnectionRole.Client, [new ScriptedCodec()], new WsConnectionOptions { MaxMessageSize = 1000 });
        Assert.Empty(client.Read(Wire.Frame(Opcode.Binary, [], fin: false, announced: 3024)));
        using WsConnection other =
            WsConnection.Established(ConnectionRole.Client, [new ScriptedCodec()], new WsConnectionOptions { MaxMessageSize = 1000 });
        Assert.Equal(
            ProtocolError.MessageTooBig,
            Assert.IsType<CloseConnection>(Assert.Single(other.Read(Wire.Frame(Opcode.Binary, [], fin: false, announced: 3025)))).Error);
        using WsConnection unlimited = WsConnection.Established(
            ConnectionRole.Client,
            [new ScriptedCodec()],
            new WsConnectionOptions { MaxMessageSize = null, MessageDelivery = MessageDelivery.Chunks });
        Assert.Empty(unlimited.Read(Wire.Frame(Opcode.Binary, [], announced: long.MaxValue)));
        using WsConnection huge = WsConnection.Established(
            ConnectionRole.Client,
            [new ScriptedCodec()],
            new WsConnectionOptions { MaxMessageSize = long.MaxValue / 4, MessageDelivery = MessageDelivery.Chunks });
        Assert.Equal(
            ProtocolError.MessageTooBig,
            Assert.IsType<CloseConnection>(Assert.Single(huge.Read(Wire.Frame(Opcode.Binary, [], announced: long.MaxValue)))).Error);
    }

    /// <summary>64 KiB that inflate to 64 MiB are delivered in pieces, as memory must not grow with the message.</summary>
    [Fact]
    [Trait("Register", "S14")]
    public void Chunks_of_a_bomb_are_bounded()
    {
        var template = new PerMessageDeflate { MinCompressedSize = 0 };
        ExtensionCodec agreed = template.Accept(template.Offer()[0])!;
        using WsConnection server = WsConnection.Established(ConnectionRole.Server, [agreed]);
        using WsConnection client = WsConnection.Established(
            ConnectionRole.Client,
            [template.Confirm(agreed.Agreed)!],
            new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks, MaxMessageSize = null });
        client.Receive(server.Send(new BytesMessage(new byte[64 << 20])));
        long total = 0;
        int largest = 0;
        bool finished = false;
        while (client.TryReadFrame(out Frame frame))
        {
            total += frame.Payload.Length;
            largest = Math.Max(largest, frame.Payload.Length);
            finished = frame.MessageFinished;
        }

        Assert.Equal((64L << 20, true), (total, finished));
        Assert.InRange(largest, 1, 2 << 20);
    }

    private static WsConnection Client(params ExtensionCodec[] extensions) => WsConnection.Established(ConnectionRole.Client, extensions);

    private static ReservedBits Sent(ReadOnlySpan<byte> payload, IBufferWriter<byte> output, ReservedBits bits)
    {
        output.Write(payload);
        return bits;
    }

    private sealed class OfferingExtension(IReadOnlyList<ExtensionElement> offers) : WsExtension("x-offering")
    {
        public override IReadOnlyList<ExtensionElement> Offer() => offers;
    }

    private sealed class RefusingWriter : IBufferWriter<byte>
    {
        public void Advance(int count) => throw new InvalidOperationException();

        public Memory<byte> GetMemory(int sizeHint = 0) => throw new InvalidOperationException();

        public Span<byte> GetSpan(int sizeHint = 0) => throw new InvalidOperationException();
    }
}
