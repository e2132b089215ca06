using System.Buffers;
using System.Text;

namespace WsProto.Tests.Framing;

/// <summary>The path without allocation: views of the connection's own buffer.</summary>
public class TryReadFrameTests
{
    [Theory]
    [BothRoles]
    [Trait("MUST", "6.2-3")]
    public void Both_read_frames_of_every_kind__views_say_what_the_events_would(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, Wire.Utf8("κό"), fin: false),
            Wire.FrameFor(role, Opcode.Ping, [1]),
            Wire.FrameFor(role, Opcode.Continuation, Wire.Utf8("σμε")),
            Wire.FrameFor(role, Opcode.Binary, [2, 3]),
            Wire.FrameFor(role, Opcode.Pong, []),
            Wire.CloseFor(role, 1001, "bye"));
        using WsConnection connection = Ends.Open(role);
        connection.Receive(input);
        Assert.Equal(
            [
                (Opcode.Ping, "01", true, true), (Opcode.Text, Convert.ToHexString(Wire.Utf8("κόσμε")), true, true),
                (Opcode.Binary, "0203", true, true), (Opcode.Pong, "", true, true), (Opcode.Close, "03E9627965", true, true),
            ],
            ReadFrames(connection));
        Assert.Equal(ConnectionState.RemoteClosing, connection.State);
        Assert.False(connection.TryReadEvent(out _));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "6.2-3")]
    public void Both_read_chunks__continuations_have_the_opcode_of_their_message(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, [0xE2], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, [0x82, 0xAC]),
            Wire.FrameFor(role, Opcode.Binary, [1], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, [2, 3])[..^1]);
        using WsConnection connection = Ends.Open(role, Ends.Chunks);
        connection.Receive(input);
        Assert.Equal(
            [
                (Opcode.Text, "", true, false), (Opcode.Text, "E282AC", true, true), (Opcode.Binary, "01", true, false),
                (Opcode.Binary, "02", false, false),
            ],
            ReadFrames(connection));
    }

    [Theory]
    [BothRoles]
    public void Both_read_a_Close__what_comes_behind_it_is_not_kept(ConnectionRole role)
    {
        var pool = new CountingPool();
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        connection.Receive(Wire.CloseFor(role, 1000));
        Assert.True(connection.TryReadFrame(out _));
        connection.Receive(new byte[10_000]);
        Assert.Equal(1, pool.Rented);
    }

    [Theory]
    [BothRoles]
    public void Both_read_a_frame__the_state_is_that_after_it_and_not_yet_that_after_the_next(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        connection.Receive([.. Wire.FrameFor(role, Opcode.Ping, []), .. Wire.CloseFor(role, null)]);
        Assert.True(connection.TryReadFrame(out Frame frame));
        Assert.Equal((Opcode.Ping, ConnectionState.Open), (frame.Opcode, connection.State));
        Assert.True(connection.TryReadFrame(out frame));
        Assert.Equal((Opcode.Close, 0, ConnectionState.RemoteClosing), (frame.Opcode, frame.Payload.Length, connection.State));
        connection.Send(new CloseConnection(CloseCode.NoStatusReceived));
        Assert.Equal(ConnectionState.Closed, connection.State);
    }

    [Theory]
    [BothRoles]
    public void Both_read_a_close_after_their_own__the_connection_is_closed(ConnectionRole role)
    {
        var pool = new CountingPool();
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        connection.Send(new CloseConnection(CloseCode.NormalClosure));
        connection.Receive([.. Wire.CloseFor(role, 1000, "ok"), .. Wire.FrameFor(role, Opcode.Text, Wire.Utf8("late"))]);
        Assert.True(connection.TryReadFrame(out Frame close));
        Assert.Equal("ok", Encoding.ASCII.GetString(close.Payload[2..]));
        Assert.Equal(ConnectionState.Closed, connection.State);
        Assert.False(connection.TryReadFrame(out _));
        Assert.False(connection.TryReadEvent(out _));
        Assert.Equal(0, pool.Outstanding);
    }

    [Theory]
    [BothRoles]
    public void Both_read_a_broken_frame__it_is_left_for_the_next_event(ConnectionRole role)
    {
        var pool = new CountingPool();
        using WsConnection connection = Ends.Open(role, new WsConnectionOptions { Pool = pool });
        connection.Receive(
            [.. Wire.FrameFor(role, Opcode.Ping, []), .. Wire.FrameFor(role, (Opcode)0xB, []), .. Wire.FrameFor(role, Opcode.Ping, [])]);
        Assert.True(connection.TryReadFrame(out _));
        Assert.False(connection.TryReadFrame(out Frame none));
        Assert.True(none.Payload.IsEmpty);
        Assert.Equal(ConnectionState.RemoteClosing, connection.State);
        Assert.Equal(0, pool.Outstanding);
        Assert.False(connection.TryReadFrame(out _));
        Ends.AssertFailure(connection.ReadAll(), ProtocolError.ReservedOpcode);
        Assert.False(connection.TryReadFrame(out _));
    }

    [Theory]
    [BothRoles]
    public void Both_read_the_end_of_the_stream__it_is_left_for_the_next_event(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        connection.Receive(Wire.FrameFor(role, Opcode.Text, Wire.Utf8("last")).AsSpan()[..^1]);
        connection.ReceiveEndOfStream();
        Assert.False(connection.TryReadFrame(out _));
        Assert.Equal(ConnectionState.Closed, connection.State);
        Assert.Equal([new CloseConnection(CloseCode.AbnormalClosure)], connection.ReadAll());
        Assert.False(connection.TryReadFrame(out _));
    }

    [Fact]
    public void Server_reads_frames_before_the_handshake_is_done__there_is_none_and_nothing_is_lost()
    {
        using var server = new WsConnection(ConnectionRole.Server);
        server.Receive([.. Heads.Request(), .. Wire.FrameFor(ConnectionRole.Server, Opcode.Text, Wire.Utf8("early"))]);
        Assert.False(server.TryReadFrame(out _));
        Assert.IsType<Request>(Assert.Single(server.ReadAll()));
        Assert.False(server.TryReadFrame(out _));
        server.Send(new AcceptConnection());
        Assert.True(server.TryReadFrame(out Frame frame));
        Assert.Equal("early", Encoding.ASCII.GetString(frame.Payload));
    }

    [Theory]
    [BothRoles]
    public void Both_read_frames_and_events_in_turn__nothing_is_lost(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        connection.Receive(Wire.Concat("abcd".Select(letter => Wire.FrameFor(role, Opcode.Text, [(byte)letter]))));
        Assert.True(connection.TryReadFrame(out Frame frame));
        Assert.Equal("a", Encoding.ASCII.GetString(frame.Payload));
        Assert.True(connection.TryReadEvent(out WsEvent? e));
        Assert.Equal(new TextMessage("b"), e);
        Assert.True(connection.TryReadFrame(out frame));
        Assert.Equal("c", Encoding.ASCII.GetString(frame.Payload));
        Assert.Equal([new TextMessage("d")], connection.ReadAll());
    }

    /// <summary>The memory that the transport filled is the memory of the view.</summary>
    [Theory]
    [BothRoles]
    public void Both_read_a_message_of_one_frame__it_is_unmasked_where_it_arrived(ConnectionRole role)
    {
        byte[] input = Wire.FrameFor(role, Opcode.Binary, Wire.Repeat(7, 500));
        using WsConnection connection = Ends.Open(role);
        Memory<byte> arrived = connection.ReceiveBuffer.GetMemory(input.Length);
        input.CopyTo(arrived);
        connection.ReceiveBuffer.Advance(input.Length);
        Assert.True(connection.TryReadFrame(out Frame frame));
        Assert.True(frame.Payload.Overlaps(arrived.Span[(input.Length - 500)..input.Length], out int offset));
        Assert.Equal(0, offset);
        Assert.Equal(Wire.Repeat(7, 500), frame.Payload);
    }

    [Theory]
    [BothRoles]
    public void Both_answer_a_frame_that_they_read__the_view_stays_while_they_send(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        connection.Receive(Wire.Concat(Wire.FrameFor(role, Opcode.Ping, [1, 2, 3]), Wire.FrameFor(role, Opcode.Text, Wire.Utf8("more"))));
        Assert.True(connection.TryReadFrame(out Frame frame));
        var output = new ArrayBufferWriter<byte>();
        connection.SendPong(frame.Payload, output);
        connection.SendText("one", output, messageFinished: false);
        connection.SendClose(CloseCode.NormalClosure, "done", output);
        Assert.Equal([1, 2, 3], WireFrame.ReadAll(output.WrittenSpan.ToArray())[0].Payload);
        Assert.Equal([1, 2, 3], frame.Payload.ToArray());
    }

    [Theory]
    [BothRoles("")]
    [BothRoles("ASCII, in one frame")]
    [BothRoles("κόσμε")]
    [BothRoles("café, of which all but one character is ASCII")]
    public void Both_decode_the_text_of_a_frame__whatever_it_is_made_of_and_however_it_came(ConnectionRole role, string text)
    {
        byte[] utf8 = Wire.Utf8(text);
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, utf8),
            Wire.FrameFor(role, Opcode.Text, utf8, fin: false),
            Wire.FrameFor(role, Opcode.Continuation, utf8),
            Wire.FrameFor(role, Opcode.Ping, Wire.Utf8("é")),
            Wire.CloseFor(role, 1001, "café"));
        using WsConnection connection = Ends.Open(role);
        connection.Receive(input);
        foreach (string expected in (string[])[text, text + text, "é"])
        {
            Assert.True(connection.TryReadFrame(out Frame frame));
            Assert.Equal(expected, frame.GetText());
        }

        Assert.True(connection.TryReadFrame(out Frame close));
        Assert.Equal((CloseCode.GoingAway, "café"), close.GetClose());
    }

    [Theory]
    [BothRoles]
    public void Both_read_a_message_in_fragments__the_view_is_contiguous(ConnectionRole role)
    {
        byte[] input = Wire.Concat(Enumerable.Range(0, 100)
            .Select(i => Wire.FrameFor(role, i == 0 ? Opcode.Binary : Opcode.Continuation, Wire.Repeat((byte)i, i), fin: i == 99)));
        byte[] expected = Wire.Concat(Enumerable.Range(0, 100).Select(i => Wire.Repeat((byte)i, i)));
        foreach (int size in (int[])[1, 7, 100, 4096, input.Length])
        {
            using WsConnection connection = Ends.Open(role);
            bool read = false;
            foreach (byte[] piece in input.Chunk(size))
            {
                Assert.False(read);
                connection.Receive(piece);
                read = connection.TryReadFrame(out Frame frame);
                Assert.Equal(read ? expected : [], frame.Payload);
            }

            Assert.True(read);
        }
    }

    private static List<(Opcode Opcode, string Payload, bool FrameFinished, bool MessageFinished)> ReadFrames(WsConnection connection)
    {
        var frames = new List<(Opcode, string, bool, bool)>();
        while (connection.TryReadFrame(out Frame frame))
            frames.Add((frame.Opcode, Convert.ToHexString(frame.Payload), frame.FrameFinished, frame.MessageFinished));
        return frames;
    }
}
