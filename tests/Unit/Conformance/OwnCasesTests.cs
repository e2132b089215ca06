using WsProto.Tests.Framing;

namespace WsProto.Tests.Conformance;

/// <summary>
/// What the community's suite does not run, and no other test here either: closing from our side, and floods through a whole end.
/// </summary>
[Trait("RFC", "6455 §5.5, §7.1")]
public class OwnCasesTests
{
    public static TheoryData<ConnectionRole> Roles => [ConnectionRole.Server, ConnectionRole.Client];

    /// <summary>Its sections 7.2, 7.4, 7.6, 7.8, 7.10 and 7.11, which it names and never runs.</summary>
    [Theory]
    [MemberData(nameof(Roles))]
    public void Both_close__whatever_the_peer_does_then_is_read_as_it_is_and_ends_the_connection(ConnectionRole role)
    {
        (byte[] Answer, CloseConnection Read)[] answers =
        [
            (Wire.CloseFor(role, 1000), new CloseConnection(CloseCode.NormalClosure)),
            (Wire.CloseFor(role, 4999, "why"), new CloseConnection((CloseCode)4999, "why")),
            (Wire.CloseFor(role, null), new CloseConnection(CloseCode.NoStatusReceived)),
            (Wire.CloseFor(role, 1005), new CloseConnection(CloseCode.ProtocolError) { Error = ProtocolError.InvalidCloseCode }),
            (Wire.FrameFor(role, Opcode.Close, [3]),
                new CloseConnection(CloseCode.ProtocolError) { Error = ProtocolError.InvalidClosePayload }),
            (Wire.FrameFor(role, (Opcode)3, []), new CloseConnection(CloseCode.ProtocolError) { Error = ProtocolError.ReservedOpcode }),
            ([], new CloseConnection(CloseCode.AbnormalClosure)),
            ([0x88], new CloseConnection(CloseCode.AbnormalClosure)),
        ];
        foreach (int code in new[] { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999, 1005 })
        {
            foreach ((byte[] answer, CloseConnection expected) in answers)
            {
                ConnectionOutcome outcome = Cuts.Run(
                    () => Closed(role, code), [.. Wire.FrameFor(role, Opcode.Text, "late"u8.ToArray()), .. answer], endOfStream: true);
                Assert.Equal(ConnectionState.Closed, outcome.State);
                Assert.Equal(2, outcome.Events.Count);
                Assert.Equal(new TextMessage("late"), outcome.Events[0]);
                var read = Assert.IsType<CloseConnection>(outcome.Events[1]);
                Assert.Equal(expected, expected.Error is null ? read : read with { Reason = null });
            }
        }
    }

    [Theory]
    [MemberData(nameof(Roles))]
    public void Both_receive_a_flood_of_pings_inside_a_message__each_is_answered_and_no_memory_is_kept(ConnectionRole role)
    {
        var pool = new CountingPool();
        using var connection = WsConnection.Established(role, options: new WsConnectionOptions { Pool = pool });
        Assert.Empty(connection.Read(Wire.FrameFor(role, Opcode.Text, "a"u8.ToArray(), fin: false)));
        byte[] ping = Wire.FrameFor(role, Opcode.Ping, Wire.Repeat(7, 125));
        byte[] flood = Wire.Concat(Enumerable.Repeat(ping, 100));
        for (int i = 0; i < 100; i++)
        {
            IReadOnlyList<WsEvent> events = connection.Read(flood);
            Assert.Equal(100, events.Count);
            Assert.All(
                events,
                e => Assert.Equal(Wire.Repeat(7, 125), WireFrame.Only(connection.Send(Assert.IsType<Ping>(e).Response())).Payload));
        }

        Assert.True(pool.Peak <= 4 * flood.Length, $"{pool.Peak} bytes were out.");
        Assert.Equal([new TextMessage("ab")], connection.Read(Wire.FrameFor(role, Opcode.Continuation, "b"u8.ToArray())));
        Assert.Equal(0, pool.Outstanding);
    }

    private static WsConnection Closed(ConnectionRole role, int code)
    {
        var connection = WsConnection.Established(role);
        byte[] sent = connection.Send(new CloseConnection((CloseCode)code));
        Assert.Equal(Wire.ClosePayload(code == 1005 ? null : code), WireFrame.Only(sent).Payload);
        return connection;
    }
}
