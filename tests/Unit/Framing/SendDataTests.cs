using System.Buffers;
using System.Text;

namespace WsProto.Tests.Framing;

/// <summary>Messages as they are sent.</summary>
[Trait("RFC", "6455 §5.6, §6.1")]
public class SendDataTests
{
    private static readonly WsConnectionOptions _fixed = new() { Random = Rand.Fixed(Wire.Key) };

    [Fact]
    [Trait("MUST", "6.1-1")]
    public void Server_sends_the_messages_of_the_examples__bytes_are_as_printed_there()
    {
        using WsConnection server = Ends.Open(ConnectionRole.Server);
        byte[] small = Enumerable.Range(0, 256).Select(i => (byte)i).ToArray();
        byte[] large = Wire.Repeat(0x5A, 65536);
        Assert.Equal(Wire.Hex("81 05 48 65 6c 6c 6f"), server.Send(new TextMessage("Hello")));
        Assert.Equal(Wire.Hex("01 03 48 65 6c"), server.Send(new TextMessage("Hel") { MessageFinished = false }));
        Assert.Equal(Wire.Hex("80 02 6c 6f"), server.Send(new TextMessage("lo")));
        Assert.Equal([.. Wire.Hex("82 7E 0100"), .. small], server.Send(new BytesMessage(small)));
        Assert.Equal([.. Wire.Hex("82 7F 0000000000010000"), .. large], server.Send(new BytesMessage(large)));
    }

