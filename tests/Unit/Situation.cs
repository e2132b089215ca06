// Connections brought into every state by real use, for the tests that go through all states and all events.


namespace WsProto.Tests;

/// <summary>
/// Where a connection is, more finely than its state: what may be sent also depends on the request and on an open message.
/// </summary>
public enum Situation
{
    Connecting,
    RequestPassed,
    HandshakeFailed,
    Rejecting,
    Rejected,
    Open,
    TextOpen,
    BytesOpen,
    RemoteClosing,
    TextOpenInRemoteClosing,
    BytesOpenInRemoteClosing,
    Failed,
    FailedInLocalClosing,
    LocalClosing,
    TextOpenInLocalClosing,
    Closed,
    Lost,
    Disposed,
}

internal static class Situations
{
    public static readonly Request Request = new("example.com", "/chat");

    public static readonly CloseConnection Close = new(CloseCode.NormalClosure);

    public static readonly WsConnectionOptions KnownRandom = new() { Random = Rand.Fixed(Heads.Nonce) };

    public static IEnumerable<(ConnectionRole Role, Situation Situation)> All =>
        from role in Enum.GetValues<ConnectionRole>()
        from situation in Enum.GetValues<Situation>()
        select (role, situation);

    public static ConnectionRole PeerOf(ConnectionRole role) =>
        role == ConnectionRole.Client ? ConnectionRole.Server : ConnectionRole.Client;

    public static byte[] CloseFrameFor(ConnectionRole role) => Wire.CloseFor(role, 1000);

    /// <summary>A frame that breaks the protocol: one with a reserved opcode.</summary>
    public static byte[] BadFrameFor(ConnectionRole role) => Wire.FrameFor(role, (Opcode)0x3, []);

    public static WsConnection Create(ConnectionRole role, Situation situation, WsConnectionOptions? options = null)
    {
        options = (options ?? WsConnectionOptions.Default) with { Random = KnownRandom.Random };
        return situation switch
        {
            Situation.Connecting => new WsConnection(role, options),
            Situation.RequestPassed => RequestPassed(role, options),
            Situation.HandshakeFailed => HandshakeFailed(role, options),
            Situation.Rejecting => Rejected(role, hasBody: true, options),
            Situation.Rejected => Rejected(role, hasBody: false, options),
            _ => Established(WsConnection.Established(role, options: options), situation),
        };
    }

    private static WsConnection RequestPassed(ConnectionRole role, WsConnectionOptions options)
    {
        var connection = new WsConnection(role, options);
        if (role == ConnectionRole.Client)
            connection.Send(Request);
        else
            Assert.IsType<Request>(Assert.Single(connection.Read(Heads.Request())));
        return connection;
    }

    private static WsConnection HandshakeFailed(ConnectionRole role, WsConnectionOptions options)
    {
        WsConnection connection = role == ConnectionRole.Client ? RequestPassed(role, options) : new WsConnection(role, options);
        byte[] bad = role == ConnectionRole.Client ? Heads.Response("Upgrade", null) : Heads.Request("Upgrade", null);
        Assert.IsType<HandshakeFailed>(Assert.Single(connection.Read(bad)));
        return connection;
    }

    private static WsConnection Rejected(ConnectionRole role, bool hasBody, WsConnectionOptions options)
    {
        WsConnection connection = RequestPassed(role, options);
        if (role == ConnectionRole.Server)
            connection.Send(new RejectConnection { HasBody = hasBody });
        else
            Assert.IsType<RejectConnection>(
                Assert.Single(connection.Read(Wire.Head("HTTP/1.1 400 ", $"Content-Length: {(hasBody ? 5 : 0)}"))));
        return connection;
    }

    private static WsConnection Established(WsConnection connection, Situation situation)
    {
        switch (situation)
        {
            case Situation.TextOpen or Situation.TextOpenInRemoteClosing or Situation.TextOpenInLocalClosing:
                connection.Send(new TextMessage("a") { MessageFinished = false });
                break;
            case Situation.BytesOpen or Situation.BytesOpenInRemoteClosing:
                connection.Send(new BytesMessage(new byte[1]) { MessageFinished = false });
                break;
        }

        switch (situation)
        {
            case Situation.RemoteClosing or Situation.TextOpenInRemoteClosing or Situation.BytesOpenInRemoteClosing:
                Assert.Equal([Close], connection.Read(CloseFrameFor(connection.Role)));
                break;
            case Situation.Failed:
                Assert.IsType<CloseConnection>(Assert.Single(connection.Read(BadFrameFor(connection.Role))));
                break;
            case Situation.LocalClosing or Situation.TextOpenInLocalClosing:
                connection.Send(Close);
                break;
            case Situation.FailedInLocalClosing:
                connection.Send(Close);
                Assert.IsType<CloseConnection>(Assert.Single(connection.Read(BadFrameFor(connection.Role))));
                break;
            case Situation.Closed:
                connection.Send(Close);
                Assert.Equal([Close], connection.Read(CloseFrameFor(connection.Role)));
                break;
            case Situation.Lost:
                connection.ReceiveEndOfStream();
                Assert.Equal([new CloseConnection(CloseCode.AbnormalClosure)], connection.ReadAll());
                break;
            case Situation.Disposed:
                connection.Dispose();
                break;
        }

        return connection;
    }
}
