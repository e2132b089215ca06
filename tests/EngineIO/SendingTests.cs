namespace WsProto.EngineIO.Tests;

/// <summary>What the application sends, what waits, and the limit on it.</summary>
public class SendingTests
{
    private readonly MemoryHost _host = new();

    [Fact]
    public void Message_waits_for_the_poll_or_takes_the_one_that_is_pending()
    {
        EngineIOSession session = _host.Open();
        Assert.Equal(SendResult.Accepted, _host.Send(session, "a"));
        Assert.Equal(2, session.BufferedBytes);
        session.Send(Packet.Binary([1]));
        Assert.Equal(3, session.BufferedBytes);
        _host.Poll(session).Is(200, "4a\u001ebAQ==");
        Assert.Equal(0, session.BufferedBytes);
        Exchange poll = _host.Poll(session);
        _host.Send(session, "b");
        poll.Is(200, "4b");
    }

    [Fact]
    [Trait("Demand", "Q26")]
    public void Application_is_told_when_nothing_waits_any_more()
    {
        EngineIOSession session = _host.Open();
        Exchange poll = _host.Poll(session);
        _host.Send(session, "taken at once");
        Assert.NotNull(poll.Answer);
        Assert.Equal(0, _host.Drained);
        _host.Send(session, "waits");
        _host.Send(session, "too");
        Assert.Equal(0, _host.Drained);
        _host.Poll(session);
        Assert.Equal(1, _host.Drained);
    }

    [Fact]
    [Trait("Demand", "Q26")]
    public void What_is_sent_over_a_WebSocket_waits_until_it_is_written()
    {
        _host.WritesAtOnce = false;
        Exchange socket = _host.OpenWebSocket();
        EngineIOSession session = socket.Session!;
        long open = session.BufferedBytes;
        Assert.True(open > 90);
        _host.Written(socket, open);
        Assert.Equal(0, _host.Drained); // no message of the application had to wait
        _host.Send(session, "12345");
        _host.Send(session, "12345");
        Assert.Equal(12, session.BufferedBytes);
        _host.Written(socket, 7);
        Assert.Equal((5, 0), (session.BufferedBytes, _host.Drained));
        _host.Written(socket, 5);
        Assert.Equal((0, 1), (session.BufferedBytes, _host.Drained));
        _host.Written(socket, 5); // more than there was
        Assert.Equal((0, 1), (session.BufferedBytes, _host.Drained));
        _host.Written(new(MemoryHost.Request("GET", "")) { Session = session }, 5); // another's
    }

    [Fact]
    public void Messages_that_wait_for_an_upgrade_wait_until_they_are_written()
    {
        _host.WritesAtOnce = false;
        EngineIOSession session = _host.Open();
        _host.Send(session, "a");
        Exchange socket = _host.Upgrade(session);
        Assert.Equal(8, session.BufferedBytes);
        _host.Written(socket, 6);
        _host.Written(socket, 2);
        Assert.Equal((0, 1), (session.BufferedBytes, _host.Drained));
    }

    [Fact]
    public void Probe_that_is_lost_counts_no_more()
    {
        _host.WritesAtOnce = false;
        EngineIOSession session = _host.Open();
        Exchange socket = _host.Connect(session);
        _host.Send(socket, "2probe");
        Exchange poll = _host.Poll(session);
        poll.Is(200, "6");
        _host.Poll(session);
        _host.Send(session, "a");
        Assert.Equal((6, 0), (session.BufferedBytes, _host.Drained));
        _host.Close(socket);
        Assert.Equal((0, 1), (session.BufferedBytes, _host.Drained));
    }

    [Fact]
    [Trait("Demand", "Q26")]
    public void Client_that_never_polls_is_given_up_at_the_limit()
    {
        var host = new MemoryHost(new() { MaxBufferedBytes = 10 });
        EngineIOSession session = host.Open();
        Assert.Equal(SendResult.Accepted, host.Send(session, "1234"));
        Assert.Equal(SendResult.Accepted, host.Send(session, "1234"));
        Assert.Equal(SendResult.BufferFull, host.Send(session, ""));
        Assert.Equal(["opened", "closed: transport error, BufferFull"], host.Log(session));
        Assert.Equal(SendResult.NotOpen, host.Send(session, ""));
    }

