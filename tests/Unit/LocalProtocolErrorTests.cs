using System.Buffers;
using System.Runtime.CompilerServices;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests;

/// <summary>What the caller asks for at the wrong time is refused with the reason, as a member and in words.</summary>
public class LocalProtocolErrorTests
{
    private const ConnectionRole Client = ConnectionRole.Client;
    private const ConnectionRole Server = ConnectionRole.Server;

    private static readonly (LocalProtocolError Error, ConnectionRole Role, Situation Situation, WsEvent Event)[] _cases =
    [
        (LocalProtocolError.HandshakeNotFinished, Client, Situation.Connecting, new TextMessage("")),
        (LocalProtocolError.HandshakeNotFinished, Server, Situation.RequestPassed, new Ping()),
        (LocalProtocolError.HandshakeNotFinished, Server, Situation.Rejecting, Situations.Close),
        (LocalProtocolError.HandshakeFinished, Server, Situation.Open, new AcceptConnection()),
        (LocalProtocolError.HandshakeFinished, Client, Situation.RemoteClosing, Situations.Request),
        (LocalProtocolError.WrongRole, Server, Situation.Connecting, Situations.Request),
        (LocalProtocolError.WrongRole, Client, Situation.RequestPassed, new AcceptConnection()),
        (LocalProtocolError.RequestNotRead, Server, Situation.Connecting, new AcceptConnection()),
        (LocalProtocolError.RequestInvalid, Server, Situation.HandshakeFailed, new AcceptConnection()),
        (LocalProtocolError.RequestAlreadySent, Client, Situation.RequestPassed, Situations.Request),
        (LocalProtocolError.RefusalNotBegun, Server, Situation.RequestPassed, new RejectData(default)),
        (LocalProtocolError.RefusalUnderWay, Server, Situation.Rejecting, new RejectConnection()),
        (LocalProtocolError.CloseSent, Client, Situation.LocalClosing, new TextMessage("")),
        (LocalProtocolError.CloseSent, Client, Situation.Closed, Situations.Close),
        (LocalProtocolError.CloseReceived, Server, Situation.RemoteClosing, new TextMessage("")),
        (LocalProtocolError.CloseReceived, Server, Situation.TextOpenInRemoteClosing, new Ping()),
        (LocalProtocolError.Closed, Client, Situation.Lost, new TextMessage("")),
        (LocalProtocolError.Closed, Client, Situation.Disposed, new TextMessage("")),
        (LocalProtocolError.Closed, Server, Situation.Rejected, new AcceptConnection()),
        (LocalProtocolError.Closed, Client, Situation.HandshakeFailed, Situations.Request),
        (LocalProtocolError.MessageOpen, Client, Situation.TextOpen, new BytesMessage(default)),
        (LocalProtocolError.MessageOpen, Server, Situation.TextOpenInRemoteClosing, new BytesMessage(default)),
        (LocalProtocolError.NotSendable,
            Server,
            Situation.Connecting,
            new HandshakeFailed { Error = ProtocolError.InvalidHost, Message = "" }),
    ];

    public static TheoryData<int> Cases => [.. Enumerable.Range(0, _cases.Length)];

    [Theory]
    [MemberData(nameof(Cases))]
    [Trait("Register", "S30")]
    public void Refusal_has_its_reason(int index)
    {
        (LocalProtocolError error, ConnectionRole role, Situation situation, WsEvent e) = _cases[index];
        using WsConnection connection = Situations.Create(role, situation);
        ConnectionState before = connection.State;
        Assert.False(connection.CanSend(e));
        var output = new ArrayBufferWriter<byte>();
        LocalProtocolException refusal = Assert.Throws<LocalProtocolException>(() => connection.Send(e, output));
        Assert.Equal((error, before, 0), (refusal.Error, connection.State, output.WrittenCount));
        Assert.StartsWith($"{e.Kind} cannot be sent now: ", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Situation.Connecting, LocalProtocolError.HandshakeNotFinished)]
    [InlineData(Situation.Rejected, LocalProtocolError.Closed)]
    public void Methods_for_spans_refuse_for_the_same_reason(Situation situation, LocalProtocolError error)
    {
        using WsConnection server = Situations.Create(Server, situation);
        var output = new ArrayBufferWriter<byte>();
        Assert.All(
            new Action[]
            {
                () => server.SendText("a", output), () => server.SendText("a"u8, output), () => server.SendBytes([], output),
                () => server.SendPing([], output), () => server.SendPong([], output),
                () => server.SendClose(CloseCode.NormalClosure, "", output), () => server.SendFrameHeader(Opcode.Text, 0, output),
                () => server.SendFrameHeader(Opcode.Binary, 0, output),
                () => server.SendPrepared(PreparedMessage.FromText("a"), output), () => server.SendPrepared(PreparedMessage.FromText("a")),
            },
            send => Assert.Equal(error, Assert.Throws<LocalProtocolException>(send).Error));
        Assert.Equal(0, output.WrittenCount);
        Assert.False(server.CanSendFrameHeader);
        server.ReleaseIdleMemory();
        Assert.Equal(0, server.ReceiveBuffer.FreeCapacity);
    }

