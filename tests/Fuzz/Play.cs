// One connection, one stream, one way of cutting it: feeds the bytes, reads all events, does what the script of the scene says, and
// holds every rule that needs no second opinion.

using WsProto.Extensions;
using WsProto.Framing;
using WsProto.Fuzz.Oracles;
using WsProto.Tests;

namespace WsProto.Fuzz;

internal sealed class Play : IDisposable
{
    private static readonly CloseConnection _close = new(CloseCode.NormalClosure);
    private static readonly Ping _ping = new();
    private static readonly Pong _pong = new();
    private static readonly TextMessage _message = new("");

    private readonly Kind _kind;
    private readonly Scene _scene;
    private readonly byte[] _bytes;
    private readonly Behaviour? _behaviour;
    private readonly CountingPool _pool = new();
    private readonly WsConnection _connection;
    private readonly WsConnection? _peer;
    private readonly EventRules _rules;
    private readonly SentRules _sent;
    private readonly List<WsEvent> _events = [];
    private Request? _late;
    private int _counted;
    private bool _endOfStream;

    private Play(Kind kind, Scene scene, byte[] bytes, Behaviour? behaviour)
    {
        (_kind, _scene, _bytes, _behaviour) = (kind, scene, bytes, behaviour);
        ConnectionRole role = kind switch { Kind.Server => ConnectionRole.Server, Kind.Client => ConnectionRole.Client, _ => scene.Role };
        _rules = new EventRules(scene, role);
        _sent = new SentRules(role, scene.ExtensionKind > 0);
        if (kind == Kind.Established)
        {
            (IReadOnlyList<ExtensionCodec> client, IReadOnlyList<ExtensionCodec> server) = scene.Agreed();
            bool isServer = role == ConnectionRole.Server;
            _connection = WsConnection.Established(role, isServer ? server : client, scene.Options(_pool));
            // Whatever is echoed has to be understood by an end without limits.
            if (scene.Has(SceneFlags.Echo))
                _peer = WsConnection.Established(
                    isServer ? ConnectionRole.Client : ConnectionRole.Server,
                    isServer ? client : server,
                    new WsConnectionOptions { MaxMessageSize = null, MaxFragmentCount = null });
        }
        else
            _connection = new WsConnection(role, scene.Options(_pool));
    }

    public static Played Run(Kind kind, Scene scene, byte[] bytes, Behaviour? behaviour = null)
    {
        using var play = new Play(kind, scene, bytes, behaviour);
        play.Feed();
        play.Finish();
        var played = new Played(play._events, play._connection.State, play._sent.All);
        play.End();
        return played;
    }

    public void Dispose()
    {
        _connection.Dispose();
        _peer?.Dispose();
    }

    /// <summary>Nothing is left behind.</summary>
    private void End()
    {
        ExtensionCodec[] extensions = [.. _connection.Extensions];
        _connection.Dispose();
        Oracle.That(_connection.State == ConnectionState.Closed && !_connection.TryReadEvent(out _), "A connection went on after Dispose.");
        Oracle.That(_pool.Outstanding == 0, $"{_pool.Outstanding} arrays were not given back.");
        Oracle.That(_pool.Peak <= MostBytes, $"{_pool.Peak} bytes were held at one time, {MostBytes} are allowed.");
        foreach (ExtensionCodec extension in extensions)
            Oracle.That(extension is not DeflateCodec { HoldsContexts: not (false, false) }, "zlib's memory was not freed.");
    }

    /// <summary>
    /// SECURITY.md: what was received and not yet read, times four at worst; with an extension also the message limit and 64 KiB. What is
    /// sent is made of what was read, and not the peer's to choose: it is not counted tightly.
    /// </summary>
    private long MostBytes
    {
        get
        {
            long most = 4L * (_bytes.Length + 4096);
            if (_scene.ExtensionKind > 0)
                most += _scene.MaxMessageSize!.Value + (64 << 10);
            return _scene.Has(SceneFlags.Echo) ? 4 * most : most;
        }
    }