    [Fact]
    [Trait("Demand", "Q26")]
    public void Client_that_does_not_read_its_WebSocket_is_given_up_at_the_limit()
    {
        var host = new MemoryHost(new() { MaxBufferedBytes = 1_000 }) { WritesAtOnce = false };
        Exchange socket = host.OpenWebSocket();
        int sent = 0;
        while (host.Send(socket.Session!, "123456789") == SendResult.Accepted)
            sent++;
        Assert.Equal(sent, socket.Messages.Count);
        Assert.InRange(sent, 80, 99);
        Assert.Equal((ushort)1008, socket.CloseCode);
        Assert.Equal(["opened", "closed: transport error, BufferFull"], host.Log(socket.Session!));
    }

    [Fact]
    public void Single_message_above_the_limit_passes_where_nothing_waits()
    {
        var host = new MemoryHost(new() { MaxBufferedBytes = 10 });
        EngineIOSession session = host.Open();
        Assert.Equal(SendResult.Accepted, host.Send(session, new string('a', 100)));
        Assert.Equal(SendResult.BufferFull, host.Send(session, ""));
    }

    [Fact]
    [Trait("Demand", "Q27")]
    public void Loop_of_small_messages_to_a_client_that_reads_leaves_nothing_behind()
    {
        Exchange socket = _host.OpenWebSocket();
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(0, socket.Session!.BufferedBytes); // what "volatile" asks
            _host.Send(socket.Session, new string('a', 100));
        }

        Assert.Equal(100, socket.Messages.Count);
    }

    [Fact]
    public void Text_with_the_separator_is_carried_by_a_WebSocket_alone()
    {
        EngineIOSession session = _host.Open();
        Assert.Equal(SendResult.NotCarried, _host.Send(session, "a\u001eb"));
        Assert.Equal(0, session.BufferedBytes);
        Assert.Equal(SendResult.Accepted, session.Send(Packet.Binary([0x1E])));
        Exchange socket = _host.Upgrade(session);
        Assert.Equal(SendResult.Accepted, _host.Send(session, "a\u001eb"));
        Assert.Equal(["\u001e", "4a\u001eb"], socket.Texts);
        _host.Send(socket, "4c\u001ed");
        Assert.Equal("text c\u001ed", _host.Log(session)[^1]);
    }

    [Fact]
    [Trait("Demand", "Q24")]
    public void Message_to_many_is_encoded_once_for_each_transport()
    {
        var message = Packet.Binary(new byte[1000]);
        List<Exchange> polls = [], sockets = [];
        for (int i = 0; i < 10; i++)
        {
            polls.Add(_host.Poll(_host.Open()));
            sockets.Add(_host.OpenWebSocket());
        }

        foreach (Exchange exchange in polls.Concat(sockets))
        {
            exchange.Session!.Send(message);
            _host.Settle(exchange.Session);
        }

        Assert.All(polls, poll => Assert.Equal(message.InPayload, poll.Answer!.Body));
        Assert.All(sockets, socket => Assert.Equal(new byte[1000], Assert.Single(socket.Messages).Data));
    }

    [Fact]
    public void Burst_leaves_no_memory_behind()
    {
        EngineIOSession session = _host.Open();
        for (int i = 0; i < 1_000; i++)
            _host.Send(session, "a");
        _host.Poll(session);
        _host.Send(session, "b");
        _host.Poll(session).Is(200, "4b");
    }

    [Fact]
    public void Sessions_have_room_for_something_of_the_application()
    {
        EngineIOSession session = _host.Open();
        Assert.Null(session.Tag);
        session.Tag = this;
        Assert.Same(this, session.Tag);
    }
}
