using System.Buffers;
using System.Runtime.InteropServices;
using WsProto.Extensions;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests;

/// <summary>One message for many connections.</summary>
public class PreparedMessageTests
{
    private static readonly PreparedMessage _text = PreparedMessage.FromText("Grüße 😀");
    private static readonly PreparedMessage _bytes = PreparedMessage.FromBytes([1, 2, 3]);

    [Fact]
    public void It_holds_what_it_was_made_of()
    {
        Assert.Equal((Opcode.Text, Opcode.Binary), (_text.Kind, _bytes.Kind));
        Assert.Equal(Wire.Utf8("Grüße 😀"), _text.Payload.ToArray());
        Assert.Equal([1, 2, 3], _bytes.Payload.ToArray());
        Assert.ThrowsAny<ArgumentException>(() => PreparedMessage.FromText("\uD800"));
    }

    [Fact]
    public void Servers_send_the_very_same_bytes()
    {
        using WsConnection one = WsConnection.Established(ConnectionRole.Server);
        using WsConnection other = WsConnection.Established(ConnectionRole.Server);
        Assert.Equal(Wire.Hex("82 03 010203"), one.SendPrepared(_bytes).ToArray());
        Assert.True(MemoryMarshal.TryGetArray(one.SendPrepared(_text), out ArraySegment<byte> a));
        Assert.True(MemoryMarshal.TryGetArray(other.SendPrepared(_text), out ArraySegment<byte> b));
        Assert.Same(a.Array, b.Array);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("Grüße 😀")]
    public void Text_is_the_same_from_chars_and_from_UTF_8(string text)
    {
        byte[] utf8 = Wire.Utf8(text);
        PreparedMessage message = PreparedMessage.FromUtf8(utf8);
        Assert.Equal(Opcode.Text, message.Kind);
        Assert.Equal(PreparedMessage.FromText(text).Frame.ToArray(), message.Frame.ToArray());
        utf8.AsSpan().Clear();
        Assert.Equal(Wire.Utf8(text), message.Payload.ToArray());
    }

    [Theory]
    [InlineData("FF")]
    [InlineData("C3")]
    [InlineData("61 F09F98")]
    [InlineData("EDA080")]
    [Trait("RFC", "6455 §5.6")]
    public void Text_that_is_not_whole_characters_in_UTF_8_is_refused(string hex) =>
        Assert.Throws<ArgumentException>("utf8", () => PreparedMessage.FromUtf8(Wire.Hex(hex)));

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Both_send_it_in_either_way__the_peer_reads_the_message(ConnectionRole role)
    {
        using var link = Link.Established();
        foreach ((PreparedMessage message, WsEvent e) in new (PreparedMessage, WsEvent)[]
        {
            (_text, new TextMessage("Grüße 😀")), (_bytes, new BytesMessage(new byte[] { 1, 2, 3 })),
        })
        {
            var output = new ArrayBufferWriter<byte>();
            link[role].SendPrepared(message, output);
            Assert.Equal([e], link.PeerOf(role).Read(output.WrittenSpan.ToArray()));
            Assert.Equal([e], link.PeerOf(role).Read(link[role].SendPrepared(message).ToArray()));
        }
    }

    [Fact]
    public void An_extension_is_applied_to_it()
    {
        using WsConnection server = WsConnection.Established(ConnectionRole.Server, [new TagCodec()]);
        Assert.Equal(Wire.Hex("82 04 010203 23"), server.SendPrepared(_bytes).ToArray());
    }

    [Fact]
    [Trait("RFC", "7692 §7.1.1.1")]
    public void Servers_that_keep_no_history_compress_it_once_for_each_setting()
    {
        var large = new PerMessageDeflate { ServerNoContextTakeover = true };
        var small = new PerMessageDeflate { ServerNoContextTakeover = true, ServerMaxWindowBits = 9 };
        PreparedMessage message = PreparedMessage.FromText(string.Concat(Enumerable.Repeat("to whom it may concern ", 100)));
        foreach (PerMessageDeflate settings in (PerMessageDeflate[])[large, small, large, small])
        {
            using var link = Deflating(settings);
            using var other = Deflating(settings);
            Assert.True(MemoryMarshal.TryGetArray(link.Server.SendPrepared(message), out ArraySegment<byte> a));
            Assert.True(MemoryMarshal.TryGetArray(other.Server.SendPrepared(message), out ArraySegment<byte> b));
            Assert.Same(a.Array, b.Array);
            Assert.InRange(a.Count, 3, message.Payload.Length / 10);
            Assert.Equal([new TextMessage(string.Concat(Enumerable.Repeat("to whom it may concern ", 100)))], link.Client.Read([.. a]));
            Assert.Equal([new TextMessage("next")], link.Send(ConnectionRole.Server, new TextMessage("next")));
            var output = new ArrayBufferWriter<byte>();
            other.Server.SendPrepared(message, output);
            Assert.Equal([.. a], output.WrittenSpan.ToArray());
        }
    }

