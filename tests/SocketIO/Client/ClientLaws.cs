// Random schedules of emits, answers, losses and time, against a server that answers what it has got.

using System.Globalization;
using System.Text;
using FsCheck.Fluent;
using WsProto.EngineIO;
using WsProto.Testing;

namespace WsProto.SocketIO.Tests.Client;

public class ClientLaws
{
    [Fact]
    [Trait("Demand", "Q14")]
    [Trait("Demand", "Q39")]
    public void Whatever_is_lost_every_emit_ends_once_order_is_kept_and_nothing_is_sent_twice_that_is_not_retried() =>
        Law.Holds(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), 1000, seed => new Run(new Random(seed)).Do());

    private sealed class Run
    {
        private readonly Random _random;
        private readonly SocketIOClientConnection _client;
        private readonly SocketIOEncoder _encoder = new();
        private readonly Dictionary<SocketIOEmit, int> _ended = [];
        private readonly List<SocketIOEmit> _emits = [];

        /// <summary>What the server has got, of all sessions: the number of the emit.</summary>
        private readonly List<int> _got = [];
        private readonly Queue<byte[]> _toServer = new();
        private readonly Queue<string> _toClient = new();
        private EngineIOClientRequest? _socket;
        private TimeSpan _now = TimeSpan.FromHours(1);
        private int _joins;

        internal Run(Random random)
        {
            _random = random;
            var options = new SocketIOClientConnectionOptions
            {
                Engine = new EngineIOClientOptions { Transports = [EngineIOTransports.WebSocket] },
                ReconnectPolicy = static context => context.Delay,
            };
            _client = new SocketIOClientConnection(options, _encoder, random.NextDouble);
            _client.Join("/", _now);
            _client.Start(_now);
        }

        internal void Do()
        {
            for (int i = 0; i < 150; i++)
            {
                Step();
                Read();
            }

            // All is well at last, as long as it takes: what is not cancelled or late is sent.
            for (int i = 0; i < 400; i++)
            {
                if (_toServer.Count > 0)
                    ServerReads();
                else if (_toClient.Count > 0)
                    ClientReads();
                else
                    Advance(2000);
                Read();
            }

            Assert.Equal(0, _client.BufferedEmits);
            _client.Stop(_now);
            Read();
            Check();
        }

        private void Check()
        {
            Assert.Equal(SocketIOClientState.Idle, _client.State);
            Assert.All(_emits, emit => Assert.True(_ended.GetValueOrDefault(emit) == 1 && emit.Outcome is not null));
            int[] plain = [.. _got.Where(number => !_emits[number].IsRetried)];
            Assert.Equal(plain.Order().Distinct(), plain);
            int[] retried = [.. _got.Where(number => _emits[number].IsRetried)];
            Assert.Equal(retried.Distinct().Order(), retried.Distinct());
            Assert.All(_emits.Where(emit => !emit.IsRetried), emit => Assert.InRange(emit.TimesSent, 0, 1));
            for (int number = 0; number < _emits.Count; number++)
            {
                SocketIOEmit emit = _emits[number];
                if (emit.Outcome is SocketIOEmitOutcome.Sent or SocketIOEmitOutcome.Answered)
                    Assert.True(emit.TimesSent > 0);
                if (emit.Outcome == SocketIOEmitOutcome.Dropped)
                    Assert.DoesNotContain(number, _got);
                if (emit.TimesSent == 0)
                    Assert.DoesNotContain(number, _got);
                if (emit.Outcome == SocketIOEmitOutcome.Answered)
                {
                    Assert.Contains(number, _got);
                    Assert.Equal($"{number}", Encoding.UTF8.GetString(emit.Answer!.GetJson(0).Span));
                }
            }
        }

        private void Step()
        {
            switch (_random.Next(12))
            {
                case < 4:
                    bool isRetried = _random.Next(4) == 0;
                    var options = new SocketIOEmitOptions
                    {
                        WantsAck = _random.Next(2) == 0,
                        AckTimeout = !isRetried && _random.Next(4) == 0 ? null : TimeSpan.FromSeconds(_random.Next(1, 5)),
                        Retries = isRetried ? 2 : 0,
                        IsVolatile = _random.Next(5) == 0,
                    };
                    _emits.Add(_client.Emit("/", "e", [_emits.Count], options, _now));
                    break;
                case < 7:
                    ServerReads();
                    break;
                case < 9:
                    ClientReads();
                    break;
                case 9:
                    Advance(_random.Next(3000));
                    break;
                case 10 when _random.Next(3) == 0:
                    Lose();
                    break;
                case 11 when _emits.Count > 0 && _random.Next(3) == 0:
                    _client.Cancel(_emits[_random.Next(_emits.Count)], _now);
                    break;
            }
        }

        private void Advance(int milliseconds)
        {
            _now += TimeSpan.FromMilliseconds(milliseconds);
            if (_socket is not null)
                _client.Session!.ReceiveActivity(_socket, _now);
            _client.OnTimer(_now);
        }

        private void Lose()
        {
            if (_socket is null)
                return;
            _toServer.Clear();
            _toClient.Clear();
            EngineIOClientRequest lost = _socket;
            _socket = null;
            _client.Session!.ReceiveWebSocketClosed(lost, null, _now);
            _client.Update(_now);
        }

        private void ClientReads()
        {
            if (_socket is null || !_toClient.TryDequeue(out string? text))
                return;
            _client.Session!.ReceiveText(_socket, Encoding.UTF8.GetBytes(text), _now);
            _client.Update(_now);
        }

        private void ServerReads()
        {
            if (!_toServer.TryDequeue(out byte[]? message) || message[0] != '4')
                return;
            var decoder = new SocketIODecoder();
            Assert.Null(decoder.ReceiveText(message.AsMemory(1), out SocketIOPacket? packet));
            if (packet!.Type == SocketIOPacketType.Connect)
                _toClient.Enqueue(string.Create(CultureInfo.InvariantCulture, $"40{{\"sid\":\"{_joins++}\"}}"));
            if (packet.Type != SocketIOPacketType.Event)
                return;
            int number = int.Parse(packet.Arguments.GetJson(0).Span, CultureInfo.InvariantCulture);
            _got.Add(number);
            // Some answers do not come, and some come twice.
            for (int answers = packet.Id is null ? 0 : (_random.Next(6) + 1) / 3; answers > 0; answers--)
                _toClient.Enqueue(string.Create(CultureInfo.InvariantCulture, $"43{packet.Id}[{number}]"));
        }

        private void Read()
        {
            while (_client.TryReadEvent(out SocketIOClientEvent? e))
            {
                switch (e)
                {
                    case SessionSaid { Event: OpenWebSocket open }:
                        _socket = open.Request;
                        _toServer.Clear();
                        _toClient.Clear();
                        _toClient.Enqueue("""0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}""");
                        break;
                    case SessionSaid { Event: WriteWebSocketMessage message }:
                        _toServer.Enqueue(message.Data.ToArray());
                        _client.Session!.ReceiveWritten(message.Request, message.Data.Length);
                        break;
                    case SessionSaid { Event: EndWebSocket }:
                        _socket = null;
                        _toClient.Clear();
                        break;
                    case AuthorizationNeeded needed:
                        _client.Authorize(needed, null, _now);
                        break;
                    case NamespaceJoined joined:
                        _client.Release(joined, _now);
                        break;
                    case EmitEnded { Emit: var emit }:
                        _ended[emit] = _ended.GetValueOrDefault(emit) + 1;
                        break;
                }
            }
        }
    }
}
