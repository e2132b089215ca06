// What ought to happen, told from RFC 6455 §4, §5.4, §5.5 and §7 in the words of the RFC, and not by asking StateMachine: each side
// remembers whether it has sent a Close, heard one, failed the connection or lost the transport (§7.1.3 to §7.1.7), and everything
// else follows. Two links carry packets in order.

using System.Globalization;
using System.Text;

namespace WsProto.Tests.Model;

/// <summary>How far the opening handshake is.</summary>
internal enum Stage
{
    /// <summary>Client: nothing sent. Server: nothing read.</summary>
    Begun,

    /// <summary>Client: the request is out. Server: the request was read.</summary>
    Asked,

    /// <summary>Server: a bad request was read, and is to be refused.</summary>
    Refusing,

    /// <summary>Between the head and the end of a refusal, in chunks.</summary>
    ChunkedBody,

    /// <summary>The same, up to the end of the stream.</summary>
    RawBody,

    /// <summary>The handshake succeeded.</summary>
    Talking,

    /// <summary>The handshake did not succeed.</summary>
    Over,
}

/// <summary>One end.</summary>
internal sealed class Side(ConnectionRole role)
{
    public ConnectionRole Role => role;

    public Stage Stage { get; set; }

    public bool HasSentClose { get; set; }

    /// <summary>The code of the Close that was heard, or with which the connection was failed; null for neither.</summary>
    public int? Heard { get; set; }

    public bool HasLostTransport { get; set; }

    /// <summary>The kind of the message that is being sent; a continuation stands for none.</summary>
    public Opcode Sending { get; set; }

    /// <summary>The kind of the message that is being received.</summary>
    public Opcode Receiving { get; set; }

    /// <summary>How many parts of it have come.</summary>
    public int Parts { get; set; }

    /// <summary>Server: frames that came before the answer.</summary>
    public string Early { get; set; } = "";

    /// <summary>"CONNECTING", "OPEN", "CLOSING" and "CLOSED" of §4.1 and §7.1, where CLOSING is told apart by who began.</summary>
    public ConnectionState State => Stage switch
    {
        Stage.Over => ConnectionState.Closed,
        Stage.ChunkedBody or Stage.RawBody => ConnectionState.Rejecting,
        Stage.Begun or Stage.Asked or Stage.Refusing => ConnectionState.Connecting,
        _ when HasLostTransport => ConnectionState.Closed,
        _ => (HasSentClose, Heard is not null) switch
        {
            (false, false) => ConnectionState.Open,
            (true, false) => ConnectionState.LocalClosing,
            (false, true) => ConnectionState.RemoteClosing,
            (true, true) => ConnectionState.Closed,
        },
    };

    public bool MaySend(Deed deed) => deed switch
    {
        Deed.Request => role == ConnectionRole.Client && Stage == Stage.Begun,
        Deed.Accept => role == ConnectionRole.Server && Stage == Stage.Asked,
        Deed.Reject or Deed.RejectHead => role == ConnectionRole.Server && Stage is (Stage.Begun or Stage.Asked or Stage.Refusing),
        Deed.RejectPart or Deed.RejectEnd => role == ConnectionRole.Server && Stage is (Stage.ChunkedBody or Stage.RawBody),
        Deed.Text or Deed.TextPart => MaySendData(Opcode.Text),
        Deed.Bytes or Deed.BytesPart => MaySendData(Opcode.Binary),
        Deed.Ping => IsUp && !HasSentClose && Heard is null,
        // "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response, unless it already received a Close frame"
        // (§5.5.2).
        Deed.Pong => IsUp && Heard is null,
        // "If an endpoint receives a Close frame and did not previously send a Close frame, the endpoint MUST send a Close frame" (§5.5.1).
        Deed.Close => IsUp && !HasSentClose,
        _ => throw new ArgumentOutOfRangeException(nameof(deed)),
    };

    public Side Copy() => (Side)MemberwiseClone();

