// The life of a session under thousands of random schedules. The host in memory holds all of them to its rules; what is asserted here is
// what becomes of messages.

using System.Text;
using WsProto.Testing;

namespace WsProto.EngineIO.Tests.Laws;

[Trait("Gate", "Whole")]
public class ScheduleLaws
{
    private const int Schedules = 10_000;

    private static readonly EngineIOServerOptions _options = new()
    {
        PingInterval = TimeSpan.FromSeconds(2),
        PingTimeout = TimeSpan.FromSeconds(1),
        UpgradeTimeout = TimeSpan.FromSeconds(1),
        CloseTimeout = TimeSpan.FromSeconds(1),
        MaxPayload = 1_000,
    };

    /// <summary>
    /// A client that keeps to the protocol, as fast or slow as the schedule wants, loses and repeats nothing, whenever it upgrades.
    /// </summary>
    [Fact]
    public void Messages_between_an_orderly_client_and_the_application_arrive_once_and_in_order() =>
        Law.Holds(Schedule.Of(OrderlyClient.Actions, 120), Schedules, schedule =>
        {
            var client = new OrderlyClient(new(_options));
            foreach (Step step in schedule.Steps)
                client.Do(step);
            client.Finish();
            Assert.Equal(client.SentByApplication, client.Received);
            Assert.Equal(client.SentByClient, client.Delivered);
        });

    /// <summary>
    /// Whatever a client does: the application's messages leave once and in order, and what it delivers was sent, once and in order.
    /// </summary>
    [Fact]
    public void Messages_leave_once_and_in_order_whatever_a_client_does() =>
        Law.Holds(Schedule.Of(WildClient.Actions, 80), Schedules, schedule =>
        {
            var client = new WildClient(new(_options));
            foreach (Step step in schedule.Steps)
            {
                client.Do(step);
                client.AssertInvariants();
            }

            client.Leave();
        });
}

/// <summary>A client as the protocol describes it: one poll after the other, one POST at a time, the upgrade in its order.</summary>
internal sealed class OrderlyClient
{
    public const int Actions = 10;

    private readonly MemoryHost _host;
    private readonly EngineIOSession _session;
    private readonly List<string> _sent = [];
    private int _nextOfApplication;
    private int _nextOfClient;
    private Exchange? _poll;
    private Exchange? _post;
    private Exchange? _socket;
    private int _read;
    private bool _isProbed;
    private bool _isUpgraded;

    public OrderlyClient(MemoryHost host)
    {
        _host = host;
        _session = host.Open();
    }

    public List<string> SentByApplication { get; } = [];

    public IReadOnlyList<string> SentByClient => _sent;

    public List<string> Received { get; } = [];

    public IEnumerable<string> Delivered =>
        _host.Log(_session).Where(line => line.StartsWith("text ", StringComparison.Ordinal)).Select(line => line[5..]);

    /// <summary>While it upgrades the client begins no poll and no POST.</summary>
    private bool IsPausing => _isProbed && !_isUpgraded;

    public void Do(Step step)
    {
        switch (step.Action)
        {
            case 0 or 1:
                string message = $"{_nextOfApplication++}";
                Assert.Equal(SendResult.Accepted, _host.Send(_session, message));
                SentByApplication.Add(message);
                break;
            case 2 when !_isUpgraded && !IsPausing:
                _poll ??= _host.Poll(_session);
                break;
            case 3 when _isUpgraded:
                _host.Send(_socket!, "4" + NextMessage());
                break;
            case 3 when !IsPausing && _post is null:
                _post = _host.BeginPost(_session);
                break;
            case 4 when _post is not null:
                string[] messages = [.. Enumerable.Range(0, step.Argument + 1).Select(_ => "4" + NextMessage())];
                byte[] body = Encoding.UTF8.GetBytes(string.Join('\u001e', messages));
                _host.Body(_post, body.AsSpan(0, body.Length / 2));
                _host.Body(_post, body.AsSpan(body.Length / 2));
                _host.BodyEnd(_post);
                _post.Is(200, "ok");
                _post = null;
                break;
            case 5:
                _socket ??= _host.Connect(_session);
                break;
            case 6 when _socket is not null && !_isProbed && _socket.CloseCode is null:
                _host.Send(_socket, "2probe");
                _isProbed = true;
                break;
            case 7:
                TryUpgrade();
                break;
            case 8:
                _host.Advance(TimeSpan.FromMilliseconds(step.Argument * 20));
                break;
            case 9 when _socket is not null && !_isUpgraded && step.Argument < 3:
                if (_socket.CloseCode is null)
                    _host.Close(_socket);
                break;
        }

        Read();
        Assert.NotEqual(SessionState.Closed, _session.State);
    }

    /// <summary>Sends what it was sending, and reads what there is.</summary>
    public void Finish()
    {
        if (_post is not null)
            Do(new(4, 0));
        TryUpgrade();
        while (!_isUpgraded && _session.BufferedBytes > 0)
        {
            _poll ??= _host.Poll(_session);
            Read();
        }

        Read();
    }

    private string NextMessage()
    {
        string message = $"{_nextOfClient++}";
        _sent.Add(message);
        return message;
    }

    /// <summary>The upgrade packet comes after the poll and the POST have ended.</summary>
    private void TryUpgrade()
    {
        if (!IsPausing || _post is not null || _socket!.IsLost || _socket.CloseCode is not null)
            return;
        if (_poll is not null)
            _host.Advance(0.1);
        Read();
        Assert.Null(_poll);
        _host.Send(_socket, "5");
        _isUpgraded = true;
        Read();
    }

