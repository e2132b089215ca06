namespace WsProto.Tests;

/// <summary>Keep-alive in made-up time.</summary>
[Trait("RFC", "6455 §5.5.2")]
public class KeepAliveTests
{
    private static readonly TimeSpan _start = TimeSpan.FromHours(5);

    [Fact]
    [Trait("Register", "S54")]
    public void Ping_is_due_after_20_seconds_of_silence_which_is_below_what_proxies_cut()
    {
        var keepAlive = new KeepAlive(_start);
        Assert.Equal(After(20), keepAlive.NextDeadline);
        Assert.Equal(KeepAliveAction.Wait, keepAlive.OnTimer(_start, out Ping? early));
        Assert.Null(early);
        Assert.Equal(KeepAliveAction.Wait, keepAlive.OnTimer(After(20) - TimeSpan.FromTicks(1), out early));
        Assert.Null(early);
        Assert.Equal(KeepAliveAction.SendPing, keepAlive.OnTimer(After(20), out Ping? ping));
        Assert.Equal(8, Assert.IsType<Ping>(ping).Payload.Length);
    }

    [Fact]
    [Trait("Register", "S53")]
    public void Peer_that_says_nothing_is_gone_at_interval_plus_timeout_exactly()
    {
        var keepAlive = new KeepAlive(_start, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5));
        Assert.Equal(KeepAliveAction.SendPing, keepAlive.OnTimer(After(3), out _));
        Assert.Equal(After(8), keepAlive.NextDeadline);
        Assert.Equal(KeepAliveAction.Wait, keepAlive.OnTimer(After(8) - TimeSpan.FromTicks(1), out Ping? none));
        Assert.Null(none);
        Assert.Equal(KeepAliveAction.PeerGone, keepAlive.OnTimer(After(8), out none));
        Assert.Null(none);
        Assert.Equal(KeepAliveAction.PeerGone, keepAlive.OnTimer(After(9), out none));
        Assert.Null(none);
    }

    [Fact]
    public void Default_timeout_is_20_seconds()
    {
        var keepAlive = new KeepAlive(_start);
        keepAlive.OnTimer(After(20), out _);
        Assert.Equal(After(40), keepAlive.NextDeadline);
        Assert.Equal(KeepAliveAction.PeerGone, keepAlive.OnTimer(After(40), out _));
    }

    [Fact]
    public void Timeout_runs_from_the_moment_of_the_Ping_even_if_the_timer_was_late()
    {
        var keepAlive = new KeepAlive(_start, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(5));
        Assert.Equal(KeepAliveAction.SendPing, keepAlive.OnTimer(After(10), out _));
        Assert.Equal(After(15), keepAlive.NextDeadline);
    }

    public static TheoryData<WsEvent> SignsOfLife =>
    [
        new TextMessage("a"), new BytesMessage(default), new Ping(), new Pong(), new Pong(new byte[8]),
        new CloseConnection(CloseCode.NormalClosure),
    ];

    [Theory]
    [MemberData(nameof(SignsOfLife))]
    public void Every_event_is_a_sign_of_life(WsEvent e)
    {
        var keepAlive = new KeepAlive(_start);
        keepAlive.Observe(e, After(7));
        Assert.Equal(After(27), keepAlive.NextDeadline);
        Assert.Equal(KeepAliveAction.Wait, keepAlive.OnTimer(After(26), out _));
        Assert.Equal(KeepAliveAction.SendPing, keepAlive.OnTimer(After(27), out _));
        keepAlive.Observe(e, After(30));
        Assert.Equal(After(50), keepAlive.NextDeadline);
        Assert.Equal(KeepAliveAction.Wait, keepAlive.OnTimer(After(47), out _));
        Assert.Equal(KeepAliveAction.SendPing, keepAlive.OnTimer(After(50), out _));
        Assert.Null(keepAlive.RoundTripTime);
    }

    [Fact]
    public void Deadline_after_a_sign_of_life_is_one_interval_away_also_where_the_timeout_is_longer()
    {
        var keepAlive = new KeepAlive(_start, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60));
        keepAlive.OnTimer(After(10), out _);
        Assert.Equal(After(70), keepAlive.NextDeadline);
        keepAlive.Observe(new Pong(), After(11));
        Assert.Equal(After(21), keepAlive.NextDeadline);
    }

    [Fact]
    public void Round_trip_time_is_that_of_the_answered_Ping()
    {
        var keepAlive = new KeepAlive(_start);
        Assert.Null(keepAlive.RoundTripTime);
        keepAlive.OnTimer(After(20), out Ping? first);
        keepAlive.Observe(first!.Response(), After(20.25));
        Assert.Equal(TimeSpan.FromSeconds(0.25), keepAlive.RoundTripTime);
        keepAlive.Observe(first.Response(), After(30));
        Assert.Equal(TimeSpan.FromSeconds(0.25), keepAlive.RoundTripTime);

        keepAlive.OnTimer(After(50), out Ping? second);
        Assert.NotEqual(first, second);
        keepAlive.Observe(first.Response(), After(51));
        Assert.Equal(TimeSpan.FromSeconds(0.25), keepAlive.RoundTripTime);
        keepAlive.Observe(second!.Response(), After(52));
        Assert.Equal(TimeSpan.FromSeconds(2), keepAlive.RoundTripTime);
    }

    [Fact]
    public void Payloads_of_Pings_differ()
    {
        var keepAlive = new KeepAlive(_start);
        var pings = new HashSet<Ping>();
        TimeSpan now = _start;
        for (int i = 0; i < 300; i++)
        {
            now = keepAlive.NextDeadline;
            Assert.Equal(KeepAliveAction.SendPing, keepAlive.OnTimer(now, out Ping? ping));
            Assert.True(pings.Add(ping!));
            keepAlive.Observe(new Pong(), now);
        }
    }

    [Fact]
    public void Ping_and_its_Pong_cross_two_connections()
    {
        using Link link = Link.Established();
        var keepAlive = new KeepAlive(_start);
        keepAlive.OnTimer(After(20), out Ping? ping);
        Ping received = Assert.IsType<Ping>(Assert.Single(link.Send(ConnectionRole.Client, ping!)));
        keepAlive.Observe(Assert.Single(link.Send(ConnectionRole.Server, received.Response())), After(21));
        Assert.Equal(TimeSpan.FromSeconds(1), keepAlive.RoundTripTime);
    }

    [Theory]
    [InlineData(Situation.LocalClosing)]
    [InlineData(Situation.RemoteClosing)]
    [InlineData(Situation.Closed)]
    [Trait("Register", "S53")]
    public void Ping_that_is_due_after_a_Close_cannot_be_sent(Situation situation)
    {
        using WsConnection client = Situations.Create(ConnectionRole.Client, situation);
        new KeepAlive(_start).OnTimer(After(20), out Ping? ping);
        Assert.False(client.CanSend(ping!));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Span_that_is_not_positive_is_refused(int seconds)
    {
        TimeSpan span = TimeSpan.FromSeconds(seconds);
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeepAlive(_start, interval: span));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeepAlive(_start, timeout: span));
    }

    [Fact]
    public void No_event_is_refused() => Assert.Throws<ArgumentNullException>(() => new KeepAlive(_start).Observe(null!, _start));

    [Fact]
    public void Very_long_spans_stand_for_never()
    {
        var keepAlive = new KeepAlive(_start, timeout: TimeSpan.MaxValue);
        Assert.Equal(KeepAliveAction.SendPing, keepAlive.OnTimer(After(20), out _));
        Assert.Equal(TimeSpan.MaxValue, keepAlive.NextDeadline);
        Assert.Equal(TimeSpan.MaxValue, new KeepAlive(_start, interval: TimeSpan.MaxValue).NextDeadline);
    }

    private static TimeSpan After(double seconds) => _start + TimeSpan.FromSeconds(seconds);

    [Fact]
    public void Bytes_without_an_event_are_a_sign_of_life()
    {
        var keepAlive = new KeepAlive(TimeSpan.Zero);
        Assert.Equal(KeepAliveAction.SendPing, keepAlive.OnTimer(TimeSpan.FromSeconds(20), out _));
        keepAlive.Observe(TimeSpan.FromSeconds(39));
        Assert.Equal(KeepAliveAction.Wait, keepAlive.OnTimer(TimeSpan.FromSeconds(40), out _));
        Assert.Equal(TimeSpan.FromSeconds(59), keepAlive.NextDeadline);
        Assert.Null(keepAlive.RoundTripTime);
    }

    [Fact]
    public void Times_may_be_negative()
    {
        var keepAlive = new KeepAlive(TimeSpan.FromSeconds(-100));
        Assert.Equal(TimeSpan.FromSeconds(-80), keepAlive.NextDeadline);
    }
}