    /// <summary>All of it but for payloads.</summary>
    public string Signature =>
        string.Create(CultureInfo.InvariantCulture, $"{Stage} {HasSentClose} {Heard} {HasLostTransport} {Sending} {Receiving} {Early}");

    /// <summary>What the future may depend on: of an end that is closed nothing, and a kind of message only while it can go on.</summary>
    public string Future
    {
        get
        {
            if (State == ConnectionState.Closed)
                return "Closed";
            char heard = Heard is null ? '-' : 'h';
            char sending = HasSentClose ? '-' : (char)('0' + (int)Sending);
            char receiving = Heard is null ? (char)('0' + (int)Receiving) : '-';
            return $"{State}{Stage}{heard}{sending}{receiving}{Early}";
        }
    }

    private bool IsUp => Stage == Stage.Talking && !HasLostTransport;

    /// <summary>
    /// "MUST NOT send any more data frames after sending a Close frame" (§5.5.1); after hearing one, only what is begun is finished.
    /// </summary>
    private bool MaySendData(Opcode kind) =>
        IsUp && !HasSentClose && (Sending == kind || (Sending == Opcode.Continuation && Heard is null));
}

/// <summary>What is on its way to an end.</summary>
internal sealed class Pipe
{
    /// <summary>
    /// One letter each. T B text and bytes, t b their first parts, C c continuations, P O Ping and Pong, V octets that break the protocol;
    /// Closes are 0 for 1000, 1 for 1001, 2 for 1002. Q A R the request, the 101 and a refusal; H h heads of refusals with a chunked
    /// and a raw body, D d its parts, Z its end.
    /// </summary>
    public string Packets { get; set; } = "";

    /// <summary>Whether the stream ends behind them.</summary>
    public bool IsEnded { get; set; }

    /// <summary>Whether the end has been delivered.</summary>
    public bool IsEndRead { get; set; }

    public Pipe Copy() => (Pipe)MemberwiseClone();
}

internal sealed class Oracle
{
    private readonly Side _client;
    private readonly Side _server;
    private readonly Pipe _toClient;
    private readonly Pipe _toServer;

    public Oracle(Stage stage)
        : this(new Side(ConnectionRole.Client) { Stage = stage }, new Side(ConnectionRole.Server) { Stage = stage }, new Pipe(), new Pipe())
    {
    }

    private Oracle(Side client, Side server, Pipe toClient, Pipe toServer) =>
        (_client, _server, _toClient, _toServer) = (client, server, toClient, toServer);

    public Side this[ConnectionRole role] => role == ConnectionRole.Client ? _client : _server;

    public Pipe PipeTo(ConnectionRole role) => role == ConnectionRole.Client ? _toClient : _toServer;

    public Oracle Copy() => new(_client.Copy(), _server.Copy(), _toClient.Copy(), _toServer.Copy());

    /// <summary>The two ends without the wires.</summary>
    public string SidesSignature => $"{_client.Signature} {_server.Signature}";

    /// <summary>
    /// Two worlds with the same signature have the same future but for payloads and close codes. Frames that move nothing are alike (each
    /// kind is still sent in every state, and delivered by the finish of that step), and what comes to an end that reads no more is
    /// dropped.
    /// </summary>
    public string Signature
    {
        get
        {
            var text = new StringBuilder();
            foreach (ConnectionRole role in Step.Roles)
            {
                Pipe wire = PipeTo(role);
                text.Append(this[role].Future).Append(wire.IsEnded ? wire.IsEndRead ? '!' : '.' : ' ');
                if (IsDeaf(role))
                {
                    text.Append(wire.Packets.Length > 0 ? '_' : ' ');
                    continue;
                }

                foreach (char packet in wire.Packets)
                    text.Append(packet is 'T' or 'B' or 'P' or 'O' ? 'N' : char.IsAsciiDigit(packet) ? 'X' : packet);
            }

            return text.ToString();
        }
    }

