using Peer = System.Action<WsProto.WsConnection>;

namespace WsProto.Tests;

/// <summary>The machine's rows, each reached by real use, and no others.</summary>
[Trait("RFC", "6455 §4, §7")]
public class StateMachineTests
{
    private const ConnectionRole Client = ConnectionRole.Client;
    private const ConnectionRole Server = ConnectionRole.Server;

    private static readonly RejectData _part = new(new byte[2], bodyFinished: false);

    /// <summary>Every row as a use: who, where, what happens, which trigger that is, and where it leads.</summary>
    private static readonly (ConnectionRole? Role, Situation From, Trigger Trigger, ConnectionState To, Peer Use)[] _uses =
    [
        (Client, Situation.Connecting, Trigger.SendRequest, ConnectionState.Connecting, c => c.Send(Situations.Request)),
        (Server, Situation.Connecting, Trigger.ReceiveRequest, ConnectionState.Connecting, c => Reads<Request>(c, Heads.Request())),
        (Server, Situation.Connecting, Trigger.ReceiveBadRequest, ConnectionState.Connecting, c =>
            Reads<HandshakeFailed>(c, Heads.Request("Host", null))),
        (Server, Situation.RequestPassed, Trigger.SendAccept, ConnectionState.Open, c => c.Send(new AcceptConnection())),
        (Client, Situation.RequestPassed, Trigger.ReceiveAccept, ConnectionState.Open, c => Reads<AcceptConnection>(c, Heads.Response())),
        (Server, Situation.RequestPassed, Trigger.SendReject, ConnectionState.Closed, c => c.Send(new RejectConnection())),
        (Server, Situation.RequestPassed, Trigger.SendRejectHead, ConnectionState.Rejecting, c =>
            c.Send(new RejectConnection { HasBody = true })),
        (Client, Situation.RequestPassed, Trigger.ReceiveReject, ConnectionState.Closed, c =>
            Reads<RejectConnection>(c, Wire.Head("HTTP/1.1 404 ", "Content-Length: 0"))),
        (Client, Situation.RequestPassed, Trigger.ReceiveRejectHead, ConnectionState.Rejecting, c =>
            Reads<RejectConnection>(c, Wire.Head("HTTP/1.1 404 "))),
        (Client, Situation.RequestPassed, Trigger.ReceiveBadResponse, ConnectionState.Closed, c =>
            Reads<HandshakeFailed>(c, Heads.Response("Connection", null))),
        (null, Situation.Connecting, Trigger.ReceiveEndOfStream, ConnectionState.Closed, c => Ends<HandshakeFailed>(c)),

        (Server, Situation.Rejecting, Trigger.SendRejectPart, ConnectionState.Rejecting, c => c.Send(_part)),
        (Server, Situation.Rejecting, Trigger.SendRejectEnd, ConnectionState.Closed, c => c.Send(new RejectData(default))),
        (Client, Situation.Rejecting, Trigger.ReceiveRejectPart, ConnectionState.Rejecting, c => Reads<RejectData>(c, new byte[4])),
        (Client, Situation.Rejecting, Trigger.ReceiveRejectEnd, ConnectionState.Closed, c => Reads<RejectData>(c, new byte[5])),
        (Client, Situation.Rejecting, Trigger.ReceiveEndOfStream, ConnectionState.Closed, c => Ends<HandshakeFailed>(c)),

        (null, Situation.Open, Trigger.BeginMessage, ConnectionState.Open, c => c.Send(new TextMessage("a"))),
        (null, Situation.TextOpen, Trigger.ContinueMessage, ConnectionState.Open, c => c.Send(new TextMessage("a"))),
        (null, Situation.Open, Trigger.SendPing, ConnectionState.Open, c => c.Send(new Ping())),
        (null, Situation.Open, Trigger.SendPong, ConnectionState.Open, c => c.Send(new Pong())),
        (null, Situation.Open, Trigger.SendClose, ConnectionState.LocalClosing, c => c.Send(Situations.Close)),
        (null, Situation.Open, Trigger.ReceiveClose, ConnectionState.RemoteClosing, c =>
            Reads<CloseConnection>(c, Situations.CloseFrameFor(c.Role))),
        (null, Situation.Open, Trigger.ReceiveViolation, ConnectionState.RemoteClosing, c =>
            Reads<CloseConnection>(c, Situations.BadFrameFor(c.Role))),
        (null, Situation.Open, Trigger.ReceiveEndOfStream, ConnectionState.Closed, c => Ends<CloseConnection>(c)),

        (null, Situation.BytesOpenInRemoteClosing, Trigger.ContinueMessage, ConnectionState.RemoteClosing, c =>
            c.Send(new BytesMessage(default))),
        (null, Situation.RemoteClosing, Trigger.SendClose, ConnectionState.Closed, c => c.Send(Situations.Close)),
        (null, Situation.RemoteClosing, Trigger.ReceiveEndOfStream, ConnectionState.Closed, EndsSilently),

        (null, Situation.LocalClosing, Trigger.SendPong, ConnectionState.LocalClosing, c => c.Send(new Pong())),
        (null, Situation.LocalClosing, Trigger.ReceiveClose, ConnectionState.Closed, c =>
            Reads<CloseConnection>(c, Situations.CloseFrameFor(c.Role))),
        (null, Situation.LocalClosing, Trigger.ReceiveViolation, ConnectionState.Closed, c =>
            Reads<CloseConnection>(c, Situations.BadFrameFor(c.Role))),
        (null, Situation.LocalClosing, Trigger.ReceiveEndOfStream, ConnectionState.Closed, c => Ends<CloseConnection>(c)),

        (null, Situation.Connecting, Trigger.Dispose, ConnectionState.Closed, c => c.Dispose()),
        (null, Situation.Open, Trigger.Dispose, ConnectionState.Closed, c => c.Dispose()),
        (null, Situation.RemoteClosing, Trigger.Dispose, ConnectionState.Closed, c => c.Dispose()),
        (null, Situation.LocalClosing, Trigger.Dispose, ConnectionState.Closed, c => c.Dispose()),
        (null, Situation.Closed, Trigger.Dispose, ConnectionState.Closed, c => c.Dispose()),
        (null, Situation.Rejecting, Trigger.Dispose, ConnectionState.Closed, c => c.Dispose()),
    ];

