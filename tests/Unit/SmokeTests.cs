using WsProto.Events;

namespace WsProto.Tests;

public class SmokeTests
{
    [Fact]
    public void Handshake_and_echo()
    {
        using Link link = Link.Connected(new Request("example.com", "/chat") { Subprotocols = ["a", "b"] }, new AcceptConnection { Subprotocol = "b" });
        Assert.Equal("b", link.Client.Subprotocol);
        Assert.Equal([new TextMessage("hällo")], link.Send(ConnectionRole.Client, new TextMessage("hällo")));
        Assert.Equal([new CloseConnection(CloseCode.NormalClosure, "bye")], link.Send(ConnectionRole.Server, new CloseConnection(CloseCode.NormalClosure, "bye")));
        Assert.Equal(ConnectionState.RemoteClosing, link.Client.State);
    }

    [Fact]
    public void Server_handshake_cut() =>
        Cuts.Expect(
            () => new WsConnection(ConnectionRole.Server), Heads.Request(), ConnectionState.Connecting,
            new Request("example.com", "/chat") { ExtraHeaders = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", Heads.Key), ("Sec-WebSocket-Version", "13")] });
}
