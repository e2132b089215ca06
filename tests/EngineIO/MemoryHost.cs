// A host in memory: it carries out what sessions say, on made-up time, and holds them to what every host relies on. So each test that uses
// it is also a test of these rules: a request is answered once, a WebSocket gets nothing before it is accepted or after it is closed, the
// application gets its opening first, its end last and nothing after it, and a session that is over has let go of all.

using System.Text;

namespace WsProto.EngineIO.Tests;

internal sealed class MemoryHost(EngineIOServerOptions? options = null)
{
    private readonly Dictionary<EngineIORequest, Exchange> _exchanges = [];
    private readonly Dictionary<EngineIOSession, List<string>> _logs = [];
    private readonly Dictionary<EngineIOSession, List<Exchange>> _ofSessions = [];
    private readonly Dictionary<EngineIOSession, List<string>> _left = [];

    public EngineIOServer Server { get; } = new(options);

    /// <summary>Begins anywhere, as a clock does.</summary>
    public TimeSpan Now { get; private set; } = TimeSpan.FromHours(1);

    /// <summary>The application: what it does with a message.</summary>
    public Action<EngineIOSession, MessageReceived>? OnMessage { get; set; }

    /// <summary>Whether WebSocket messages are written as soon as they are sent; else by <see cref="Written"/>.</summary>
    public bool WritesAtOnce { get; set; } = true;

    /// <summary>How often the host was told that nothing waits any more.</summary>
    public int Drained { get; private set; }

    /// <summary>Requests that have no answer yet, and WebSockets that are open.</summary>
    public IEnumerable<Exchange> Pending => _exchanges.Values.Where(exchange => !exchange.IsOver);

    /// <summary>A host whose application sends every message back.</summary>
    public static MemoryHost Echo(EngineIOServerOptions? options = null) => new(options)
    {
        OnMessage =
            (session, message) => session.Send(message.IsBinary ? Packet.Binary(message.Data.Span) : Packet.Text(message.Data.Span)),
    };

    public static EngineIORequest Request(
        string method, string query, string? origin = null, params IEnumerable<(string Name, string Value)> headers) =>
        new()
        {
            Method = method,
            QueryString = query,
            Host = "example.com",
            Headers =
            [
                .. (origin is null ? headers : headers.Prepend(("Origin", origin)))
                    .Select(header => KeyValuePair.Create(header.Item1, header.Item2)),
            ],
        };

    /// <summary>What the application was told of a session, a line for each event.</summary>
    public IReadOnlyList<string> Log(EngineIOSession session) => _logs.GetValueOrDefault(session) ?? [];

    /// <summary>The text messages that have left a session, in the order in which they did, by whatever transport.</summary>
    public IEnumerable<string> MessagesThatLeft(EngineIOSession session) =>
        _left[session].Where(packet => packet.StartsWith('4')).Select(packet => packet[1..]);

    /// <summary>Opens a session over polling.</summary>
    public EngineIOSession Open()
    {
        Exchange exchange = Receive(Request("GET", "EIO=4&transport=polling"));
        Assert.Equal(200, exchange.Answer!.Status);
        return exchange.Session!;
    }

    /// <summary>Opens a session over a WebSocket.</summary>
    public Exchange OpenWebSocket()
    {
        Exchange socket = Connect("EIO=4&transport=websocket");
        Assert.StartsWith("0{", Assert.Single(socket.Texts), StringComparison.Ordinal);
        socket.Messages.Clear();
        return socket;
    }

    /// <summary>A GET of a session.</summary>
    public Exchange Poll(EngineIOSession session) => Receive(Request("GET", $"EIO=4&transport=polling&sid={session.Id}"));

    /// <summary>A POST of a session, with its whole body.</summary>
    public Exchange Post(EngineIOSession session, string body) => Post(session, Encoding.UTF8.GetBytes(body));

    public Exchange Post(EngineIOSession session, ReadOnlySpan<byte> body)
    {
        Exchange post = BeginPost(session);
        Body(post, body);
        BodyEnd(post);
        return post;
    }

