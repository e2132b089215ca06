using System.Text;

namespace WsProto.EngineIO.Tests;

/// <summary>Packets to bytes and back.</summary>
public class PacketTests
{
    [Fact]
    public void Text_is_a_digit_and_UTF_8_on_both_transports()
    {
        var packet = Packet.Text("grüße"u8);
        Assert.False(packet.IsBinary);
        Assert.Equal("grüße"u8, packet.Data.Span);
        Assert.Equal("4grüße"u8, packet.OnWebSocket.Span);
        Assert.Equal("4grüße"u8, packet.InPayload.Span);
    }

    [Theory]
    [InlineData("", "b")]
    [InlineData("01", "bAQ==")]
    [InlineData("01020304", "bAQIDBA==")]
    [InlineData("FBEFFF", "b++//")]
    public void Binary_is_itself_on_a_WebSocket_and_padded_base64_in_a_payload(string hex, string encoded)
    {
        byte[] data = Convert.FromHexString(hex);
        var packet = Packet.Binary(data);
        Assert.True(packet.IsBinary);
        Assert.Equal(data, packet.Data.ToArray());
        Assert.Equal(data, packet.OnWebSocket.ToArray());
        Assert.Equal(encoded, Encoding.UTF8.GetString(packet.InPayload.Span));
        Assert.Equal(packet.InPayload, packet.InPayload); // encoded once
        Assert.True(Payload.TryRead(packet.InPayload, out ReceivedPacket read));
        Assert.Equal((PacketType.Message, true), (read.Type, read.IsBinary));
        Assert.Equal(data, read.Data.ToArray());
    }

    [Fact]
    public void Text_of_the_application_has_to_be_UTF_8() => Assert.Throws<ArgumentException>("utf8", () => Packet.Text([0xC3]));

    [Fact]
    public void Half_of_a_surrogate_pair_becomes_U_FFFD() => Assert.Equal("half \uFFFD"u8, Packet.Text("half \ud83d").Data.Span);

    [Fact]
    public void Packets_own_their_data()
    {
        byte[] data = [1, 2];
        var packet = Packet.Binary(data);
        data[0] = 9;
        Assert.Equal([1, 2], packet.Data.ToArray());
    }

    [Theory]
    [InlineData("0", PacketType.Open, "")]
    [InlineData("1", PacketType.Close, "")]
    [InlineData("2probe", PacketType.Ping, "probe")]
    [InlineData("3", PacketType.Pong, "")]
    [InlineData("4{\"a\":1}", PacketType.Message, "{\"a\":1}")]
    [InlineData("45", PacketType.Message, "5")]
    [InlineData("5", PacketType.Upgrade, "")]
    [InlineData("6", PacketType.Noop, "")]
    internal void Packets_that_are_read(string encoded, PacketType type, string data)
    {
        Assert.True(Payload.TryRead(Encoding.UTF8.GetBytes(encoded), out ReceivedPacket packet));
        Assert.Equal((type, data, false), (packet.Type, Encoding.UTF8.GetString(packet.Data.Span), packet.IsBinary));
    }

    [Theory]
    [InlineData("")]
    [InlineData("7")]
    [InlineData("/")]
    [InlineData("9abc")]
    [InlineData("a")]
    [InlineData("B")]
    [InlineData("bA")]
    [InlineData("bAQIDBA=")]
    [InlineData("b=AQI")]
    [InlineData("bAQ-_")]
    public void What_is_no_packet(string encoded) => Assert.False(Payload.TryRead(Encoding.UTF8.GetBytes(encoded), out _));

    [Fact]
    public void Packet_with_a_broken_character_is_none() =>
        Assert.False(Payload.TryRead(new byte[] { (byte)'4', 0xED, 0xA0, 0x80 }, out _));

    [Fact]
    public void Single_packet_is_its_own_payload()
    {
        var packet = Packet.Text("a"u8);
        Assert.Equal(packet.InPayload, Payload.Encode([packet]));
    }

    [Fact]
    public void Packets_are_joined_by_U_001E() =>
        Assert.Equal("4a\u001ebAQ==\u001e2"u8, Payload.Encode([Packet.Text("a"u8), Packet.Binary([1]), Packet.Ping]).Span);

    [Fact]
    [Trait("Demand", "Q06")]
    public void Packets_of_a_POST_are_not_counted()
    {
        var host = new MemoryHost();
        EngineIOSession session = host.Open();
        host.Post(session, string.Join('\u001e', Enumerable.Range(0, 100_000).Select(i => $"4{i}"))).Is(200, "ok");
        Assert.Equal(Enumerable.Range(0, 100_000).Select(i => $"text {i}"), host.Log(session).Skip(1));
        host.Post(session, string.Join('\u001e', Enumerable.Repeat("4", 500_000))).Is(200, "ok");
        Assert.Equal(600_001, host.Log(session).Count);
    }
}