    [Fact]
    public void Servers_that_make_their_settings_anew_for_each_connection_share_it_too_and_others_do_not()
    {
        PreparedMessage message = PreparedMessage.FromBytes(Wire.Repeat(7, 1000));
        byte[]? first = null;
        foreach ((int level, int memory, int threshold, int window, bool shares) in ((int, int, int, int, bool)[])
            [
                (6, 8, 0, 15, true), (6, 8, 0, 15, true), (5, 8, 0, 15, false), (6, 7, 0, 15, false), (6, 8, 1, 15, false),
                (6, 8, 0, 14, false),
            ])
        {
            using var link = Deflating(new PerMessageDeflate
            {
                ServerNoContextTakeover = true,
                CompressionLevel = level,
                MemoryLevel = memory,
                MinCompressedSize = threshold,
                ServerMaxWindowBits = window,
            });
            Assert.True(MemoryMarshal.TryGetArray(link.Server.SendPrepared(message), out ArraySegment<byte> frame));
            first ??= frame.Array;
            Assert.Equal(shares, ReferenceEquals(first, frame.Array));
        }
    }

    [Fact]
    [Trait("RFC", "7692 §7.1.1.1")]
    public void Servers_with_a_history_and_clients_compress_it_anew_each_time()
    {
        PreparedMessage message = PreparedMessage.FromBytes(Wire.Repeat(7, 1000));
        using var remembering = Deflating(new PerMessageDeflate());
        using var forgetting = Deflating(new PerMessageDeflate { ClientNoContextTakeover = true, ServerNoContextTakeover = true });
        foreach ((Link link, ConnectionRole role) in (IEnumerable<(Link, ConnectionRole)>)
        [
            (remembering, ConnectionRole.Server), (remembering, ConnectionRole.Client), (forgetting, ConnectionRole.Client),
        ])
        {
            for (int i = 0; i < 3; i++)
            {
                byte[] frame = link[role].SendPrepared(message).ToArray();
                Assert.InRange(frame.Length, 3, 100);
                Assert.Equal([new BytesMessage(Wire.Repeat(7, 1000))], link.PeerOf(role).Read(frame));
                Assert.Equal([new TextMessage("between, between, between")], link.Send(role, new TextMessage("between, between, between")));
            }
        }
    }

    /// <summary>Each would be read wrongly by a peer that knows another history.</summary>
    [Fact]
    [Trait("RFC", "7692 §7.1.1")]
    public void Frames_that_refer_to_a_history_go_to_no_other_connection()
    {
        const string Words = "to whom it may concern";
        PreparedMessage message = PreparedMessage.FromText(Words);
        var settings = new PerMessageDeflate { MinCompressedSize = 0 };
        using var one = Deflating(settings);
        using var other = Deflating(settings);
        Assert.Equal([new TextMessage(Words)], one.Send(ConnectionRole.Server, new TextMessage(Words)));
        Assert.Equal([new TextMessage(Words)], one.Client.Read(one.Server.SendPrepared(message).ToArray()));
        Assert.Equal([new TextMessage(Words)], other.Client.Read(other.Server.SendPrepared(message).ToArray()));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void It_is_refused_where_a_message_is_and_inside_of_one(ConnectionRole role)
    {
        var output = new ArrayBufferWriter<byte>();
        using WsConnection connection = WsConnection.Established(role);
        connection.Send(new BytesMessage(new byte[1]) { MessageFinished = false });
        Assert.Throws<LocalProtocolException>(() => connection.SendPrepared(_bytes));
        Assert.Throws<LocalProtocolException>(() => connection.SendPrepared(_bytes, output));
        connection.Send(new BytesMessage(new byte[1]));
        connection.Send(new CloseConnection(CloseCode.NormalClosure));
        Assert.Throws<LocalProtocolException>(() => connection.SendPrepared(_text));
        Assert.Throws<LocalProtocolException>(() => connection.SendPrepared(_text, output));
        Assert.Equal(0, output.WrittenCount);
        Assert.Throws<ArgumentNullException>(() => connection.SendPrepared(null!));
        Assert.Throws<ArgumentNullException>(() => connection.SendPrepared(_text, null!));
    }

    private static Link Deflating(PerMessageDeflate settings)
    {
        ExtensionCodec agreed = settings.Accept(settings.Offer()[0])!;
        return new Link(
            WsConnection.Established(ConnectionRole.Client, [settings.Confirm(agreed.Agreed)!]),
            WsConnection.Established(ConnectionRole.Server, [agreed]));
    }
}