    [Fact]
    public void Messages_are_carried_without_a_move_where_the_rows_say_so()
    {
        foreach (ConnectionState state in Enum.GetValues<ConnectionState>())
        {
            bool moves = StateMachine.Next(state, Trigger.BeginMessage) != state
                || StateMachine.Next(state, Trigger.ContinueMessage) != state;
            Assert.Equal(
                !moves,
                Pairs().Any(pair => StateMachine.StateOf(pair.Sending, pair.Receiving) == state
                    && StateMachine.CarriesMessages(pair.Sending, pair.Receiving)));
        }
    }

    [Fact]
    public void Rows_are_reached_by_real_use_and_lead_where_they_say()
    {
        var reached = new HashSet<(ConnectionState, Trigger, ConnectionState)>();
        foreach ((ConnectionRole? only, Situation situation, Trigger trigger, ConnectionState to, Peer use) in _uses)
        {
            ConnectionRole[] roles = only is { } role ? [role] : [Client, Server];
            foreach (WsConnection connection in roles.Select(r => Situations.Create(r, situation)))
            {
                ConnectionState from = connection.State;
                use(connection);
                Assert.True(connection.State == to, $"{connection.Role} {situation} {trigger}: {connection.State}, not {to}");
                reached.Add((from, trigger, to));
            }
        }

        // The body of this refusal is framed in a way that only its second part breaks.
        using WsConnection client = Situations.Create(Client, Situation.RequestPassed);
        Reads<RejectConnection>(client, Wire.Head("HTTP/1.1 404 ", "Transfer-Encoding: chunked"));
        ConnectionState rejecting = client.State;
        Reads<HandshakeFailed>(client, Wire.Ascii("x\r\n"));
        reached.Add((rejecting, Trigger.ReceiveBadResponse, client.State));

        Assert.Equal(StateMachine.Rows().OrderBy(row => row).ToList(), [.. reached.OrderBy(row => row)]);
    }

    [Fact]
    public void Rows_are_all_pairs_with_a_next_state()
    {
        var rows = StateMachine.Rows().ToDictionary(row => (row.From, row.Trigger), row => row.To);
        foreach (ConnectionState state in Enum.GetValues<ConnectionState>())
        {
            foreach (Trigger trigger in Enum.GetValues<Trigger>())
                Assert.Equal(rows.TryGetValue((state, trigger), out ConnectionState to) ? to : null, StateMachine.Next(state, trigger));
        }
    }