    /// <summary>Whether a step can be taken in this world. A send can always be tried; it is taken if the wire has room.</summary>
    public bool IsPossible(Step step, int capacity) => step.Deed switch
    {
        Deed.Deliver => PipeTo(step.Role) is { Packets.Length: > 0 } or { IsEnded: true, IsEndRead: false },
        Deed.EndOfStream => !PipeTo(step.Role).IsEnded,
        Deed.Violate => !PipeTo(step.Role).IsEnded && HasRoom(step.Role, capacity),
        _ => HasRoom(Step.PeerOf(step.Role), capacity),
    };

    /// <summary>Takes a step, and says what the end reads after it.</summary>
    public List<string> Take(Step step)
    {
        switch (step.Deed)
        {
            case Deed.Deliver:
                return Deliver(step.Role);
            case Deed.EndOfStream:
                PipeTo(step.Role).IsEnded = true;
                return [];
            case Deed.Violate:
                PipeTo(step.Role).Packets += 'V';
                return [];
            default:
                return Send(step);
        }
    }

    /// <summary>The packet that a send puts on the wire; empty for none.</summary>
    public string PacketOf(Step step)
    {
        Side side = this[step.Role];
        return step.Deed switch
        {
            Deed.Request => "Q",
            Deed.Accept => "A",
            Deed.Reject => "R",
            // A peer that is not known to speak HTTP/1.1 gets a body without chunks.
            Deed.RejectHead => side.Stage == Stage.Asked ? "H" : "h",
            Deed.RejectPart => side.Stage == Stage.ChunkedBody ? "D" : "d",
            Deed.RejectEnd => side.Stage == Stage.ChunkedBody ? "Z" : "",
            Deed.Text => side.Sending == Opcode.Continuation ? "T" : "C",
            Deed.TextPart => side.Sending == Opcode.Continuation ? "t" : "c",
            Deed.Bytes => side.Sending == Opcode.Continuation ? "B" : "C",
            Deed.BytesPart => side.Sending == Opcode.Continuation ? "b" : "c",
            Deed.Ping => "P",
            Deed.Pong => "O",
            _ =>
                string.Create(CultureInfo.InvariantCulture, $"{(side.Heard ?? (step.Role == ConnectionRole.Client ? 1000 : 1001)) - 1000}"),
        };
    }

    /// <summary>What waits for the answer of a server takes room too.</summary>
    private bool HasRoom(ConnectionRole role, int capacity) =>
        PipeTo(role).IsEnded || IsDeaf(role) || PipeTo(role).Packets.Length + this[role].Early.Length < capacity;

    private List<string> Send(Step step)
    {
        Side side = this[step.Role];
        Pipe wire = PipeTo(Step.PeerOf(step.Role));
        string packet = PacketOf(step);
        if (!wire.IsEnded)
            wire.Packets += packet;
        switch (step.Deed)
        {
            case Deed.Request:
                side.Stage = Stage.Asked;
                break;
            case Deed.Accept:
                side.Stage = Stage.Talking;
                string early = side.Early;
                side.Early = "";
                return [.. early.SelectMany(frame => Hear(side, frame))];
            case Deed.Reject or Deed.RejectEnd:
                side.Stage = Stage.Over;
                side.Early = "";
                break;
            case Deed.RejectHead:
                side.Stage = packet == "H" ? Stage.ChunkedBody : Stage.RawBody;
                side.Early = "";
                break;
            case Deed.Text or Deed.Bytes:
                side.Sending = Opcode.Continuation;
                break;
            case Deed.TextPart:
                side.Sending = Opcode.Text;
                break;
            case Deed.BytesPart:
                side.Sending = Opcode.Binary;
                break;
            case Deed.Close:
                side.HasSentClose = true;
                break;
        }

        return [];
    }

    private List<string> Deliver(ConnectionRole role)
    {
        Side side = this[role];
        Pipe wire = PipeTo(role);
        if (wire.Packets.Length == 0)
        {
            wire.IsEndRead = true;
            return HearEnd(side);
        }

        char packet = wire.Packets[0];
        wire.Packets = wire.Packets[1..];
        if (IsDeaf(role))
            return [];
        return side.Stage == Stage.Talking ? Hear(side, packet) : HearHandshake(side, packet);
    }

