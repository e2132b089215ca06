using System.Buffers;
using System.Text;

namespace WsProto.Tests.Model;

/// <summary>Pairs of state and trigger that were met in any world.</summary>
internal sealed class Visits
{
    /// <summary>The rows of the state machine that were used: what the state was, and what moved it.</summary>
    public HashSet<(ConnectionState, Trigger)> Used { get; } = [];

    /// <summary>The sends that were refused.</summary>
    public HashSet<(ConnectionState, Trigger)> Refused { get; } = [];
}

/// <summary>Two real connections and a wire each way, which hold still between steps.</summary>
internal sealed class World : IDisposable
{
    /// <summary>
    /// Breaks the protocol wherever it is read: as a frame it has a reserved opcode, and no head and no chunk is such a line.
    /// </summary>
    private static readonly byte[] _violation = [0x83, 0x80, 0x01, 0x02, 0x03, 0x04, (byte)'\r', (byte)'\n'];

    private static readonly WsConnectionOptions _whole = new() { Random = Rand.Fixed(1, 2, 3, 4) };
    private static readonly WsConnectionOptions _chunks = _whole with { MessageDelivery = MessageDelivery.Chunks };

    private readonly End _client;
    private readonly End _server;
    private readonly Visits _visits;

    private World(WsConnection client, WsConnection server, Visits visits) =>
        (_client, _server, _visits) = (new End(client), new End(server), visits);

    public static World Connecting(Visits visits) =>
        new(new WsConnection(ConnectionRole.Client, _whole), new WsConnection(ConnectionRole.Server, _chunks), visits);

    public static World Established(Visits visits) =>
        new(
            WsConnection.Established(ConnectionRole.Client, options: _whole),
            WsConnection.Established(ConnectionRole.Server, options: _chunks),
            visits);

    public ConnectionState StateOf(ConnectionRole role) => Of(role).Connection.State;

    public bool CanSend(Step step) => Of(step.Role).Connection.CanSend(EventOf(step));

    /// <summary>Takes a step that can be taken.</summary>
    /// <returns>What the end has read after it, in words.</returns>
    public List<string> Take(Step step)
    {
        End end = Of(step.Role);
        switch (step.Deed)
        {
            case Deed.EndOfStream:
                end.IsWireEnded = true;
                return [];
            case Deed.Violate:
                end.Wire.Enqueue(_violation);
                return [];
            case Deed.Deliver when end.Wire.TryDequeue(out byte[]? packet):
                end.Connection.Receive(packet);
                return Read(end, isEnd: false);
            case Deed.Deliver:
                end.Connection.ReceiveEndOfStream();
                return Read(end, isEnd: true);
            default:
                Send(step, end);
                return Read(end, isEnd: false);
        }
    }

    /// <summary>Tries a send that must be refused: it throws, writes nothing, and changes nothing.</summary>
    public void TryInVain(Step step)
    {
        End end = Of(step.Role);
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<LocalProtocolException>(() => end.Connection.Send(EventOf(step), output));
        Assert.Equal(0, output.WrittenCount);
        Assert.Equal(end.State, end.Connection.State);
        Assert.False(end.Connection.TryReadEvent(out _));
        _visits.Refused.Add((end.State, TriggerOf(step, end)));
    }

    /// <summary>What the last send of an end put on the wire, as a letter of <see cref="Pipe"/>.</summary>
    public string LastPacketOf(ConnectionRole role) => Of(role).LastPacket;

    public void Dispose()
    {
        foreach (End end in new[] { _client, _server })
        {
            _visits.Used.Add((end.Connection.State, Trigger.Dispose));
            end.Connection.Dispose();
            Observe(end);
            Assert.Equal(ConnectionState.Closed, end.Connection.State);
        }
    }

    private End Of(ConnectionRole role) => role == ConnectionRole.Client ? _client : _server;

    private void Send(Step step, End end)
    {
        _visits.Used.Add((end.State, TriggerOf(step, end)));
        byte[] bytes = end.Connection.Send(EventOf(step));
        Observe(end);
        end.LastPacket = PacketIn(bytes, step.Role, out bool isFrame);
        if (isFrame)
        {
            // "The application MUST NOT send any more data frames after sending a Close frame" (§5.5.1); and one Close is enough.
            if (end.HasSentClose)
                Assert.Equal("O", end.LastPacket);
            end.HasSentClose |= char.IsAsciiDigit(end.LastPacket[0]);
        }

        if (step.Deed is Deed.Text or Deed.Bytes)
            end.IsSending = false;
        else if (step.Deed is Deed.TextPart or Deed.BytesPart)
            end.IsSending = true;
        End peer = Of(Step.PeerOf(step.Role));
        if (!peer.IsWireEnded && bytes.Length > 0)
            peer.Wire.Enqueue(bytes);
    }

    private List<string> Read(End end, bool isEnd)
    {
        var said = new List<string>();
        ConnectionState before = end.State;
        foreach (WsEvent e in end.Connection.ReadEvents())
        {
            if (isEnd)
                _visits.Used.Add((end.State, Trigger.ReceiveEndOfStream));
            else if (TriggerOf(e, end.Connection.Role) is { } trigger)
                _visits.Used.Add((end.State, trigger));
            Observe(end);
            said.Add(Tell(e));
            end.Answer = e switch
            {
                CloseConnection close => close.Response(),
                HandshakeFailed failed => failed.Response,
                _ => end.Answer,
            };
        }

        if (isEnd && said.Count == 0 && end.Connection.State != before)
            _visits.Used.Add((before, Trigger.ReceiveEndOfStream));
        Observe(end);
        return said;
    }

