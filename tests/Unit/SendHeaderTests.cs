using System.Buffers;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests;

/// <summary>The header alone, for payloads that the caller writes from where they lie.</summary>
[Trait("RFC", "6455 §5.2")]
public class SendFrameHeaderTests
{
    [Theory]
    [InlineData(0L, "81 00", "82 00")]
    [InlineData(125L, "81 7D", "82 7D")]
    [InlineData(126L, "81 7E 007E", "82 7E 007E")]
    [InlineData(65535L, "81 7E FFFF", "82 7E FFFF")]
    [InlineData(65536L, "81 7F 0000000000010000", "82 7F 0000000000010000")]
    [InlineData(long.MaxValue, "81 7F 7FFFFFFFFFFFFFFF", "82 7F 7FFFFFFFFFFFFFFF")]
    public void Server_sends_the_header_of_a_payload_of_any_length(long length, string text, string binary)
    {
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        Assert.True(server.CanSendFrameHeader);
        Assert.Equal(Wire.Hex(text), Header(server, Opcode.Text, length));
        Assert.Equal(Wire.Hex(binary), Header(server, Opcode.Binary, length));
    }

    [Fact]
    public void Server_sends_headers_between_other_frames_of_the_same_message()
    {
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        Assert.Equal(Wire.Hex("02 03"), Header(server, Opcode.Binary, 3, messageFinished: false));
        Assert.Equal(Wire.Hex("89 00"), server.Send(new Ping()));
        Assert.Equal(Wire.Hex("00 01 07"), server.Send(new BytesMessage(new byte[] { 7 }) { MessageFinished = false }));
        Assert.Throws<LocalProtocolException>(() => Header(server, Opcode.Text, 1));
        Assert.Equal(Wire.Hex("80 05"), Header(server, Opcode.Binary, 5));
        Assert.Equal(Wire.Hex("81 01"), Header(server, Opcode.Text, 1));
    }

    [Fact]
    public void What_a_server_sends_as_header_and_payload_the_client_reads_as_a_message()
    {
        using var link = Link.Established();
        byte[] payload = Wire.Repeat(9, 100_000);
        link.Client.Receive(Header(link.Server, Opcode.Binary, payload.Length));
        Assert.Equal([new BytesMessage(payload)], link.Client.Read(payload));
    }

    [Fact]
    [Trait("MUST", "5.1-1")]
    public void Client_and_server_with_extensions_cannot_send_a_header_alone()
    {
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        using WsConnection extended = WsConnection.Established(ConnectionRole.Server, [new TagCodec()]);
        foreach (WsConnection connection in (WsConnection[])[client, extended])
        {
            Assert.False(connection.CanSendFrameHeader);
            Assert.Throws<LocalProtocolException>(() => Header(connection, Opcode.Binary, 1));
        }
    }

    [Fact]
    public void No_header_is_sent_before_the_handshake_or_after_a_Close()
    {
        using WsConnection connecting = new(ConnectionRole.Server);
        Assert.False(connecting.CanSendFrameHeader);
        Assert.Throws<LocalProtocolException>(() => Header(connecting, Opcode.Binary, 1));
        using WsConnection closing = WsConnection.Established(ConnectionRole.Server);
        closing.Send(new CloseConnection(CloseCode.NormalClosure));
        Assert.Throws<LocalProtocolException>(() => Header(closing, Opcode.Binary, 1));
    }

    [Theory]
    [InlineData(Opcode.Continuation)]
    [InlineData(Opcode.Close)]
    [InlineData(Opcode.Ping)]
    [InlineData((Opcode)3)]
    public void A_kind_that_is_no_message_is_refused_and_so_is_a_negative_length(Opcode kind)
    {
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        Assert.Throws<ArgumentOutOfRangeException>(() => Header(server, kind, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Header(server, Opcode.Text, -1));
        Assert.Throws<ArgumentNullException>(() => server.SendFrameHeader(Opcode.Text, 1, null!));
        Assert.Equal(Wire.Hex("81 01"), Header(server, Opcode.Text, 1));
    }

    private static byte[] Header(WsConnection connection, Opcode kind, long length, bool messageFinished = true)
    {
        var output = new ArrayBufferWriter<byte>();
        try
        {
            connection.SendFrameHeader(kind, length, output, messageFinished);
        }
        catch (Exception)
        {
            Assert.Equal(0, output.WrittenCount);
            throw;
        }

        return output.WrittenSpan.ToArray();
    }
}