    /// <summary>
    /// What is sent moves the sending half alone, what is read the receiving half alone; so two threads may move one half each.
    /// </summary>
    [Fact]
    public void Triggers_move_one_half_each_and_their_order_does_not_matter()
    {
        foreach ((SendState sending, ReceiveState receiving) in Pairs())
        {
            ConnectionState from = StateMachine.StateOf(sending, receiving);
            foreach (Trigger sent in Range(Trigger.BeginMessage, Trigger.SendClose))
            {
                SendState? next = StateMachine.NextSending(sending, receiving, sent);
                Assert.Equal(StateMachine.Next(from, sent), next is { } known ? StateMachine.StateOf(known, receiving) : null);
            }

            if (!StateMachine.TakesFrames(receiving))
                continue;
            foreach (Trigger read in Range(Trigger.ReceiveClose, Trigger.ReceiveEndOfStream))
            {
                // A half that is broken has no row, as nobody reads on.
                ReceiveState next = StateMachine.NextReceiving(read);
                if (sending != SendState.Broken)
                    Assert.Equal(StateMachine.Next(from, read), StateMachine.StateOf(sending, next));
                foreach (Trigger sent in Range(Trigger.BeginMessage, Trigger.SendClose))
                {
                    // A Close is the only send that moves, and what it leads to is the same whichever half moves first.
                    if (StateMachine.NextSending(sending, receiving, sent) is { } first
                        && StateMachine.NextSending(sending, next, sent) is { } second)
                        Assert.Equal(first, second);
                }
            }
        }
    }

    [Fact]
    public void States_of_an_open_connection_are_pairs_of_halves()
    {
        Assert.Equal(
            [ConnectionState.Open, ConnectionState.RemoteClosing, ConnectionState.LocalClosing, ConnectionState.Closed],
            Pairs().Select(pair => StateMachine.StateOf(pair.Sending, pair.Receiving)).Distinct().Order());
        Assert.All(Pairs().Where(pair => pair.Sending == SendState.Broken || pair.Receiving == ReceiveState.Ended), pair =>
            Assert.Equal(ConnectionState.Closed, StateMachine.StateOf(pair.Sending, pair.Receiving)));
    }

    [Fact]
    public void Closed_is_left_by_nothing() =>
        Assert.All(
            StateMachine.Rows().Where(row => row.From == ConnectionState.Closed),
            row => Assert.Equal((Trigger.Dispose, ConnectionState.Closed), (row.Trigger, row.To)));

    [Fact]
    public void State_moves_when_an_event_is_read_and_not_when_bytes_arrive()
    {
        using WsConnection server = Situations.Create(Server, Situation.Open);
        server.Receive([.. Wire.FrameFor(Server, Opcode.Ping, []), .. Situations.CloseFrameFor(Server)]);
        Assert.Equal(ConnectionState.Open, server.State);
        Assert.True(server.TryReadEvent(out WsEvent? ping));
        Assert.Equal((new Ping(), ConnectionState.Open), (ping, server.State));
        Assert.True(server.TryReadEvent(out WsEvent? close));
        Assert.Equal((Situations.Close, ConnectionState.RemoteClosing), (close, server.State));
        Assert.False(server.TryReadEvent(out WsEvent? none));
        Assert.Null(none);
    }

    private static IEnumerable<(SendState Sending, ReceiveState Receiving)> Pairs() =>
        from sending in Enum.GetValues<SendState>()
        from receiving in Enum.GetValues<ReceiveState>()
        select (sending, receiving);

    private static IEnumerable<Trigger> Range(Trigger first, Trigger last) =>
        Enum.GetValues<Trigger>().Where(trigger => trigger >= first && trigger <= last);

    private static void Reads<T>(WsConnection connection, byte[] bytes) => Assert.IsType<T>(Assert.Single(connection.Read(bytes)));

    private static void Ends<T>(WsConnection connection)
    {
        connection.ReceiveEndOfStream();
        Assert.IsType<T>(Assert.Single(connection.ReadAll()));
    }

    private static void EndsSilently(WsConnection connection)
    {
        connection.ReceiveEndOfStream();
        Assert.Empty(connection.ReadAll());
    }
}