    private WsEvent EventOf(Step step)
    {
        End end = Of(step.Role);
        return step.Deed switch
        {
            Deed.Close when end.Connection.State == ConnectionState.RemoteClosing => end.Answer!,
            Deed.Reject when end.Answer is RejectConnection refusal => refusal,
            _ => step.Event(),
        };
    }

    /// <summary>"Connecting, open, closing, closed": nothing goes back.</summary>
    private static void Observe(End end)
    {
        ConnectionState now = end.Connection.State;
        Assert.True(now == end.State || Rank(now) > Rank(end.State), $"From {end.State} to {now}");
        end.State = now;
    }

    private static int Rank(ConnectionState state) => state switch
    {
        ConnectionState.Connecting => 0,
        ConnectionState.Open or ConnectionState.Rejecting => 1,
        ConnectionState.RemoteClosing or ConnectionState.LocalClosing => 2,
        ConnectionState.Closed => 3,
    };

    private static Trigger TriggerOf(Step step, End end) => step.Deed switch
    {
        Deed.Request => Trigger.SendRequest,
        Deed.Accept => Trigger.SendAccept,
        Deed.Reject => Trigger.SendReject,
        Deed.RejectHead => Trigger.SendRejectHead,
        Deed.RejectPart => Trigger.SendRejectPart,
        Deed.RejectEnd => Trigger.SendRejectEnd,
        Deed.Ping => Trigger.SendPing,
        Deed.Pong => Trigger.SendPong,
        Deed.Close => Trigger.SendClose,
        _ => end.IsSending ? Trigger.ContinueMessage : Trigger.BeginMessage,
    };

    /// <summary>Null for what moves nothing.</summary>
    private static Trigger? TriggerOf(WsEvent e, ConnectionRole role) => e switch
    {
        Request => Trigger.ReceiveRequest,
        AcceptConnection => Trigger.ReceiveAccept,
        RejectConnection { HasBody: true } => Trigger.ReceiveRejectHead,
        RejectConnection => Trigger.ReceiveReject,
        RejectData { BodyFinished: true } => Trigger.ReceiveRejectEnd,
        RejectData => Trigger.ReceiveRejectPart,
        HandshakeFailed => role == ConnectionRole.Server ? Trigger.ReceiveBadRequest : Trigger.ReceiveBadResponse,
        CloseConnection { Error: null } => Trigger.ReceiveClose,
        CloseConnection => Trigger.ReceiveViolation,
        _ => null,
    };

    private static string Tell(WsEvent e) => e switch
    {
        Request => "Request",
        AcceptConnection => "Accept",
        RejectConnection reject => reject.HasBody ? "Reject with a body" : "Reject",
        RejectData { BodyFinished: true, Data.Length: 0 } => "End of the body",
        RejectData { BodyFinished: false } data => $"Body of {data.Data.Length}",
        HandshakeFailed failed => failed.Response is null ? "Failed" : "Failed, to be refused",
        TextMessage { FrameFinished: true } text => $"Text {text.Data.Replace('é', '~')}{(text.MessageFinished ? "|" : "")}",
        BytesMessage { FrameFinished: true } bytes =>
            $"Bytes {Encoding.Latin1.GetString(bytes.Data.Span).Replace('\u00FF', '~')}{(bytes.MessageFinished ? "|" : "")}",
        Ping ping => $"Ping {Encoding.UTF8.GetString(ping.Payload.Span)}",
        Pong pong => $"Pong {Encoding.UTF8.GetString(pong.Payload.Span)}",
        CloseConnection close => $"Close {(int)close.Code}{(close.Error is null ? "" : " for a violation")}",
        _ => $"unexpected {e}",
    };

    /// <summary>Reads what was sent with a reader that shares nothing with the code under test.</summary>
    private static string PacketIn(byte[] bytes, ConnectionRole sender, out bool isFrame)
    {
        isFrame = false;
        switch (Encoding.Latin1.GetString(bytes))
        {
            case "":
                return "";
            case "no":
                return "d";
            case "2\r\nno\r\n":
                return "D";
            case "0\r\n\r\n":
                return "Z";
            case ['G', 'E', 'T', ' ', ..]:
                return "Q";
            case ['H', 'T', 'T', 'P', ..] head:
                return head.Contains(" 101 ", StringComparison.Ordinal)
                    ? "A"
                    : head.Contains("chunked", StringComparison.Ordinal) ? "H"
                    : head.Contains("Content-Length: 0", StringComparison.Ordinal) ? "R"
                    : "h";
        }

        isFrame = true;
        WireFrame frame = Assert.Single(WireFrame.Parse(bytes, sender) ?? []);
        return (frame.Opcode, frame.Fin) switch
        {
            (Opcode.Text, true) => "T",
            (Opcode.Text, false) => "t",
            (Opcode.Binary, true) => "B",
            (Opcode.Binary, false) => "b",
            (Opcode.Continuation, true) => "C",
            (Opcode.Continuation, false) => "c",
            (Opcode.Ping, true) => "P",
            (Opcode.Pong, true) => "O",
            (Opcode.Close, true) => $"{((frame.Payload[0] << 8) | frame.Payload[1]) - 1000}",
            _ => "?",
        };
    }

    private sealed class End(WsConnection connection)
    {
        public WsConnection Connection => connection;

        public ConnectionState State { get; set; } = connection.State;

        public Queue<byte[]> Wire { get; } = new();

        public bool IsWireEnded { get; set; }

        public bool HasSentClose { get; set; }

        public bool IsSending { get; set; }

        public string LastPacket { get; set; } = "";

        public WsEvent? Answer { get; set; }
    }
}