    public Exchange BeginPost(EngineIOSession session, params IEnumerable<(string Name, string Value)> headers) =>
        Receive(Request("POST", $"EIO=4&transport=polling&sid={session.Id}", headers: headers));

    public void Body(Exchange post, ReadOnlySpan<byte> piece)
    {
        if (post.Session is not { } session)
            return;
        session.ReceiveBody(post.Request, piece, Now);
        Settle(session);
    }

    public void BodyEnd(Exchange post)
    {
        if (post.Session is not { } session)
            return;
        session.ReceiveBodyEnd(post.Request, Now);
        Settle(session);
    }

    /// <summary>A WebSocket for a session: its upgrade.</summary>
    public Exchange Connect(EngineIOSession session) => Connect($"EIO=4&transport=websocket&sid={session.Id}");

    public Exchange Connect(string query) =>
        Receive(new() { Method = "GET", QueryString = query, IsWebSocket = true, Host = "example.com" });

    /// <summary>Upgrades a session to a WebSocket.</summary>
    public Exchange Upgrade(EngineIOSession session)
    {
        Exchange socket = Connect(session);
        Send(socket, "2probe");
        Assert.Equal("3probe", socket.Texts[0]);
        Send(socket, "5");
        Assert.Equal(SessionState.WebSocket, session.State);
        socket.Messages.RemoveAt(0);
        return socket;
    }

    /// <summary>The client sends a text message.</summary>
    public void Send(Exchange socket, string text)
    {
        socket.Session!.ReceiveText(socket.Request, Encoding.UTF8.GetBytes(text), Now);
        Settle(socket.Session);
    }

    /// <summary>The client sends a binary message.</summary>
    public void Send(Exchange socket, byte[] data)
    {
        socket.Session!.ReceiveBinary(socket.Request, data, Now);
        Settle(socket.Session);
    }

    /// <summary>The client closes its WebSocket, or it is lost.</summary>
    public void Close(Exchange socket, ushort? code = null)
    {
        socket.IsLost = true;
        socket.Session!.ReceiveWebSocketClosed(socket.Request, code);
        Settle(socket.Session);
    }

    /// <summary>The client gives a request up.</summary>
    public void Abort(Exchange exchange)
    {
        exchange.IsLost = true;
        exchange.Session!.ReceiveAbort(exchange.Request);
        Settle(exchange.Session);
    }

    /// <summary>The transport has written what a WebSocket was sent.</summary>
    public void Written(Exchange socket, long count)
    {
        socket.Session!.ReceiveWritten(socket.Request, count);
        Settle(socket.Session);
    }

    /// <summary>The application sends a text message.</summary>
    public SendResult Send(EngineIOSession session, string text)
    {
        SendResult result = session.Send(Packet.Text(text));
        Settle(session);
        return result;
    }

    /// <summary>The application closes a session.</summary>
    public void Close(EngineIOSession session, CloseReason reason = CloseReason.ForcedClose, bool discard = false)
    {
        session.Close(Now, reason, discard);
        Settle(session);
    }

    /// <summary>Any request.</summary>
    public Exchange Receive(EngineIORequest request) => Follow(request, Server.Admit(request, Now));

    /// <summary>The application has decided about a request.</summary>
    public Exchange Decide(EngineIORequest request, RequestDecision decision) => Follow(request, Server.Decide(request, decision, Now));

    /// <summary>Goes to a time, by way of all deadlines.</summary>
    public void Advance(TimeSpan span)
    {
        TimeSpan end = Now + span;
        for (int steps = 0; Server.NextDeadline <= end; steps++)
        {
            Assert.True(steps < 1_000_000, "A deadline does not move.");
            Now = Server.NextDeadline.Value > Now ? Server.NextDeadline.Value : Now;
            RunTimer();
        }

        Now = end;
    }

    public void Advance(double seconds) => Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>The process stands still: time passes and no timer runs until its end.</summary>
    public void StandStill(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        RunTimer();
    }