    private void Feed()
    {
        if (_kind == Kind.Client)
            Send(ClientRequest());
        bool late = _scene.Has(SceneFlags.ReadLate);
        Cutting.Feed(_connection, _scene.Cut, _bytes, late ? () => { } : Drain);
        bool knownInAdvance = late && !_scene.Has(SceneFlags.AnswerLate);
        if (!knownInAdvance)
            Drain();
        if (_late is { } request && !_rules.IsOver)
        {
            Answer(request);
            Drain();
        }

        if (!_scene.Has(SceneFlags.EndOfStream))
        {
            Drain();
            return;
        }

        _endOfStream = true;
        _connection.ReceiveEndOfStream();
        Drain();
        Oracle.That(
            _connection.State == ConnectionState.Closed || _events.LastOrDefault() is HandshakeFailed { Response: not null },
            "The end of the stream was no end.");
    }

    private void Drain()
    {
        while (true)
        {
            ConnectionState before = _connection.State;
            if (Read() is not { } e)
            {
                Oracle.That(
                    _connection.State == before || (_endOfStream && _connection.State == ConnectionState.Closed),
                    $"Reading nothing led from {before} to {_connection.State}.");
                return;
            }

            ConnectionState after = _connection.State;
            _rules.Check(e, before, after, _endOfStream);
            _events.Add(e);
            // An event takes at least a byte, but for the last ones.
            Oracle.That(_events.Count <= _bytes.Length + 3, "More events than bytes.");
            See(e, after);
            CheckAllowed();
            React(e);
            CheckAllowed();
        }
    }

    private WsEvent? Read()
    {
        if (_scene.Has(SceneFlags.ByFrames) && _connection.TryReadFrame(out Frame frame))
        {
            byte[] payload = frame.Payload.ToArray();
            return frame.Opcode switch
            {
                Opcode.Text => new TextMessage(Utf8Validator.Strict.GetString(payload))
                {
                    FrameFinished = frame.FrameFinished,
                    MessageFinished = frame.MessageFinished,
                },
                Opcode.Binary => new BytesMessage(payload) { FrameFinished = frame.FrameFinished, MessageFinished = frame.MessageFinished },
                Opcode.Ping => new Ping(payload),
                Opcode.Pong => new Pong(payload),
                Opcode.Close when payload.Length == 0 => new CloseConnection(CloseCode.NoStatusReceived),
                Opcode.Close => new CloseConnection(
                    (CloseCode)((payload[0] << 8) | payload[1]),
                    payload.Length == 2 ? null : Utf8Validator.Strict.GetString(payload.AsSpan(2))),
                _ => throw new OracleException($"A frame of {frame.Opcode}."),
            };
        }

        return _connection.TryReadEvent(out WsEvent? e) ? e : null;
    }

    /// <summary>What follows the last event is dropped, and nothing is kept.</summary>
    private void Finish()
    {
        ConnectionState state = _connection.State;
        if (_rules.IsOver)
        {
            _connection.Receive(new byte[300]);
            Oracle.That(!_connection.TryReadFrame(out _), "A frame came after the last event.");
        }

        Oracle.That(!_connection.TryReadEvent(out WsEvent? more), $"{more} came after the last event.");
        Oracle.That(_connection.State == state, $"The state went from {state} to {_connection.State} by itself.");
        Oracle.That(!_rules.IsOver || _pool.Outstanding == 0, "Memory was kept after the last event.");
        CheckAllowed();
        if (state == ConnectionState.Closed)
            Assert.Throws<LocalProtocolException>(() => _connection.Send(_close));
        if (_peer is not null && _sent.Frames.Count > 0)
            Oracle.That(
                _peer.Read([.. _sent.Frames]).All(e => e is not CloseConnection { Error: not null }),
                "What was echoed cannot be read.");
    }

    private void React(WsEvent e)
    {
        bool silent = _scene.Has(SceneFlags.Silent);
        switch (e)
        {
            case Request request:
                _late = request;
                if (!_scene.Has(SceneFlags.AnswerLate))
                    Answer(request);
                break;
            case HandshakeFailed { Response: { } response } when !silent:
                Send(response);
                break;
            case CloseConnection close when !silent && _connection.State == ConnectionState.RemoteClosing:
                Send(close.Response());
                break;
            case Ping ping when !silent:
                Send(ping.Response());
                break;
            case Message message when _scene.Has(SceneFlags.Echo) && _connection.CanSend(message):
                Send(message);
                break;
        }

        // What is counted is the same however the stream is cut.
        if (e is Ping or Pong or Message { MessageFinished: true }
            && ++_counted == _scene.CloseAfter
            && _connection.State == ConnectionState.Open)
            Send(new CloseConnection((CloseCode)4000, "enough"));
    }

