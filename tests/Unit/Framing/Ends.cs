using System.Buffers;

namespace WsProto.Tests.Framing;

/// <summary>An open end of either role, and what is expected of it.</summary>
internal static class Ends
{
    public static readonly WsConnectionOptions Chunks = new() { MessageDelivery = MessageDelivery.Chunks };

    public static WsConnection Open(ConnectionRole role, WsConnectionOptions? options = null) =>
        WsConnection.Established(role, options: options);

    /// <summary>These bytes, however cut, give these events and leave the connection open.</summary>
    public static void Expect(ConnectionRole role, byte[] input, params WsEvent[] events) =>
        Cuts.Expect(() => Open(role), input, ConnectionState.Open, events);

    /// <summary>
    /// These bytes, however cut, give the events <paramref name="before"/> and then one <see cref="CloseConnection"/> with the error and
    /// the code; good frames after them give nothing.
    /// </summary>
    public static void ExpectFailure(
        ConnectionRole role, byte[] input, ProtocolError error, CloseCode code = CloseCode.ProtocolError,
        WsConnectionOptions? options = null, params WsEvent[] before)
    {
        byte[] after = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, Wire.Utf8("late")), Wire.FrameFor(role, Opcode.Ping, []), Wire.CloseFor(role, 1000));
        foreach (byte[] bytes in new[] { input, [.. input, .. after] })
        {
            ConnectionOutcome outcome = Cuts.Run(() => Open(role, options), bytes);
            Assert.Equal(ConnectionState.RemoteClosing, outcome.State);
            AssertFailure(outcome.Events, error, code, before);
        }
    }

    /// <summary>Compares all but the words of the reason.</summary>
    public static void AssertFailure(
        IReadOnlyList<WsEvent> events, ProtocolError error, CloseCode code = CloseCode.ProtocolError, params WsEvent[] before)
    {
        Assert.Equal(before, events.Take(before.Length));
        var close = Assert.IsType<CloseConnection>(Assert.Single(events.Skip(before.Length)));
        Assert.Equal(new CloseConnection(code) { Error = error }, close with { Reason = null });
    }

    /// <summary>Nothing is written, and the state stays.</summary>
    public static void AssertRefused<TException>(WsConnection connection, Action<ArrayBufferWriter<byte>> send)
        where TException : Exception
    {
        ConnectionState state = connection.State;
        var output = new ArrayBufferWriter<byte>();
        Assert.ThrowsAny<TException>(() => send(output));
        Assert.Equal(0, output.WrittenCount);
        Assert.Equal(state, connection.State);
    }
}