    [Fact]
    public void Request_is_received_once_and_by_a_server()
    {
        using WsConnection client = new(Client);
        Assert.Equal(
            LocalProtocolError.WrongRole,
            Assert.Throws<LocalProtocolException>(() => client.ReceiveRequest("GET", "/", [])).Error);
        using WsConnection server = new(Server);
        server.ReceiveRequest("GET", "/", []);
        Assert.Equal(
            LocalProtocolError.RequestAlreadyReceived,
            Assert.Throws<LocalProtocolException>(() => server.ReceiveRequest("GET", "/", [])).Error);
        using WsConnection open = WsConnection.Established(Server);
        Assert.Equal(
            LocalProtocolError.RequestAlreadyReceived,
            Assert.Throws<LocalProtocolException>(() => open.ReceiveRequest("GET", "/", [])).Error);
    }

    [Fact]
    public void Request_that_was_received_and_not_read_cannot_be_accepted_yet()
    {
        using WsConnection server = new(Server);
        server.ReceiveRequest("GET", "/",
        [
            ("Host", "h"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", Heads.Key),
            ("Sec-WebSocket-Version", "13"),
        ]);
        Assert.False(server.CanSend(new AcceptConnection()));
        Assert.Equal(
            LocalProtocolError.RequestNotRead,
            Assert.Throws<LocalProtocolException>(() => server.Send(new AcceptConnection())).Error);
        Assert.Null(server.Request);
        Assert.IsType<Request>(Assert.Single(server.ReadAll()));
        server.Send(new AcceptConnection());
        Assert.Equal(("h", ConnectionState.Open), (server.Request!.Host, server.State));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Header_of_a_frame_goes_alone_only_where_payloads_go_as_they_are(bool isClosed)
    {
        using WsConnection client = WsConnection.Established(Client);
        using WsConnection server = WsConnection.Established(Server);
        if (isClosed)
        {
            server.Send(Situations.Close);
            Assert.False(server.CanSendFrameHeader);
        }
        else
        {
            Assert.True(server.CanSendFrameHeader);
            server.SendFrameHeader(Opcode.Text, 1, new ArrayBufferWriter<byte>(), messageFinished: false);
            Assert.True(server.CanSendFrameHeader);
        }

        using WsConnection extended = WsConnection.Established(Server, [new TagCodec()]);
        Assert.False(extended.CanSendFrameHeader);
        Assert.False(client.CanSendFrameHeader);
        Assert.Equal(
            LocalProtocolError.PayloadsTransformed,
            Assert.Throws<LocalProtocolException>(() => client.SendFrameHeader(Opcode.Text, 1, new ArrayBufferWriter<byte>())).Error);
    }

    [Fact]
    public void Prepared_message_does_not_continue_an_open_one()
    {
        using WsConnection server = Situations.Create(Server, Situation.TextOpen);
        Assert.Equal(
            LocalProtocolError.MessageOpen,
            Assert.Throws<LocalProtocolException>(() => server.SendPrepared(PreparedMessage.FromText("a"))).Error);
    }

    [Fact]
    public void Every_reason_has_words_of_its_own()
    {
        string[] words = [.. Enum.GetValues<LocalProtocolError>().Select(error => LocalProtocolErrors.Of(error).Message)];
        Assert.Equal(words.Length, words.Distinct().Count());
        Assert.Throws<SwitchExpressionException>(() => LocalProtocolErrors.Of((LocalProtocolError)(-1)));
        Assert.All(words, text => Assert.True(char.IsUpper(text[0]) && text.EndsWith('.'), text));
    }

    [Fact]
    public void Exceptions_can_be_made_by_tests_of_users()
    {
        var inner = new InvalidOperationException();
        Assert.Equal(LocalProtocolError.Unspecified, new LocalProtocolException().Error);
        Assert.Equal("words", new LocalProtocolException("words").Message);
        Assert.Same(inner, new LocalProtocolException("words", inner).InnerException);
        Assert.IsAssignableFrom<WsException>(new LocalProtocolException("words") { Error = LocalProtocolError.CloseSent });
        Assert.NotNull(new WsException().Message);
        Assert.Equal("words", new WsException("words").Message);
        Assert.Same(inner, new WsException("words", inner).InnerException);
    }
}
