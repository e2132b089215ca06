// Random schedules of servers that are slow: answers come late, or never, or when the client has given the attempt up long since.

using System.Globalization;
using System.Text;
using FsCheck.Fluent;
using WsProto.EngineIO;
using WsProto.Testing;

namespace WsProto.SocketIO.Tests.Client;

public class AttemptLaws
{
    [Fact]
    [Trait("Demand", "Q37")]
    public void Attempt_is_given_up_before_the_next_and_its_late_success_is_nothing()
    {
        int late = 0;
        Law.Holds(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), 1000, seed => late += new Run(new Random(seed)).Do());
        Assert.True(late > 1000, "What came late was too little to say anything.");
    }

    private sealed class Run
    {
        private static readonly EngineIOTransports[][] _orders =
        [
            [EngineIOTransports.Polling],
            [EngineIOTransports.WebSocket],
            [EngineIOTransports.Polling, EngineIOTransports.WebSocket],
            [EngineIOTransports.WebSocket, EngineIOTransports.Polling],
        ];

        private readonly Random _random;
        private readonly SocketIOClientConnection _client;
        private readonly PriorityQueue<Action, (TimeSpan, int)> _toCome = new();

        /// <summary>Requests and WebSockets that are under way or open, and their sessions.</summary>
        private readonly Dictionary<EngineIOClientRequest, EngineIOClient> _live = [];

        /// <summary>Which session of the server each of all of them is for, as far as it has one.</summary>
        private readonly Dictionary<EngineIOClientRequest, string> _sidOf = [];

        /// <summary>What the server has for those that poll.</summary>
        private readonly Dictionary<string, Queue<string>> _queues = [];
        private TimeSpan _now = TimeSpan.FromHours(1);
        private bool _isWell;
        private bool _isIn;
        private int _serial;
        private int _late;

        internal Run(Random random)
        {
            _random = random;
            var options = new SocketIOClientConnectionOptions
            {
                Engine = new EngineIOClientOptions
                {
                    Transports = _orders[random.Next(_orders.Length)],
                    OpenTimeout = TimeSpan.FromSeconds(3),
                    UpgradeTimeout = TimeSpan.FromSeconds(3),
                    CloseTimeout = TimeSpan.FromSeconds(2),
                },
                JoinTimeout = TimeSpan.FromSeconds(4),
                ReconnectPolicy = static context => context.Delay,
                RejoinPolicy = static context => context.Delay,
            };
            _client = new SocketIOClientConnection(options, new SocketIOEncoder(), random.NextDouble);
            Begin();
        }

        /// <returns>How much came late.</returns>
        internal int Do()
        {
            for (int i = 0; i < 200; i++)
            {
                switch (_random.Next(30))
                {
                    case 0:
                        _client.ReconnectNow(_now);
                        break;
                    case 1 when _random.Next(3) == 0:
                        _client.Stop(_now);
                        break;
                    case 2 when _live.Count > 0:
                        Lose(_live.Keys.ElementAt(_random.Next(_live.Count)));
                        break;
                    default:
                        Step();
                        break;
                }

                Read();
            }

            _isWell = true;
            for (int i = 0; i < 400 && !_isIn; i++)
            {
                Step();
                Read();
            }

            Assert.Equal((SocketIOClientState.Open, SocketIOMembership.Connected), (_client.State, _client.StateOf("/")));
            Assert.Single(_live.Values.Distinct());
            return _late;
        }

        private void Begin()
        {
            _client.Join("/", _now);
            _client.Start(_now);
        }

        /// <summary>What is next: an answer or a deadline.</summary>
        private void Step()
        {
            TimeSpan? deadline = _client.NextDeadline;
            if (_toCome.TryPeek(out Action? deliver, out (TimeSpan At, int) due) && !(deadline < due.At))
            {
                _now = due.At > _now ? due.At : _now;
                _toCome.Dequeue();
                deliver();
                _client.Update(_now);
                return;
            }

            if (deadline is not { } time)
                return;
            _now = time > _now ? time : _now;
            _client.OnTimer(_now);
        }

        private void Read()
        {
            if (_client.State == SocketIOClientState.Idle)
                Begin();
            while (_client.TryReadEvent(out SocketIOClientEvent? e))
            {
                switch (e)
                {
                    case SessionSaid said:
                        Carry(said.Session, said.Event);
                        break;
                    case AuthorizationNeeded needed:
                        _client.Authorize(needed, null, _now);
                        break;
                    case NamespaceJoined:
                        Assert.False(_isIn);
                        _isIn = true;
                        break;
                    case NamespaceLost:
                        Assert.True(_isIn);
                        _isIn = false;
                        break;
                    case ConnectionMoved { State: SocketIOClientState.Waiting or SocketIOClientState.Idle }:
                        Assert.Empty(_live);
                        break;
                }

                Assert.InRange(_live.Keys.Select(request => _sidOf.GetValueOrDefault(request)).OfType<string>().Distinct().Count(), 0, 1);
            }
        }

        private void Carry(EngineIOClient session, EngineIOEvent e)
        {
            switch (e)
            {
                case SendRequest { Request: var request }:
                    Add(session, request);
                    After(() => Answer(session, request));
                    break;
                case OpenWebSocket { Request: var request }:
                    Add(session, request);
                    After(() => Open(session, request));
                    break;
                case WriteWebSocketMessage { Request: var request } message:
                    session.ReceiveWritten(request, message.Data.Length);
                    string text = Encoding.UTF8.GetString(message.Data.Span);
                    if (text == "2probe")
                        After(() => Say(session, request, "3probe"));
                    else if (text == "40")
                        After(() => Say(session, request, Welcome()));
                    break;
                case AbandonRequest { Request: var request }:
                    Assert.True(_live.Remove(request));
                    break;
                case EndWebSocket { Request: var request }:
                    Assert.True(_live.Remove(request));
                    break;
            }
        }

        private void Add(EngineIOClient session, EngineIOClientRequest request)
        {
            Assert.All(_live.Values, other => Assert.Same(session, other));
            _live.Add(request, session);
            if (session.Opening is { } opening)
                _sidOf[request] = opening.SessionId;
        }

        /// <summary>Something comes about: soon, late, or never.</summary>
        private void After(Action action)
        {
            int most = _isWell ? 500 : _random.Next(3) == 0 ? 8000 : 1000;
            if (_isWell || _random.Next(12) > 0)
                _toCome.Enqueue(action, (_now + TimeSpan.FromMilliseconds(_random.Next(most)), _serial++));
        }

        private void Answer(EngineIOClient session, EngineIOClientRequest request)
        {
            string body = "ok";
            if (request.Method == "POST")
            {
                if (_sidOf.TryGetValue(request, out string? poster)
                    && Encoding.UTF8.GetString(request.Body.Span).Contains("40", StringComparison.Ordinal))
                    _queues[poster].Enqueue(Welcome());
            }
            else if (_sidOf.TryGetValue(request, out string? sid))
            {
                if (!_queues[sid].TryDequeue(out string? next))
                {
                    // Nothing is there yet, and while the client probes, a poll is answered all the same.
                    if (_live.ContainsKey(request))
                        _toCome.Enqueue(() => Answer(session, request), (_now + TimeSpan.FromMilliseconds(300), _serial++));
                    if (session.State != EngineIOClientState.Pausing)
                        return;
                    next = "6";
                }

                body = next;
            }
            else
            {
                body = Opening(request);
            }

            Deliver(request, () => session.ReceiveAnswer(request, 200, Encoding.UTF8.GetBytes(body), _now), isOver: true);
        }

        private void Open(EngineIOClient session, EngineIOClientRequest request)
        {
            bool isProbe = _sidOf.ContainsKey(request);
            Deliver(request, () => session.ReceiveWebSocketOpened(request));
            if (!isProbe)
                Say(session, request, Opening(request));
        }

        private void Say(EngineIOClient session, EngineIOClientRequest request, string text) =>
            Deliver(request, () => session.ReceiveText(request, Encoding.UTF8.GetBytes(text), _now));

        private void Lose(EngineIOClientRequest request)
        {
            EngineIOClient session = _live[request];
            Deliver(request, () => session.ReceiveFailure(request, _now), isOver: true);
            _client.Update(_now);
        }

        /// <summary>Gives something to the session that it is for, though it may have given that up.</summary>
        private void Deliver(EngineIOClientRequest request, Action give, bool isOver = false)
        {
            _client.Update(_now);
            Read();
            bool isLate = !_live.ContainsKey(request);
            if (isOver)
                _live.Remove(request);
            (SocketIOClientState, SocketIOMembership, EngineIOClientState) before =
                (_client.State, _client.StateOf("/"), _client.Session!.State);
            give();
            if (!isLate)
                return;
            _late++;
            _client.Update(_now);
            Assert.False(_client.TryReadEvent(out _));
            Assert.Equal(before, (_client.State, _client.StateOf("/"), _client.Session!.State));
        }

        private string Opening(EngineIOClientRequest request)
        {
            string sid = string.Create(CultureInfo.InvariantCulture, $"S{_serial++}");
            _sidOf[request] = sid;
            _queues[sid] = new Queue<string>();
            return $$"""0{"sid":"{{sid}}","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000}""";
        }

        private string Welcome() => string.Create(CultureInfo.InvariantCulture, $"40{{\"sid\":\"{_serial++}\"}}");
    }
}
