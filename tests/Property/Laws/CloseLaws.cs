namespace WsProto.Tests.Laws;

/// <summary>Codes and reasons of a Close.</summary>
[Trait("RFC", "6455 §7.4")]
public class CloseLaws
{
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "5.5.1-1")]
    [Trait("MUST", "7.4.1-1")]
    [Trait("MUST", "7.4.1-2")]
    [Trait("MUST", "7.4.1-3")]
    [Trait("Register", "C19")]
    public void Each_code_received_is_what_the_registry_makes_of_it(ConnectionRole role)
    {
        for (int code = 0; code <= 65535; code++)
        {
            using var connection = WsConnection.Established(role);
            CloseConnection close = Assert.IsType<CloseConnection>(Assert.Single(connection.Read(Wire.CloseFor(role, code))));
            CloseConnection expected = Closes.MayBeOnTheWire(code)
                ? new CloseConnection((CloseCode)code)
                : new CloseConnection(CloseCode.ProtocolError, close.Reason) { Error = ProtocolError.InvalidCloseCode };
            Assert.Equal(expected, close);
            Assert.Equal(ConnectionState.RemoteClosing, connection.State);
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    [Trait("MUST", "7.4.1-1")]
    [Trait("MUST", "7.4.1-2")]
    [Trait("MUST", "7.4.1-3")]
    [Trait("Register", "C20")]
    public void Each_code_sent_is_on_the_wire_or_refused(ConnectionRole role)
    {
        for (int code = 0; code <= 65535; code++)
        {
            using var connection = WsConnection.Established(role);
            var output = new System.Buffers.ArrayBufferWriter<byte>(16);
            bool isAllowed = code == 1005 || (Closes.MayBeOnTheWire(code) && (code != 1010 || role == ConnectionRole.Client));
            if (isAllowed)
            {
                connection.Send(new CloseConnection((CloseCode)code), output);
                WireFrame frame = Assert.Single(WireFrame.Parse(output.WrittenSpan.ToArray(), role) ?? []);
                Assert.Equal((Opcode.Close, true), (frame.Opcode, frame.Fin));
                Assert.Equal(Wire.ClosePayload(code == 1005 ? null : code), frame.Payload);
                Assert.Equal(ConnectionState.LocalClosing, connection.State);
            }
            else
            {
                Assert.Throws<ArgumentOutOfRangeException>(() => connection.Send(new CloseConnection((CloseCode)code), output));
                Assert.Equal(0, output.WrittenCount);
                Assert.Equal(ConnectionState.Open, connection.State);
            }
        }
    }

    [Fact]
    [Trait("MUST", "7.1.2-1")]
    public void A_close_arrives_with_its_code_and_what_fits_of_its_reason() => Law.Holds(Closes.Arbitrary, Law.Usual, close =>
    {
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            using Link link = Link.Established();
            Assert.Equal([close with { Reason = Closes.Arriving(close.Reason) }], link.Send(role, close));
            Assert.Equal((ConnectionState.LocalClosing, ConnectionState.RemoteClosing), (link[role].State, link.PeerOf(role).State));
        }
    });

    [Fact]
    [Trait("MUST", "5.5.1-5")]
    public void The_response_to_any_close_can_be_sent_and_ends_both_sides() => Law.Holds(Closes.Arbitrary, Law.Usual, close =>
    {
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            using Link link = Link.Established();
            var received = (CloseConnection)Assert.Single(link.Send(role, close));
            ConnectionRole other = role == ConnectionRole.Client ? ConnectionRole.Server : ConnectionRole.Client;
            var answered = (CloseConnection)Assert.Single(link.Send(other, received.Response()));
            Assert.Equal((close.Code, null), (answered.Code, answered.Error));
            Assert.Equal((ConnectionState.Closed, ConnectionState.Closed), (link.Client.State, link.Server.State));
        }
    });
}
