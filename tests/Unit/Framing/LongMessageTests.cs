using WsProto.Tests.Extensions.Deflate;

namespace WsProto.Tests.Framing;

/// <summary><see cref="WsConnectionOptions.MaxWholeMessageSize"/>: small messages are whole, long ones come in pieces.</summary>
public class LongMessageTests
{
    private const int Most = 300;

    private static readonly WsConnectionOptions _mixed = new() { MaxWholeMessageSize = Most };

    [Theory]
    [BothRoles]
    public void Message_of_the_size_is_whole__one_byte_more_comes_as_it_arrives(ConnectionRole role)
    {
        byte[] data = Deflated.Noise(Most + 1);
        using WsConnection connection = Ends.Open(role, _mixed);
        byte[] small = Wire.FrameFor(role, Opcode.Binary, data[..Most]);
        Assert.Empty(connection.Read(small[..^1]));
        Assert.Equal([Bytes(data[..Most])], connection.Read(small[^1..]));

        byte[] large = Wire.FrameFor(role, Opcode.Binary, data);
        Assert.Equal([Piece(data[..^1])], connection.Read(large[..^1]));
        Assert.Equal([Bytes(data[^1..])], connection.Read(large[^1..]));
    }

    [Theory]
    [BothRoles]
    public void What_is_delivered_is_the_same_however_it_is_cut(ConnectionRole role)
    {
        string text = string.Concat(Enumerable.Repeat("a€𝄞", Most));
        byte[] utf8 = Wire.Utf8(text);
        byte[] small = Deflated.Noise(Most);
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Binary, small),
            Wire.FrameFor(role, Opcode.Text, utf8),
            Wire.FrameFor(role, Opcode.Text, utf8[..1], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, [], fin: false),
            Wire.FrameFor(role, Opcode.Ping, []),
            Wire.FrameFor(role, Opcode.Continuation, utf8[1..8]),
            Wire.FrameFor(role, Opcode.Binary, []));
        Cuts.Expect(
            () => Ends.Open(role, _mixed),
            input,
            ConnectionState.Open,
            new BytesMessage(small),
            new TextMessage(text),
            new Ping(),
            new TextMessage("a€𝄞"),
            new BytesMessage(Array.Empty<byte>()));
    }

    /// <summary>What was kept of a message comes with the frame that makes it long; from then on each frame comes by itself.</summary>
    [Theory]
    [BothRoles]
    public void Fragments_are_kept_until_one_makes_the_message_long(ConnectionRole role)
    {
        byte[] data = Deflated.Noise(Most + 20);
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Binary, data[..100], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, data[100..Most], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, data[Most..(Most + 1)], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, data[(Most + 1)..(Most + 10)], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, data[(Most + 10)..]),
            Wire.FrameFor(role, Opcode.Binary, data[..1], fin: false),
            Wire.FrameFor(role, Opcode.Continuation, data[1..2]));
        Cuts.Expect(
            () => Ends.Open(role, _mixed),
            input,
            ConnectionState.Open,
            Bytes(data[..(Most + 1)]) with { MessageFinished = false },
            Bytes(data[(Most + 1)..(Most + 10)]) with { MessageFinished = false },
            Bytes(data[(Most + 10)..]),
            Bytes(data[..2]));
    }

    [Theory]
    [BothRoles]
    public void Limit_of_a_message_applies_to_long_ones_too(ConnectionRole role)
    {
        byte[] data = Deflated.Noise(1_000);
        Ends.ExpectFailure(
            role,
            Wire.Concat(Wire.FrameFor(role, Opcode.Binary, data, fin: false), Wire.FrameFor(role, Opcode.Continuation, [1])),
            ProtocolError.MessageTooBig,
            CloseCode.MessageTooBig,
            _mixed with { MaxMessageSize = 1_000 },
            new BytesMessage(data) { MessageFinished = false });
    }

    [Theory]
    [BothRoles]
    public void Text_that_is_not_utf8_fails_where_it_is(ConnectionRole role)
    {
        byte[] text = [.. Wire.Repeat((byte)'a', Most), 0xFF, (byte)'b'];
        using WsConnection connection = Ends.Open(role, _mixed);
        byte[] frame = Wire.FrameFor(role, Opcode.Text, text);
        Assert.Equal(
            [new TextMessage(new string('a', Most)) { FrameFinished = false, MessageFinished = false }],
            connection.Read(frame[..^2]));
        Ends.AssertFailure(connection.Read(frame[^2..^1]), ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);
    }

    [Theory]
    [BothRoles]
    public void What_inflates_to_the_size_is_whole__one_byte_more_comes_in_pieces(ConnectionRole role)
    {
        byte[] data = Deflated.Noise(Most + 1);
        using var zip = new Zip();
        byte[] input = Wire.Concat(
            Deflated.First(role, Opcode.Binary, zip.Flush(data[..100]), fin: false),
            Deflated.Next(role, zip.Message(data[100..Most])),
            Deflated.First(role, Opcode.Binary, zip.Flush(data[..Most]), fin: false),
            Deflated.Next(role, zip.Flush(data[Most..]), fin: false),
            Deflated.Next(role, zip.Message([1])),
            Deflated.First(role, Opcode.Binary, zip.Message([2])));
        ConnectionOutcome outcome = Cuts.Run(() => Deflated.Connection(role, options: _mixed), input);
        Assert.Equal(
            [
                Bytes(data[..Most]),
                new BytesMessage(data) { MessageFinished = false },
                new BytesMessage(new byte[] { 1 }),
                new BytesMessage(new byte[] { 2 }),
            ],
            outcome.Events);
    }

    /// <summary>A whole frame of a bomb is here at once. 1,024 octets of it become a piece before the next are inflated.</summary>
    [Theory]
    [BothRoles]
    public void Bomb_is_read_in_bounded_pieces(ConnectionRole role)
    {
        using var zip = new Zip();
        byte[] bomb = Deflated.First(role, Opcode.Binary, zip.Message(new byte[64 << 20]));
        using WsConnection connection = Deflated.Connection(role, options: _mixed with { MaxMessageSize = null });
        connection.Receive(bomb);
        long total = 0;
        bool isFinished = false;
        while (connection.TryReadFrame(out Frame frame))
        {
            Assert.InRange(frame.Payload.Length, 0, (2 << 20) + Most);
            total += frame.Payload.Length;
            isFinished = frame.MessageFinished;
        }

        Assert.Equal((64 << 20, true), (total, isFinished));
    }

    /// <summary>All of a message is here; only the last of many steps makes it end.</summary>
    [Theory]
    [BothRoles]
    public void Compressed_message_that_is_small_is_whole_in_one_read(ConnectionRole role)
    {
        byte[] data = Deflated.Noise(10_000);
        using var zip = new Zip();
        using WsConnection connection = Deflated.Connection(role, options: new() { MaxWholeMessageSize = 10_000 });
        Assert.Equal([new BytesMessage(data)], connection.Read(Deflated.First(role, Opcode.Binary, zip.Message(data))));
    }

    private static BytesMessage Bytes(byte[] data) => new(data);

    private static BytesMessage Piece(byte[] data) => new(data) { FrameFinished = false, MessageFinished = false };
}
