namespace WsProto.EngineIO.Tests;

/// <summary>Pings, pongs and what counts as life, on made-up time.</summary>
public class HeartbeatTests
{
    private readonly MemoryHost _host = MemoryHost.Echo();

    [Fact]
    public void Ping_is_sent_after_25_seconds_and_again_25_seconds_after_each_pong()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Advance(24.999);
        Assert.Empty(socket.Messages);
        _host.Advance(0.001);
        Assert.Equal(["2"], socket.Texts);
        _host.Advance(10);
        _host.Send(socket, "3");
        _host.Advance(24.999);
        Assert.Equal(["2"], socket.Texts);
        _host.Advance(0.001);
        Assert.Equal(["2", "2"], socket.Texts);
    }

    [Fact]
    public void Silence_of_20_seconds_after_a_ping_ends_a_session_over_a_WebSocket()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Advance(44.999);
        Assert.Null(socket.CloseCode);
        _host.Advance(0.001);
        Assert.Equal((ushort)1008, socket.CloseCode);
        Assert.Equal(["opened", "closed: ping timeout, PingUnanswered"], _host.Log(socket.Session!));
    }

    [Fact]
    public void Silence_of_20_seconds_after_a_ping_ends_a_session_over_polling()
    {
        EngineIOSession session = _host.Open();
        Exchange poll = _host.Poll(session);
        _host.Advance(25);
        poll.Is(200, "2");
        _host.Advance(19.999);
        Assert.Equal(SessionState.Polling, session.State);
        _host.Advance(0.001);
        Assert.Equal(["opened", "closed: ping timeout, PingUnanswered"], _host.Log(session));
    }

    [Fact]
    public void Poll_that_is_pending_when_a_session_times_out_is_answered()
    {
        EngineIOSession session = _host.Open();
        _host.Poll(session);
        _host.Advance(25);
        Exchange poll = _host.Poll(session); // a sign of life, and the last one
        _host.Advance(19.999);
        Assert.Null(poll.Answer);
        _host.Advance(0.001);
        poll.Is(200, "1");
    }

    [Fact]
    public void Client_that_does_not_poll_gets_one_ping_when_it_does()
    {
        var host = new MemoryHost(new() { PingInterval = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(20) });
        EngineIOSession session = host.Open();
        Exchange post = host.BeginPost(session);
        for (int i = 0; i < 15; i++)
        {
            host.Advance(1);
            host.Body(post, "4"u8);
        }

        host.Poll(session).Is(200, "2");
    }

    [Theory]
    [InlineData(300, 200)]
    [InlineData(1, 1)]
    public void Intervals_are_told_and_kept_to_the_millisecond(int interval, int timeout)
    {
        var host = new MemoryHost(
            new() { PingInterval = TimeSpan.FromMilliseconds(interval), PingTimeout = TimeSpan.FromMilliseconds(timeout) });
        Exchange socket = host.Connect("EIO=4&transport=websocket");
        Assert.Contains($"\"pingInterval\":{interval},\"pingTimeout\":{timeout},", Assert.Single(socket.Texts), StringComparison.Ordinal);
        host.Advance(TimeSpan.FromMilliseconds(interval));
        Assert.Equal("2", socket.Texts[^1]);
        host.Advance(TimeSpan.FromMilliseconds(timeout));
        Assert.NotNull(socket.CloseCode);
    }

    [Fact]
    public void Ping_of_the_client_ends_a_session_over_a_WebSocket_at_once()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Send(socket, "2");
        Assert.Equal((ushort)1008, socket.CloseCode);
        Assert.Equal(["opened", "closed: transport error, PingFromClient"], _host.Log(socket.Session!));
    }

    [Fact]
    public void Ping_of_the_client_ends_a_session_over_polling_at_once()
    {
        EngineIOSession session = _host.Open();
        Exchange poll = _host.Poll(session);
        _host.Post(session, "2probe").IsRefused(400, 3, "Bad request", EngineIOError.PingFromClient);
        poll.Is(200, "1");
        Assert.Equal(["opened", "closed: transport error, PingFromClient"], _host.Log(session));
    }

    [Fact]
    [Trait("Demand", "Q04")]
    public void Large_POST_that_arrives_slowly_is_life()
    {
        var host = new MemoryHost(
            new() { PingInterval = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(1), MaxPayload = 4 << 20 });
        EngineIOSession session = host.Open();
        Exchange post = host.BeginPost(session);
        byte[] body = new byte[2 << 20];
        Array.Fill(body, (byte)'4');
        foreach (byte[] piece in body.Chunk(65_536 / 2))
        {
            host.Advance(0.5);
            host.Body(post, piece);
        }

        host.BodyEnd(post);
        post.Is(200, "ok");
        Assert.Equal(2, host.Log(session).Count);
    }

    [Fact]
    [Trait("Demand", "Q04")]
    public void Large_message_that_arrives_slowly_is_life_and_is_pinged_all_the_while()
    {
        var host = new MemoryHost(
            new() { PingInterval = TimeSpan.FromSeconds(1), PingTimeout = TimeSpan.FromSeconds(1), MaxPayload = 4 << 20 });
        Exchange socket = host.OpenWebSocket();
        for (int i = 0; i < 60; i++)
        {
            host.Advance(0.5);
            socket.Session!.ReceiveActivity(socket.Request, host.Now);
            host.Settle(socket.Session);
        }

        Assert.Equal(30, socket.Messages.Count);
        host.Send(socket, new byte[2 << 20]);
        host.Send(socket, "3");
        host.Advance(0.999);
        Assert.Equal(30, socket.Messages.Count);
        Assert.Equal(2, host.Log(socket.Session!).Count);
    }

    [Fact]
    [Trait("Demand", "Q04")]
    public void Large_POST_that_stops_arriving_ends_the_session()
    {
        EngineIOSession session = _host.Open();
        Exchange post = _host.BeginPost(session);
        _host.Advance(30);
        _host.Body(post, "4the beginning of"u8);
        _host.Advance(19.999);
        Assert.Null(post.Answer);
        _host.Advance(0.001);
        post.IsRefused(400, 1, "Session ID unknown", EngineIOError.SessionUnknown);
        Assert.Equal(["opened", "closed: ping timeout, PingUnanswered"], _host.Log(session));
    }

    [Fact]
    public void Activity_on_a_WebSocket_that_is_not_the_sessions_is_no_life()
    {
        Exchange socket = _host.OpenWebSocket();
        Exchange second = _host.Connect(socket.Session!);
        _host.Advance(30);
        socket.Session!.ReceiveActivity(second.Request, _host.Now);
        _host.Advance(15);
        Assert.NotNull(socket.CloseCode);
    }

    [Fact]
    public void Process_that_stood_still_reads_what_came_before_it_gives_up()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Advance(25);
        _host.StandStill(60);
        Assert.Null(socket.CloseCode);
        _host.Advance(0.5);
        _host.Send(socket, "3");
        _host.Advance(24.999);
        Assert.Equal(["2"], socket.Texts);
    }

    [Fact]
    public void Process_that_stood_still_gives_up_a_second_later_if_nothing_came()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.Advance(25);
        _host.StandStill(60);
        _host.Advance(0.999);
        Assert.Null(socket.CloseCode);
        _host.StandStill(60);
        Assert.Equal((ushort)1008, socket.CloseCode);
    }

    [Fact]
    public void Process_that_stood_still_when_a_ping_was_due_sends_it_and_waits_for_the_whole_timeout()
    {
        Exchange socket = _host.OpenWebSocket();
        _host.StandStill(100);
        Assert.Equal(["2"], socket.Texts);
        _host.Advance(19.999);
        Assert.Null(socket.CloseCode);
        _host.Advance(0.001);
        Assert.NotNull(socket.CloseCode);
    }

    /// <summary>
    /// A timer is always a little late. The time of the client begins when its ping was due, up to 20 ms or a tenth of it.
    /// </summary>
    [Theory]
    [InlineData(20, 44_999)]
    [InlineData(21, 45_020)]
    public void Timer_that_is_a_little_late_does_not_put_off_the_end(int late, int alive)
    {
        Exchange socket = _host.OpenWebSocket();
        TimeSpan begin = _host.Now;
        _host.StandStill(25 + (late / 1000.0));
        Assert.Equal(["2"], socket.Texts);
        _host.Advance(begin + TimeSpan.FromMilliseconds(alive) - _host.Now);
        Assert.Null(socket.CloseCode);
        _host.Advance(0.001);
        Assert.Equal((ushort)1008, socket.CloseCode);
    }
}
