using System.Text;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>Text is UTF-8 once it is inflated; on the wire it need not be. Pieces of it are delivered as they can be.</summary>
[Trait("RFC", "7692 §6.1")]
public class TextTests
{
    private static byte[] Text(ConnectionRole role, byte[] utf8) => Deflated.First(role, Opcode.Text, Zip.One(utf8));

    /// <summary>Characters of one to four octets, at every place in the inflater's steps of 32 KiB.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [Trait("MUST", "7692-6.1-1")]
    public void Characters_across_steps_of_the_inflater__are_whole(int shift)
    {
        string text = new string('.', shift) + string.Concat(Enumerable.Repeat("aä€𝄞", 4_000));
        byte[] frame = Text(ConnectionRole.Client, Wire.Utf8(text));
        foreach (MessageDelivery delivery in Enum.GetValues<MessageDelivery>())
        {
            ConnectionOutcome outcome = Deflated.Run(
                () => Deflated.Connection(ConnectionRole.Client, options: new() { MessageDelivery = delivery }), frame, 1, 13, 100);
            Assert.Equal(new ConnectionOutcome([new TextMessage(text)], ConnectionState.Open), outcome);
        }
    }

    [Theory]
    [InlineData(ConnectionRole.Client, "ff")]
    [InlineData(ConnectionRole.Server, "61 c0 80 61")]
    [InlineData(ConnectionRole.Client, "ed a0 80")]
    [InlineData(ConnectionRole.Server, "f4 90 80 80")]
    [InlineData(ConnectionRole.Client, "e2 82")]
    [InlineData(ConnectionRole.Server, "61 62 63 f0 9d 84")]
    public void Inflated_text_that_is_not_UTF8__fails_with_1007(ConnectionRole role, string utf8) =>
        Deflated.Fails(
            Cuts.Run(() => Deflated.Connection(role), Text(role, Wire.Hex(utf8))), ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData);

    [Fact]
    public void Inflated_text_that_is_not_UTF8_behind_many_steps__fails_with_1007()
    {
        byte[] utf8 = [.. Wire.Utf8(string.Concat(Enumerable.Repeat("aä€𝄞", 8_000))), 0xFF, .. new byte[1_000]];
        Deflated.Fails(
            Deflated.Run(() => Deflated.Connection(ConnectionRole.Server), Text(ConnectionRole.Server, utf8), 1, 50),
            ProtocolError.InvalidUtf8,
            CloseCode.InvalidPayloadData);
    }

    [Fact]
    public void Invalid_text_is_found_before_its_frame_has_ended()
    {
        using var zip = new Zip();
        byte[] compressed = [.. zip.Flush([0x61, 0xFF]), .. zip.Message(new byte[1_000])];
        byte[] frame = Deflated.First(ConnectionRole.Client, Opcode.Text, compressed);
        using WsConnection client = Deflated.Connection(ConnectionRole.Client);
        var close = Assert.IsType<CloseConnection>(Assert.Single(client.Read(frame[..^4])));
        Assert.Equal(ProtocolError.InvalidUtf8, close.Error);
    }

    /// <summary>The first thing that is wrong names the failure, whatever stands behind it in the same frame.</summary>
    [Theory]
    [InlineData("00 02 00 fd ff 61 ff 07", 100)]
    [InlineData("00 06 00 f9 ff 61 ff 61 61 61 61 00", 4)]
    public void Invalid_text_before_another_fault__fails_as_invalid_text_however_it_is_cut(string compressed, int limit) =>
        Deflated.Fails(
            Cuts.Run(
                () => Deflated.Connection(ConnectionRole.Client, options: new() { MaxMessageSize = limit }),
                Deflated.First(ConnectionRole.Client, Opcode.Text, Wire.Hex(compressed))),
            ProtocolError.InvalidUtf8,
            CloseCode.InvalidPayloadData);

    /// <summary>The octets of one character are spread over messages' frames; each piece that is delivered is whole characters.</summary>
    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Characters_across_fragments__are_whole_in_chunks(ConnectionRole role)
    {
        byte[] utf8 = Wire.Utf8("a€b𝄞c");
        using var zip = new Zip();
        byte[] frames = Wire.Concat(utf8.Select((octet, i) =>
            i == 0 ? Deflated.First(role, Opcode.Text, zip.Flush([octet]), fin: false)
            : i < utf8.Length - 1 ? Deflated.Next(role, zip.Flush([octet]), fin: false)
            : Deflated.Next(role, zip.Message([octet]))));
        var chunks = new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks };
        ConnectionOutcome outcome = Cuts.Run(() => Deflated.Connection(role, options: chunks), frames);
        Assert.Equal(["a", "", "", "€", "b", "", "", "", "𝄞", "c"], outcome.Events.Select(e => ((TextMessage)e).Data));
        Assert.All(outcome.Events, e => Assert.True(((TextMessage)e).FrameFinished));
        Assert.Equal(outcome.Events.Count - 1, outcome.Events.TakeWhile(e => !((TextMessage)e).MessageFinished).Count());
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Chunks_deliver_what_can_be_inflated_as_it_arrives(ConnectionRole role)
    {
        using var zip = new Zip();
        byte[] start = zip.Flush("first"u8.ToArray());
        byte[] frame = Deflated.First(role, Opcode.Binary, [.. start, .. zip.Message("second"u8.ToArray())]);
        int header = role == ConnectionRole.Server ? 6 : 2;
        using WsConnection connection = Deflated.Connection(role, options: new() { MessageDelivery = MessageDelivery.Chunks });
        Assert.Equal(
            [new BytesMessage("first"u8.ToArray()) { FrameFinished = false, MessageFinished = false }],
            connection.Read(frame[..(header + start.Length)]));
        Assert.Equal([new BytesMessage("second"u8.ToArray())], connection.Read(frame[(header + start.Length)..]));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Chunks_count_the_limit_over_the_message(ConnectionRole role)
    {
        byte[] data = Deflated.Noise(1_001);
        using var zip = new Zip();
        byte[] frames =
        [
            .. Deflated.First(role, Opcode.Binary, zip.Flush(data[..1_000]), fin: false),
            .. Deflated.Next(role, zip.Message(data[1_000..])),
        ];
        var options = new WsConnectionOptions { MessageDelivery = MessageDelivery.Chunks, MaxMessageSize = 1_000 };
        foreach (int size in new[] { 1, 100, frames.Length })
        {
            // Octets that inflate to nothing yet are a piece without data, so what is delivered before the failure depends on the cut.
            ConnectionOutcome outcome = Cuts.Feed(() => Deflated.Connection(role, options: options), frames.Chunk(size));
            byte[] delivered = Wire.Concat(outcome.Events.OfType<BytesMessage>().Select(piece => piece.Data.ToArray()));
            Assert.Equal(data[..1_000], delivered);
            Assert.DoesNotContain(outcome.Events, e => e is BytesMessage { MessageFinished: true });
            Deflated.Fails(outcome with { Events = [outcome.Events[^1]] }, ProtocolError.MessageTooBig, CloseCode.MessageTooBig);
        }
    }

    [Fact]
    public void Frames_are_views_of_inflated_text()
    {
        using WsConnection client = Deflated.Connection(ConnectionRole.Client);
        client.Receive(Wire.Hex("41 03 f2 48 cd  80 04 c9 c9 07 00"));
        Assert.True(client.TryReadFrame(out Frame frame));
        Assert.Equal((Opcode.Text, "Hello", true), (frame.Opcode, Encoding.UTF8.GetString(frame.Payload), frame.MessageFinished));
        Assert.False(client.TryReadFrame(out _));
    }
}