    /// <summary>"A peer discards any further data received" after a Close (§1.4), and after failing the connection (§7.1.7).</summary>
    private bool IsDeaf(ConnectionRole role)
    {
        Side side = this[role];
        return side.Stage is Stage.Over or Stage.Refusing || side.HasLostTransport || side.Heard is not null
            || (role == ConnectionRole.Server && side.Stage is (Stage.ChunkedBody or Stage.RawBody));
    }

    private static List<string> HearHandshake(Side side, char packet)
    {
        if (side.Role == ConnectionRole.Server)
        {
            if (side.Stage == Stage.Asked)
            {
                side.Early += packet;
                return [];
            }

            side.Stage = packet == 'Q' ? Stage.Asked : Stage.Refusing;
            return [packet == 'Q' ? "Request" : "Failed, to be refused"];
        }

        (Stage next, string said) = (side.Stage, packet) switch
        {
            (Stage.RawBody, _) => (Stage.RawBody, packet == 'V' ? "Body of 8" : "Body of 2"),
            (Stage.ChunkedBody, 'D') => (Stage.ChunkedBody, "Body of 2"),
            (Stage.ChunkedBody, 'Z') => (Stage.Over, "End of the body"),
            (not Stage.ChunkedBody, 'A') => (Stage.Talking, "Accept"),
            (not Stage.ChunkedBody, 'R') => (Stage.Over, "Reject"),
            (not Stage.ChunkedBody, 'H') => (Stage.ChunkedBody, "Reject with a body"),
            (not Stage.ChunkedBody, 'h') => (Stage.RawBody, "Reject with a body"),
            _ => (Stage.Over, "Failed"),
        };
        side.Stage = next;
        return [said];
    }

    private static List<string> Hear(Side side, char packet)
    {
        if (side.Heard is not null)
            return [];
        switch (packet)
        {
            case 'V':
                side.Heard = 1002;
                return ["Close 1002 for a violation"];
            case >= '0' and <= '9':
                side.Heard = 1000 + packet - '0';
                return [string.Create(CultureInfo.InvariantCulture, $"Close {side.Heard}")];
            case 'P':
                return ["Ping ?"];
            case 'O':
                return ["Pong !"];
        }

        if (packet is 'T' or 't' or 'B' or 'b')
            (side.Receiving, side.Parts) = (packet is 'T' or 't' ? Opcode.Text : Opcode.Binary, 0);
        bool isLast = packet is 'T' or 'B' or 'C';
        string kind = side.Receiving == Opcode.Text ? "Text" : "Bytes";
        // The client reads whole messages, the server each frame.
        string? said = side.Role == ConnectionRole.Server
            ? $"{kind} {(isLast ? ".|" : "~")}"
            : isLast ? $"{kind} {new string('~', side.Parts)}.|" : null;
        side.Parts++;
        if (isLast)
            (side.Receiving, side.Parts) = (Opcode.Continuation, 0);
        return said is null ? [] : [said];
    }

    private static List<string> HearEnd(Side side)
    {
        switch (side.Stage)
        {
            case Stage.Talking:
                if (side.HasLostTransport || side.State == ConnectionState.Closed)
                    return [];
                side.HasLostTransport = true;
                // After a Close an end of the stream is what was to be expected; without one it is 1006 (§7.1.5).
                return side.Heard is null ? ["Close 1006"] : [];
            case Stage.RawBody when side.Role == ConnectionRole.Client:
                side.Stage = Stage.Over;
                return ["End of the body"];
            case Stage.Begun or Stage.Asked:
            case Stage.ChunkedBody when side.Role == ConnectionRole.Client:
                side.Stage = Stage.Over;
                side.Early = "";
                return ["Failed"];
            default:
                // A server that has a refusal to send may still do so.
                return [];
        }
    }
}