    /// <summary>Does what a session says, and tells the server.</summary>
    public void Settle(EngineIOSession session)
    {
        while (session.TryReadEvent(out EngineIOEvent? e))
            Do(session, e);
        if (session.NeedsUpdate)
            Server.Update(session);
        if (session.State == SessionState.Closed)
            AssertReleased(session);
    }

    private void RunTimer()
    {
        while (Server.TryTakeDue(Now, out EngineIOSession? session))
        {
            session.OnTimer(Now);
            Settle(session);
        }
    }

    private Exchange Follow(EngineIORequest request, Admission admission)
    {
        if (!_exchanges.TryGetValue(request, out Exchange? exchange))
            _exchanges.Add(request, exchange = new(request));
        exchange.Session = admission.Session;
        exchange.NeedsDecision = admission.NeedsDecision;
        if (admission.Answer is { } answer)
            exchange.Respond(answer);
        if (admission.Session is not { } session)
            return exchange;
        if (!_ofSessions.TryAdd(session, [exchange]))
            _ofSessions[session].Add(exchange);
        session.ReceiveRequest(request, Now);
        Settle(session);
        if (exchange.IsAccepted && exchange.CloseCode is null)
        {
            session.ReceiveWebSocketOpened(request, Now);
            Settle(session);
        }

        return exchange;
    }

    private void Do(EngineIOSession session, EngineIOEvent e)
    {
        List<string> log = _logs.TryGetValue(session, out List<string>? known) ? known : _logs[session] = [];
        switch (e)
        {
            case AnswerRequest answer:
                _exchanges[answer.Request].Respond(answer);
                if (answer.Status == 200)
                    Leave(session, Encoding.UTF8.GetString(answer.Body.Span).Split('\u001e'));
                break;
            case AcceptWebSocket accept:
                _exchanges[accept.Request].Accept(accept);
                break;
            case SendWebSocketMessage message:
                _exchanges[message.Request].Receive(message);
                if (!message.IsBinary)
                    Leave(session, [Encoding.UTF8.GetString(message.Data.Span)]);
                if (WritesAtOnce)
                    session.ReceiveWritten(message.Request, message.Data.Length);
                break;
            case CloseWebSocket close:
                _exchanges[close.Request].Close(close);
                break;
            case SessionOpened:
                Assert.Empty(log);
                log.Add("opened");
                break;
            default:
                Assert.NotEmpty(log);
                Assert.DoesNotContain("closed", log[^1], StringComparison.Ordinal);
                Tell(session, e, log);
                break;
        }
    }

    private void Leave(EngineIOSession session, string[] packets)
    {
        if (!_left.TryAdd(session, [.. packets]))
            _left[session].AddRange(packets);
    }

    private void Tell(EngineIOSession session, EngineIOEvent e, List<string> log)
    {
        switch (e)
        {
            case MessageReceived message:
                log.Add(message.IsBinary
                    ? $"binary {Convert.ToHexString(message.Data.Span)}"
                    : $"text {Encoding.UTF8.GetString(message.Data.Span)}");
                OnMessage?.Invoke(session, message);
                break;
            case SessionUpgraded:
                log.Add("upgraded");
                break;
            case SessionDrained:
                Drained++;
                break;
            default:
                var closed = (SessionClosed)e;
                log.Add($"closed: {closed.Reason.ToProtocolText()}{(closed.Error is { } error ? $", {error}" : "")}");
                Assert.Equal(closed.Error is null, closed.Detail is null);
                break;
        }
    }

    /// <summary>Nothing of a session that is over is left, neither with the server nor with its client.</summary>
    private void AssertReleased(EngineIOSession session)
    {
        Assert.Null(Server.Find(session.Id));
        Assert.Null(session.NextDeadline);
        Assert.Equal(0, session.BufferedBytes);
        Assert.All(_ofSessions[session], exchange => Assert.True(exchange.IsOver));
    }
}
