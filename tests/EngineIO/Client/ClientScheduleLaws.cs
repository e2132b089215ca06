// A client and a server, both of this library, joined in memory: whatever the order in which requests, answers and WebSocket messages
// arrive, and whichever of them are lost, what each side gets is a beginning of what the other has sent, in its order.

using System.Text;
using FsCheck.Fluent;
using WsProto.Testing;

namespace WsProto.EngineIO.Tests.Client;

public class ClientScheduleLaws
{
    [Fact]
    public void Whatever_the_schedule_messages_come_once_and_in_order() =>
        Law.Holds(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), 1000, seed => Run(seed, losses: false));

    [Fact]
    public void Whatever_is_lost_what_came_is_a_beginning_of_what_was_sent() =>
        Law.Holds(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), 1000, seed => Run(seed, losses: true));

    private static void Run(int seed, bool losses)
    {
        var wire = new Joined(new Random(seed), losses);
        for (int i = 0; i < 60; i++)
            wire.Step();
        wire.Finish();
        Assert.Equal(wire.Sent.Take(wire.AtServer.Count), wire.AtServer);
        Assert.Equal(wire.Answered.Take(wire.AtClient.Count), wire.AtClient);
        if (losses)
            return;
        Assert.Equal(wire.Sent, wire.AtServer);
        Assert.Equal(wire.Answered, wire.AtClient);
    }

    private sealed class Joined
    {
        private readonly Random _random;
        private readonly bool _losses;
        private readonly MemoryHost _host;
        private readonly EngineIOClient _client;
        private readonly Dictionary<EngineIOClientRequest, Exchange> _exchanges = [];
        private readonly Dictionary<EngineIOClientRequest, int> _read = [];

        /// <summary>What is on its way: each is done once, those of one kind in their order.</summary>
        private readonly List<(EngineIOClientRequest Request, Action Arrive)> _toServer = [];

        private int _next;

        internal Joined(Random random, bool losses)
        {
            _random = random;
            _losses = losses;
            _host = new MemoryHost(new EngineIOServerOptions { MaxPayload = 200 })
            {
                OnMessage = (session, message) =>
                {
                    AtServer.Add(Encoding.UTF8.GetString(message.Data.Span));
                    if (session.Send(Packet.Text("re:" + AtServer[^1])) == SendResult.Accepted)
                        Answered.Add("re:" + AtServer[^1]);
                },
            };
            _client = new EngineIOClient(new EngineIOClientOptions
            {
                Transports = random.Next(3) switch
                {
                    0 => [EngineIOTransports.Polling],
                    1 => [EngineIOTransports.WebSocket, EngineIOTransports.Polling],
                    _ => [EngineIOTransports.Polling, EngineIOTransports.WebSocket],
                },
            });
            _client.Open(_host.Now);
        }

        internal List<string> Sent { get; } = [];

        internal List<string> AtServer { get; } = [];

        internal List<string> Answered { get; } = [];

        internal List<string> AtClient { get; } = [];

        internal void Step()
        {
            Carry();
            switch (_random.Next(10))
            {
                case < 3 when _client.Send(Packet.Text($"{_next}")) == SendResult.Accepted:
                    Sent.Add($"{_next++}");
                    break;
                case < 6 when _toServer.Count > 0:
                    Arrive(_random.Next(_toServer.Count));
                    break;
                case < 9:
                    ReadSome();
                    break;
                case 9 when _losses && _random.Next(4) == 0 && _exchanges.Count > 0:
                    Lose(_exchanges.Keys.ElementAt(_random.Next(_exchanges.Count)));
                    break;
            }
        }

        /// <summary>All that is on its way arrives.</summary>
        internal void Finish()
        {
            for (int quiet = 0; quiet < 5; quiet++)
            {
                Carry();
                while (_toServer.Count > 0)
                {
                    Arrive(0);
                    Carry();
                    quiet = 0;
                }

                ReadSome();
                // A poll without packets ends while an upgrade waits for it.
                _host.Advance(0.1);
                if (_toServer.Count > 0)
                    quiet = 0;
            }

            Assert.True(_losses || _client.State is EngineIOClientState.WebSocket or EngineIOClientState.Polling, $"{_client.State}");
            Assert.Equal(0, _client.BufferedBytes);
        }

        private void Arrive(int index)
        {
            (EngineIOClientRequest request, _) = _toServer[index];
            int first = _toServer.FindIndex(step => step.Request == request);
            Action arrive = _toServer[first].Arrive;
            _toServer.RemoveAt(first);
            arrive();
        }

        private void Carry()
        {
            while (_client.TryReadEvent(out EngineIOEvent? e))
            {
                switch (e)
                {
                    case SendRequest { Request: var request }:
                        _toServer.Add((request, () => Begin(request)));
                        break;
                    case OpenWebSocket { Request: var request }:
                        _toServer.Add((request, () => Connect(request)));
                        break;
                    case WriteWebSocketMessage message:
                        _toServer.Add((message.Request, () => Write(message)));
                        break;
                    case MessageReceived message:
                        AtClient.Add(Encoding.UTF8.GetString(message.Data.Span));
                        break;
                }
            }
        }

        private void Begin(EngineIOClientRequest request)
        {
            Exchange exchange = _host.Receive(MemoryHost.Request(request.Method, request.Query));
            _exchanges[request] = exchange;
            if (request.Method == "POST")
            {
                _host.Body(exchange, request.Body.Span);
                _host.BodyEnd(exchange);
            }
        }

        private void Connect(EngineIOClientRequest request)
        {
            _exchanges[request] = _host.Connect(request.Query);
            _client.ReceiveWebSocketOpened(request);
        }

        private void Write(WriteWebSocketMessage message)
        {
            if (!_exchanges.TryGetValue(message.Request, out Exchange? exchange) || exchange.CloseCode is not null)
                return;
            _host.Send(exchange, Encoding.UTF8.GetString(message.Data.Span));
            _client.ReceiveWritten(message.Request, message.Data.Length);
        }

        private void ReadSome()
        {
            foreach ((EngineIOClientRequest request, Exchange exchange) in _exchanges.ToList())
            {
                if (exchange.Answer is { } answer && !exchange.IsAccepted)
                {
                    _exchanges.Remove(request);
                    _client.ReceiveAnswer(request, answer.Status, answer.Body, _host.Now);
                    continue;
                }

                for (int read = _read.GetValueOrDefault(request);
                    exchange.IsAccepted && read < exchange.Messages.Count;
                    _read[request] = ++read)
                {
                    _client.ReceiveText(request, Encoding.UTF8.GetBytes(exchange.Texts[read]), _host.Now);
                }

                if (exchange.CloseCode is { } code)
                {
                    _exchanges.Remove(request);
                    _client.ReceiveWebSocketClosed(request, code, _host.Now);
                }
            }
        }

        private void Lose(EngineIOClientRequest request)
        {
            Exchange exchange = _exchanges[request];
            _exchanges.Remove(request);
            if (exchange is { IsAccepted: true, CloseCode: null, IsLost: false })
                _host.Close(exchange);
            else if (exchange is { Session: not null, IsLost: false, IsAccepted: false })
                _host.Abort(exchange);
            if (exchange.IsAccepted)
                _client.ReceiveWebSocketClosed(request, null, _host.Now);
            else
                _client.ReceiveFailure(request, _host.Now);
        }
    }
}
