// The 25 cases of the official test suite for servers of version 4, written anew on made-up time. There a close may come by the ping
// timeout, which is 200 ms; here pings are 25 s apart where a case is not about them, so a close has to come at once.

using System.Text.Json;

namespace WsProto.EngineIO.Tests;

public class OfficialSuiteTests
{
    private static readonly EngineIOServerOptions _quickPings = new()
    {
        PingInterval = TimeSpan.FromMilliseconds(300),
        PingTimeout = TimeSpan.FromMilliseconds(200),
    };

    private readonly MemoryHost _host = MemoryHost.Echo();

    [Fact]
    public void Handshake_over_polling_opens_a_session()
    {
        Exchange handshake = new MemoryHost(_quickPings).Receive(MemoryHost.Request("GET", "EIO=4&transport=polling"));
        Assert.Equal(200, handshake.Answer!.Status);
        AssertOpenPacket(handshake.Body, ["websocket"]);
    }

    [Theory]
    [InlineData("transport=polling")]
    [InlineData("EIO=abc&transport=polling")]
    public void Handshake_over_polling_with_another_version_is_refused(string query) =>
        _host.Receive(MemoryHost.Request("GET", query)).IsRefused(400, 5, "Unsupported protocol version", EngineIOError.VersionUnsupported);

    [Theory]
    [InlineData("EIO=4")]
    [InlineData("EIO=4&transport=abc")]
    public void Handshake_over_polling_with_an_unknown_transport_is_refused(string query) =>
        _host.Receive(MemoryHost.Request("GET", query)).IsRefused(400, 0, "Transport unknown", EngineIOError.TransportUnknown);

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    public void Handshake_over_polling_with_another_method_is_refused(string method) =>
        _host.Receive(MemoryHost.Request(method, "EIO=4&transport=polling"))
            .IsRefused(400, 2, "Bad handshake method", EngineIOError.BadHandshakeMethod);

    [Fact]
    public void Handshake_over_a_WebSocket_opens_a_session()
    {
        Exchange socket = new MemoryHost(_quickPings).Connect("EIO=4&transport=websocket");
        AssertOpenPacket(Assert.Single(socket.Texts), []);
    }

    [Theory]
    [InlineData("transport=websocket")]
    [InlineData("EIO=abc&transport=websocket")]
    public void Handshake_over_a_WebSocket_with_another_version_is_refused(string query) =>
        _host.Connect(query).IsRefused(400, 5, "Unsupported protocol version", EngineIOError.VersionUnsupported);

    [Theory]
    [InlineData("EIO=4")]
    [InlineData("EIO=4&transport=abc")]
    public void Handshake_over_a_WebSocket_with_an_unknown_transport_is_refused(string query) =>
        _host.Connect(query).IsRefused(400, 0, "Transport unknown", EngineIOError.TransportUnknown);

    [Theory]
    [InlineData("4hello")] // one text packet
    [InlineData("4test1\u001e4test2\u001e4test3")] // several
    [InlineData("4hello\u001ebAQIDBA==")] // text and binary
    public void Polling_echoes_a_payload(string payload)
    {
        EngineIOSession session = _host.Open();
        _host.Post(session, payload).Is(200, "ok");
        _host.Poll(session).Is(200, payload);
    }

    [Fact]
    public void Polling_closes_the_session_upon_an_invalid_packet()
    {
        EngineIOSession session = _host.Open();
        _host.Post(session, "abc").IsRefused(400, 3, "Bad request", EngineIOError.PacketMalformed);
        AssertGone(session);
    }

    [Fact]
    public void Polling_closes_the_session_upon_a_second_poll()
    {
        EngineIOSession session = _host.Open();
        Exchange first = _host.Poll(session);
        Exchange second = _host.Poll(session);
        first.Is(200, "1");
        second.IsRefused(400, 3, "Bad request", EngineIOError.PollOverlap);
        AssertGone(session);
    }

    [Fact]
    public void Polling_closes_the_session_upon_a_cancelled_poll()
    {
        EngineIOSession session = _host.Open();
        _host.Abort(_host.Poll(session));
        AssertGone(session);
    }