    [Theory]
    [BothRoles]
    public void Both_send_bytes_of_every_length_that_has_a_way_of_its_own__the_payload_arrives_in_order(ConnectionRole role)
    {
        foreach (int length in (int[])
        [
            0, 1, 7, 15, 16, 32, 33, 64, 65, 125, 126, 128, 129, 2047, 2048, 2049, 4096, 4097, 10_000, 65_535, 65_536, 65_537, 200_000,
        ])
        {
            byte[] payload = [.. Enumerable.Range(0, length).Select(i => (byte)((i * 7) ^ (i >> 8)))];
            using WsConnection connection = Ends.Open(role, _fixed);
            Assert.Equal(
                role == ConnectionRole.Server ? Wire.Frame(Opcode.Binary, payload) : Wire.Frame(Opcode.Binary, payload, key: Wire.Key),
                connection.Send(new BytesMessage(payload)));
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Server, "82 0D")]
    [InlineData(ConnectionRole.Client, "82 8D 37FA213D")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_single_short_binary_data")]
    public void Both_send_bytes__in_one_final_binary_frame(ConnectionRole role, string head)
    {
        byte[] payload = Wire.Ascii("it's all just");
        using WsConnection connection = Ends.Open(role, _fixed);
        Assert.Equal(OnTheWire(role, head, payload), connection.Send(new BytesMessage(payload)));
    }

    [Theory]
    [InlineData(ConnectionRole.Server, "81 04")]
    [InlineData(ConnectionRole.Client, "81 84 37FA213D")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_single_short_text_data")]
    public void Both_send_text__in_one_final_text_frame_of_its_length_in_utf8(ConnectionRole role, string head)
    {
        using WsConnection connection = Ends.Open(role, _fixed);
        byte[] expected = OnTheWire(role, head, Wire.Utf8("😃"));
        Assert.Equal(expected, connection.Send(new TextMessage("😃")));
        Assert.Equal(expected, Written(output => connection.SendText("😃", output)));
        Assert.Equal(expected, Written(output => connection.SendText("😃"u8, output)));
    }

    [Theory]
    [InlineData(ConnectionRole.Server, "02 02 0102", "80 01 03")]
    [InlineData(ConnectionRole.Client, "02 82 37FA213D 36F8", "80 81 37FA213D 34")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_multiple_short_binary_data")]
    [Trait("MUST", "6.1-5")]
    [Trait("MUST", "6.1-6")]
    [Trait("MUST", "6.1-7")]
    public void Both_send_bytes_in_two_frames__the_second_is_the_final_continuation(ConnectionRole role, string first, string second)
    {
        using WsConnection connection = Ends.Open(role, _fixed);
        Assert.Equal(Wire.Hex(first), connection.Send(new BytesMessage(new byte[] { 1, 2 }) { MessageFinished = false }));
        Assert.Equal(Wire.Hex(second), connection.Send(new BytesMessage(new byte[] { 3 })));
        Assert.Equal(Wire.Hex(first), Written(output => connection.SendBytes([1, 2], output, messageFinished: false)));
        Assert.Equal(Wire.Hex(second), Written(output => connection.SendBytes([3], output)));
    }

    [Theory]
    [InlineData(ConnectionRole.Server, "01 02 4869", "80 01 21")]
    [InlineData(ConnectionRole.Client, "01 82 37FA213D 7F93", "80 81 37FA213D 16")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_multiple_short_text_data")]
    [Trait("MUST", "6.1-5")]
    [Trait("MUST", "6.1-6")]
    [Trait("MUST", "6.1-7")]
    public void Both_send_text_in_two_frames__the_second_is_the_final_continuation(ConnectionRole role, string first, string second)
    {
        using WsConnection connection = Ends.Open(role, _fixed);
        Assert.Equal(Wire.Hex(first), connection.Send(new TextMessage("Hi") { MessageFinished = false }));
        Assert.Equal(Wire.Hex(second), connection.Send(new TextMessage("!")));
        Assert.Equal(Wire.Hex(first), Written(output => connection.SendText("Hi", output, messageFinished: false)));
        Assert.Equal(Wire.Hex(second), Written(output => connection.SendText("!", output)));
        Assert.Equal(Wire.Hex(first), Written(output => connection.SendText("Hi"u8, output, messageFinished: false)));
        Assert.Equal(Wire.Hex(second), Written(output => connection.SendText("!"u8, output)));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "6.1-5")]
    [Trait("MUST", "6.1-6")]
    public void Both_send_three_frames_and_an_empty_last_one__only_that_is_final(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        Message[] pieces =
        [
            new TextMessage("") { MessageFinished = false }, new TextMessage("a") { MessageFinished = false }, new TextMessage(""),
            new BytesMessage(new byte[1]),
        ];
        List<WireFrame> frames = WireFrame.ReadAll([.. pieces.SelectMany(connection.Send)]);
        Assert.Equal(
            [(false, Opcode.Text, 0), (false, Opcode.Continuation, 1), (true, Opcode.Continuation, 0), (true, Opcode.Binary, 1)],
            frames.Select(frame => (frame.Fin, frame.Opcode, frame.Payload.Length)));
    }

    [Fact]
    [Trait("MUST", "6.1-7")]
    public void Client_sends_three_fragments__each_has_its_own_key_from_its_first_byte_on()
    {
        byte next = 0;
        var options = new WsConnectionOptions
        {
            Random = destination =>
            {
                foreach (ref byte b in destination)
                    b = next++;
            },
        };
        using WsConnection client = Ends.Open(ConnectionRole.Client, options);
        Assert.Equal(Wire.Hex("02 83 00010203 000102"), Written(output => client.SendBytes([0, 0, 0], output, messageFinished: false)));
        Assert.Equal(Wire.Hex("00 83 04050607 040506"), Written(output => client.SendBytes([0, 0, 0], output, messageFinished: false)));
        Assert.Equal(Wire.Hex("80 83 08090A0B 08090A"), Written(output => client.SendBytes([0, 0, 0], output)));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "5.4-4")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_mismatched_data_messages1")]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_mismatched_data_messages2")]
    public void Both_send_the_other_kind_inside_an_open_message__refuse_it(ConnectionRole role)
    {
        using WsConnection text = Ends.Open(role);
        text.Send(new TextMessage("open") { MessageFinished = false });
        Ends.AssertRefused<LocalProtocolException>(text, output => text.Send(new BytesMessage(new byte[1]), output));
        Ends.AssertRefused<LocalProtocolException>(text, output => text.SendBytes([1], output, messageFinished: false));
        Assert.False(text.CanSend(new BytesMessage(new byte[1])));
        Assert.Equal(Opcode.Continuation, WireFrame.Only(text.Send(new TextMessage("end"))).Opcode);

        using WsConnection bytes = Ends.Open(role);
        bytes.Send(new BytesMessage(new byte[1]) { MessageFinished = false });
        Ends.AssertRefused<LocalProtocolException>(bytes, output => bytes.Send(new TextMessage("no"), output));
        Ends.AssertRefused<LocalProtocolException>(bytes, output => bytes.SendText("no"u8, output));
        Assert.False(bytes.CanSend(new TextMessage("no")));
        Assert.Equal(Opcode.Continuation, WireFrame.Only(bytes.Send(new BytesMessage(new byte[1]))).Opcode);
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestFrameProtocolSend::test_data_we_have_no_idea_what_to_do_with")]
    public void Both_send_what_is_neither_text_nor_bytes__refuse_it(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        Ends.AssertRefused<ArgumentNullException>(connection, output => connection.Send(null!, output));
        Ends.AssertRefused<ArgumentNullException>(connection, output => connection.Send(new TextMessage(null!), output));
        Assert.Throws<ArgumentNullException>(() => connection.Send(new TextMessage("a"), null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendText("a", null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendText("a"u8, null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendBytes([], null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendPing([], null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendPong([], null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendClose(CloseCode.NormalClosure, "", null!));
        Assert.Equal(ConnectionState.Open, connection.State);
    }

    [Theory]
    [BothRoles(65_536)]
    [BothRoles(65_537)]
    [BothRoles(131_072)]
    [BothRoles(300_001)]
    public void Both_send_large_bytes__no_span_larger_than_a_step_is_asked_for(ConnectionRole role, int length)
    {
        byte[] payload = Enumerable.Range(0, length).Select(i => (byte)(i * 31)).ToArray();
        using WsConnection connection = Ends.Open(role);
        var output = new StuffedWriter();
        connection.SendBytes(payload, output);
        Assert.Equal(payload, WireFrame.Only(output.Written).Payload);
        Assert.InRange(output.LargestHint, 1, (64 * 1024) + 14);
    }

    [Theory]
    [BothRoles(0)]
    [BothRoles(125)]
    [BothRoles(126)]
    [BothRoles(65_535)]
    [BothRoles(65_536)]
    public void Both_send_what_fits_into_a_step__ask_for_the_size_of_the_frame(ConnectionRole role, int length)
    {
        using WsConnection connection = Ends.Open(role);
        var bytes = new StuffedWriter();
        connection.SendBytes(new byte[length], bytes);
        Assert.Equal(bytes.Written.Length, bytes.LargestHint);
        var text = new StuffedWriter();
        connection.SendText(new string('a', length), text);
        Assert.Equal(text.Written.Length, text.LargestHint);
    }

    /// <summary>Spans from the writer are full of other bytes and longer than asked for.</summary>
    [Theory]
    [BothRoles]
    [Trait("Register", "S38")]
    public void Both_send_frames_of_every_kind__each_byte_written_comes_from_the_input(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role, _fixed with { Pool = new CountingPool() });
        var output = new StuffedWriter();
        connection.SendText("text", output, messageFinished: false);
        connection.SendPing([1, 2], output);
        connection.SendText("τέλος"u8, output);
        connection.SendBytes(new byte[300], output);
        connection.SendPong([], output);
        connection.SendClose(CloseCode.NormalClosure, "bye", output);
        List<WireFrame> frames = WireFrame.ReadAll(output.Written);
        byte[][] payloads = [Wire.Utf8("text"), [1, 2], Wire.Utf8("τέλος"), new byte[300], [], Wire.ClosePayload(1000, "bye")];
        Assert.Equal(payloads, frames.Select(frame => frame.Payload));
        Assert.All(frames, frame => Assert.Equal(role == ConnectionRole.Client ? Wire.Key : null, frame.Key));
    }

    [Theory]
    [BothRoles]
    [Trait("MUST", "6.1-2")]
    public void Both_begin_a_message_in_a_state_other_than_open__refuse_it(ConnectionRole role)
    {
        using var connecting = new WsConnection(role);
        using WsConnection localClosing = Ends.Open(role);
        localClosing.Send(new CloseConnection(CloseCode.NormalClosure));
        using WsConnection remoteClosing = Ends.Open(role);
        remoteClosing.Read(Wire.CloseFor(role, 1000));
        using WsConnection closed = Ends.Open(role);
        closed.Read(Wire.CloseFor(role, 1000));
        closed.Send(new CloseConnection(CloseCode.NormalClosure));
        Assert.Equal(
            [ConnectionState.Connecting, ConnectionState.LocalClosing, ConnectionState.RemoteClosing, ConnectionState.Closed],
            new[] { connecting, localClosing, remoteClosing, closed }.Select(connection => connection.State));

        foreach (WsConnection connection in new[] { connecting, localClosing, remoteClosing, closed })
        {
            Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendText("a", output));
            Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendText("a"u8, output));
            Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendBytes([1], output));
            Ends.AssertRefused<LocalProtocolException>(connection, output => connection.SendPing([], output));
            Assert.False(connection.CanSend(new TextMessage("a")));
            Assert.False(connection.CanSend(new BytesMessage(new byte[1])));
            Assert.False(connection.CanSend(new Ping()));
        }

        using WsConnection open = Ends.Open(role);
        Assert.True(open.CanSend(new TextMessage("a")));
        Assert.Equal("a", Encoding.ASCII.GetString(WireFrame.Only(open.Send(new TextMessage("a"))).Payload));
    }

    private static byte[] OnTheWire(ConnectionRole role, string head, byte[] payload) =>
        [.. Wire.Hex(head), .. role == ConnectionRole.Client ? Wire.Mask(payload, Wire.Key) : payload];

    private static byte[] Written(Action<ArrayBufferWriter<byte>> send)
    {
        var output = new ArrayBufferWriter<byte>();
        send(output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Gives spans of 0xCC, each in new memory and larger than asked for, and notes the largest request.</summary>
    private sealed class StuffedWriter : IBufferWriter<byte>
    {
        private readonly List<byte> _written = [];
        private byte[] _lent = [];

        public byte[] Written => [.. _written];

        public int LargestHint { get; private set; }

        public void Advance(int count) => _written.AddRange(_lent[..count]);

        public Memory<byte> GetMemory(int sizeHint = 0)
        {
            LargestHint = Math.Max(LargestHint, sizeHint);
            _lent = Wire.Repeat(0xCC, sizeHint + 100);
            return _lent;
        }

        public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;
    }
}