    private Request ClientRequest() => new("example.com", "/chat")
    {
        Subprotocols = (_scene.Answer & 1) != 0 ? ["chat", "superchat"] : [],
        Extensions = _scene.ExtensionKind > 0 ? [_scene.Template()] : [],
    };

    private void Answer(Request request)
    {
        _late = null;
        if (_scene.Has(SceneFlags.Silent))
            return;
        if ((_scene.Answer & 1) == 0)
        {
            Send(new AcceptConnection
            {
                Subprotocol = (_scene.Answer & 2) != 0 ? (request.Subprotocols is [string first, ..] ? first : null) : null,
                Extensions = _scene.ExtensionKind > 0 ? [_scene.Template()] : [],
                ExtraHeaders = (_scene.Answer & 4) != 0 ? [("Server", "fuzz")] : [],
            });
            return;
        }

        bool hasBody = (_scene.Answer & 2) != 0;
        HeaderList headers = hasBody && (_scene.Answer & 4) != 0 ? [("Content-Length", "5")] : [];
        Send(new RejectConnection { StatusCode = 403, Headers = headers, HasBody = hasBody });
        if (!hasBody)
            return;
        Send(new RejectData("No"u8.ToArray(), bodyFinished: false));
        Send(new RejectData("No!"u8.ToArray()));
    }

    private void Send(WsEvent e)
    {
        Oracle.That(_connection.CanSend(e), $"{e} cannot be sent in {_connection.State}.");
        byte[] bytes = _connection.Send(e);
        if (e is Request or AcceptConnection or RejectConnection)
            _sent.Head(bytes);
        else if (e is RejectData)
            _sent.Body(bytes);
        else
            _sent.Frame(bytes);
        if (e is RejectConnection { HasBody: false } or RejectData { BodyFinished: true }
            || (e is CloseConnection && _events[^1] is CloseConnection))
            Oracle.Same(ConnectionState.Closed, _connection.State, "The last thing was sent.");
    }

    /// <summary>
    /// What may be sent in which state, from the documentation: one Close, after it only Pongs, and nothing begun after the peer's.
    /// </summary>
    private void CheckAllowed()
    {
        ConnectionState state = _connection.State;
        Oracle.Same(state is ConnectionState.Open or ConnectionState.RemoteClosing, _connection.CanSend(_close), $"A Close in {state}.");
        Oracle.Same(state == ConnectionState.Open, _connection.CanSend(_ping), $"A Ping in {state}.");
        Oracle.Same(state is ConnectionState.Open or ConnectionState.LocalClosing, _connection.CanSend(_pong), $"A Pong in {state}.");
        if (_scene.DeliversWhole)
            Oracle.Same(state == ConnectionState.Open, _connection.CanSend(_message), $"A message in {state}.");
    }

    private void See(WsEvent e, ConnectionState after)
    {
        (int detail, int size) = e switch
        {
            TextMessage text => (text.FrameFinished ? text.MessageFinished ? 0 : 1 : 2, text.Data.Length),
            BytesMessage bytes => (bytes.FrameFinished ? bytes.MessageFinished ? 0 : 1 : 2, bytes.Data.Length),
            CloseConnection close => (((int)(close.Error ?? 0) << 16) + (int)close.Code, (int)_connection.Role),
            HandshakeFailed failed => ((int)failed.Error, _bytes.Length),
            Request request => ((request.Subprotocols.Count << 8) + request.ExtensionOffers.Count, request.ExtraHeaders.Count),
            AcceptConnection accept => ((accept.Subprotocol is null ? 0 : 256) + accept.AgreedExtensions.Count, accept.ExtraHeaders.Count),
            RejectConnection reject => (reject.StatusCode, reject.Headers.Count),
            RejectData data => (data.BodyFinished ? 1 : 0, data.Data.Length),
            Ping ping => (0, ping.Payload.Length),
            Pong pong => (0, pong.Payload.Length),
            _ => (0, 0),
        };
        _behaviour?.Step(((int)e.Kind << 4) + (int)after, detail, size);
    }
}