    [Fact]
    public void WebSocket_echoes_a_text_packet()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Send(socket, "4hello");
        Assert.Equal(["4hello"], socket.Texts);
    }

    [Fact]
    public void WebSocket_echoes_a_binary_packet()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Send(socket, [1, 2, 3, 4]);
        (byte[] data, bool isBinary) = Assert.Single(socket.Messages);
        Assert.Equal([1, 2, 3, 4], data);
        Assert.True(isBinary);
    }

    [Fact]
    public void WebSocket_closes_the_session_upon_an_invalid_packet()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Send(socket, "abc");
        Assert.Equal((ushort)1002, socket.CloseCode);
        AssertGone(socket.Session!);
    }

    [Fact]
    public void Polling_carries_pings_and_pongs()
    {
        var host = new MemoryHost(_quickPings);
        EngineIOSession session = host.Open();
        for (int i = 0; i < 3; i++)
        {
            Exchange poll = host.Poll(session);
            host.Advance(0.299);
            Assert.Null(poll.Answer);
            host.Advance(0.001);
            poll.Is(200, "2");
            host.Post(session, "3").Is(200, "ok");
        }
    }

    [Fact]
    public void Polling_closes_the_session_upon_a_ping_timeout()
    {
        var host = new MemoryHost(_quickPings);
        EngineIOSession session = host.Open();
        host.Advance(0.5);
        host.Poll(session).IsRefused(400, 1, "Session ID unknown", EngineIOError.SessionUnknown);
        Assert.Equal(["opened", "closed: ping timeout, PingUnanswered"], host.Log(session));
    }

    [Fact]
    public void WebSocket_carries_pings_and_pongs()
    {
        var host = new MemoryHost(_quickPings);
        Exchange socket = host.OpenWebSocket();
        for (int i = 1; i <= 3; i++)
        {
            host.Advance(0.3);
            Assert.Equal(Enumerable.Repeat("2", i), socket.Texts);
            host.Send(socket, "3");
        }
    }

    [Fact]
    public void WebSocket_closes_the_session_upon_a_ping_timeout()
    {
        var host = new MemoryHost(_quickPings);
        Exchange socket = host.OpenWebSocket();
        host.Advance(0.499);
        Assert.Null(socket.CloseCode);
        host.Advance(0.001);
        Assert.Equal((ushort)1008, socket.CloseCode);
    }

    [Fact]
    public void Polling_closes_the_session_when_the_client_does()
    {
        EngineIOSession session = _host.Open();
        Exchange poll = _host.Poll(session);
        _host.Post(session, "1").Is(200, "ok");
        poll.Is(200, "6");
        AssertGone(session);
        Assert.Equal(["opened", "closed: transport close"], _host.Log(session));
    }

    [Fact]
    public void WebSocket_closes_the_session_when_the_client_does()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Send(socket, "1");
        Assert.Equal((ushort)1000, socket.CloseCode);
        AssertGone(socket.Session!);
    }

    [Fact]
    public void Upgrade_from_polling_to_a_WebSocket()
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        _host.Send(socket, "2probe");
        Assert.Equal(["3probe"], socket.Texts);
        _host.Poll(session).Is(200, "6");
        _host.Send(socket, "5");
        _host.Send(socket, "4hello");
        Assert.Equal(["3probe", "4hello"], socket.Texts);
    }

    [Fact]
    public void Upgraded_session_ignores_HTTP_requests()
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Upgrade(session);
        _host.Poll(session).IsRefused(400, 3, "Bad request", EngineIOError.TransportMismatch);
        _host.Send(socket, "4hello");
        Assert.Equal(["4hello"], socket.Texts);
    }

    [Fact]
    public void Upgraded_session_ignores_a_second_WebSocket()
    {
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Upgrade(session);
        Exchange second = _host.Connect(session);
        Assert.True(second.IsAccepted);
        Assert.Equal((ushort)1008, second.CloseCode);
        _host.Send(socket, "4hello");
        Assert.Equal(["4hello"], socket.Texts);
    }

    private static void AssertOpenPacket(string packet, string[] upgrades)
    {
        Assert.Equal('0', packet[0]);
        using var json = JsonDocument.Parse(packet[1..]);
        Assert.Equal(
            ["sid", "upgrades", "pingInterval", "pingTimeout", "maxPayload"],
            json.RootElement.EnumerateObject().Select(field => field.Name));
        Assert.Equal(20, json.RootElement.GetProperty("sid").GetString()!.Length);
        Assert.Equal(upgrades, json.RootElement.GetProperty("upgrades").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(300, json.RootElement.GetProperty("pingInterval").GetInt32());
        Assert.Equal(200, json.RootElement.GetProperty("pingTimeout").GetInt32());
        Assert.Equal(1_000_000, json.RootElement.GetProperty("maxPayload").GetInt32());
    }

    private void AssertGone(EngineIOSession session)
    {
        _host.Poll(session).IsRefused(400, 1, "Session ID unknown", EngineIOError.SessionUnknown);
        Assert.Equal(0, _host.Server.SessionCount);
    }
}