    private void Read()
    {
        if (_poll?.Answer is { } answer)
        {
            Assert.Equal(200, answer.Status);
            string[] packets = _poll.Body.Split('\u001e');
            _poll = null;
            foreach (string packet in packets)
                Read(packet);
        }

        for (; _socket is not null && _read < _socket.Messages.Count; _read++)
            Read(_socket.Texts[_read]);
        if (_socket is { IsLost: true } or { CloseCode: not null })
        {
            _socket = null;
            _read = 0;
            _isProbed = false;
        }
    }

    private void Read(string packet)
    {
        if (packet[0] == '4')
            Received.Add(packet[1..]);
        if (packet != "2")
            return;
        if (_isUpgraded)
            _host.Send(_socket!, "3");
        else if (_post is null)
            _host.Post(_session, "3").Is(200, "ok");
        else
            _host.Body(_post, []); // a pong has to wait for the POST; that bytes of it arrive is life
    }
}

/// <summary>A client that does anything at any time, and an application that sends and closes.</summary>
internal sealed class WildClient
{
    public const int Actions = 24;

    private readonly MemoryHost _host;
    private readonly EngineIOSession _session;
    private readonly List<string> _accepted = [];
    private readonly List<Exchange> _exchanges = [];
    private readonly HashSet<Exchange> _begun = [];
    private readonly List<string> _sent = [];

    public WildClient(MemoryHost host)
    {
        _host = host;
        _session = host.Open();
    }

    public void Do(Step step)
    {
        switch (step.Action)
        {
            case <= 3:
                string message = $"{_accepted.Count}";
                if (_host.Send(_session, message) == SendResult.Accepted)
                    _accepted.Add(message);
                break;
            case <= 6:
                _exchanges.Add(_host.Poll(_session));
                break;
            case 7:
                _exchanges.Add(_host.BeginPost(_session));
                break;
            case 8 or 9 when Find(step.Argument, IsPost) is { } post:
                string separator = _begun.Add(post) ? "" : "\u001e";
                _host.Body(post, Encoding.UTF8.GetBytes(separator + Message(step.Argument)));
                break;
            case 10 or 11 when Find(step.Argument, IsPost) is { } post:
                _host.BodyEnd(post);
                break;
            case 12:
                _exchanges.Add(_host.Connect(_session));
                break;
            case 13 or 14 when Find(step.Argument, exchange => exchange.IsAccepted && !exchange.IsLost) is { } socket:
                _host.Send(socket, step.Argument == 9 ? "abc" : "2probe");
                break;
            case 15 or 16 when Find(step.Argument, exchange => exchange.IsAccepted && !exchange.IsLost) is { } socket:
                _host.Send(socket, "5");
                break;
            case 17 or 18 when Find(step.Argument, exchange => exchange.IsAccepted && !exchange.IsLost) is { } socket:
                _host.Send(socket, step.Argument == 9 ? "3" : Message(step.Argument));
                break;
            case 19 when Find(step.Argument, exchange => exchange.IsAccepted && !exchange.IsLost) is { } socket && step.Argument < 5:
                _host.Close(socket);
                break;
            case 20 when Find(step.Argument, exchange => !exchange.IsAccepted && !exchange.IsLost && exchange.Session is not null)
                is { } exchange
                && step.Argument < 3:
                _host.Abort(exchange);
                break;
            case 21:
                _host.Advance(TimeSpan.FromMilliseconds(step.Argument * 100));
                break;
            case 22 when step.Argument == 0:
                _host.Close(_session, discard: _accepted.Count % 2 == 0);
                break;
            case 23 when step.Argument == 0:
                _exchanges.Add(_host.Post(_session, "1"));
                break;
        }
    }

    public void AssertInvariants()
    {
        string[] left = [.. _host.MessagesThatLeft(_session)];
        Assert.Equal(_accepted.Take(left.Length), left);
        string[] delivered =
        [
            .. _host.Log(_session).Where(line => line.StartsWith("text ", StringComparison.Ordinal)).Select(line => line[5..]),
        ];
        Assert.Equal(delivered.Length, delivered.Distinct().Count());
        Assert.Subset(_sent.ToHashSet(), delivered.ToHashSet());

        Exchange[] pending = [.. _exchanges.Where(exchange => !exchange.IsOver)];
        Assert.True(pending.Count(exchange => !exchange.IsAccepted && exchange.Request.Method == "GET") <= 1);
        Assert.True(pending.Count(IsPost) <= 1);
        Assert.True(pending.Count(exchange => exchange.IsAccepted) <= 1);
        Assert.Equal(_session.State == SessionState.Closed ? 0 : 1, _host.Server.SessionCount);
        if (StateMachine.IsOpen(_session.State)
            && (_session.State == SessionState.WebSocket
                || Array.Exists(pending, exchange => exchange.Request.Method == "GET" && !exchange.IsAccepted)))
            Assert.Equal(_accepted, left); // nothing waits where it could leave
    }

    /// <summary>The client is gone, though its connections stay: all is released by time alone.</summary>
    public void Leave()
    {
        _host.Advance(10);
        AssertInvariants();
        Assert.Equal(0, _host.Server.SessionCount);
        Assert.Null(_host.Server.NextDeadline);
        Assert.Empty(_host.Pending);
        Assert.StartsWith("closed: ", _host.Log(_session)[^1], StringComparison.Ordinal);
    }

    private static bool IsPost(Exchange exchange) => exchange.Request.Method == "POST" && !exchange.IsLost;

    /// <summary>The last that there is, or one before it.</summary>
    private Exchange? Find(int argument, Func<Exchange, bool> which)
    {
        Exchange[] found = [.. _exchanges.Where(which)];
        return found.Length == 0 ? null : found[^(1 + (argument % 3 % found.Length))];
    }

    private string Message(int argument)
    {
        if (argument == 8)
            return "x"; // no packet
        _sent.Add($"{_sent.Count}.");
        return "4" + _sent[^1];
    }
}
