using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace WsProto.SocketIO.MessagePack.Tests;

/// <summary>What MessagePack is as packets, and what of it is none.</summary>
public class DecodingTests
{
    /// <summary>The head of a packet for the main namespace, with as many keys as there is room for.</summary>
    private const string Event = " a474797065 02 a36e7370 a12f ";

    [Theory]
    [InlineData("82 a474797065 00 a36e7370 a12f", "Connect / - -")]
    [InlineData("82 a36e7370 a62f61646d696e a474797065 01", "Disconnect /admin - -")]
    [InlineData("83 a464617461 81 a161 01 a36e7370 a12f a474797065 00", "Connect / - - {\"a\":1}")]
    [InlineData("83 a464617461 90 a36e7370 a12f a474797065 00", "Connect / - - []")]
    [InlineData("84 a464617461 91 a161 a26964 0c a36e7370 a12f a474797065 02", "Event / 12 a")]
    [InlineData("83" + Event + "a464617461 93 a161 c0 c3", "Event / - a null|true")]
    [InlineData("83" + Event + "a464617461 91 07", "Event / - 7")]
    [InlineData("84 a474797065 03 a36e7370 a12f a26964 cf001fffffffffffff a464617461 90", "Ack / 9007199254740991 -")]
    [InlineData("83 a474797065 04 a36e7370 a12f a464617461 a26e6f", "ConnectError / - - \"no\"")]
    // npm's client: undefined data and id, and options.
    [InlineData("84 a474797065 00 a464617461 d40000 a36e7370 a12f a26964 d40000", "Connect / - -")]
    [InlineData("84" + Event + "a464617461 91 a161 a76f7074696f6e73 81 a8636f6d7072657373 c3", "Event / - a")]
    // Python's client: nil data.
    [InlineData("84 a474797065 01 a464617461 c0 a36e7370 a12f a26964 c0", "Disconnect / - -")]
    // Python's client: an ack of 0.
    [InlineData("83 a474797065 03 a464617461 90 a36e7370 a12f", "Ack / 0 -")]
    // Longer forms than needed.
    [InlineData("df00000003 d90474797065 d30000000000000002 db000000036e7370 da00012f a464617461 dd00000001 d90161", "Event / - a")]
    public void Map_is_a_packet(string hex, string expected) => Assert.Equal(expected, Peer.Show(Peer.Decode(hex)));

    [Theory]
    [InlineData("")]
    [InlineData("c1")]
    [InlineData("80")]
    [InlineData("90")]
    [InlineData("02")]
    [InlineData("a474797065")]
    [InlineData("81 a474797065 02")]
    [InlineData("81 a36e7370 a12f")]
    [InlineData("82 a474797065 02 a36e7370")]
    [InlineData("82 a474797065 02 a36e7370 a52f")]
    [InlineData("82 a474797065 05 a36e7370 a12f")]
    [InlineData("82 a474797065 ff a36e7370 a12f")]
    [InlineData("82 a474797065 c0 a36e7370 a12f")]
    [InlineData("82 a474797065 a130 a36e7370 a12f")]
    [InlineData("82 a474797065 cfffffffffffffffff a36e7370 a12f")]
    [InlineData("82 a474797065 01 a36e7370 c0")]
    [InlineData("82 a474797065 01 a36e7370 01")]
    [InlineData("82 a474797065 01 a36e7370 a0")]
    [InlineData("82 a474797065 01 a36e7370 a161")]
    [InlineData("82 a474797065 01 a36e7370 a32f2c61")]
    [InlineData("82 a474797065 01 a36e7370 a22fff")]
    [InlineData("82 a474797065 01 a36e7370 a12f 00")]
    [InlineData("83 a474797065 01 a36e7370 a12f a474797065 01")]
    [InlineData("83 a474797065 01 a36e7370 a12f 01 01")]
    [InlineData("83 a474797065 01 a36e7370 a12f c0 01")]
    [InlineData("83 a474797065 01 a36e7370 a12f a178")]
    [InlineData("83 a474797065 01 a36e7370 a12f a178 c1")]
    [InlineData("84" + Event + "a464617461 91 a161 a26964 ff")]
    [InlineData("84" + Event + "a464617461 91 a161 a26964 a131")]
    [InlineData("84" + Event + "a464617461 91 a161 a26964 cb3ff0000000000000")]
    [InlineData("84" + Event + "a464617461 91 a161 a464617461 d40000")]
    public void Map_is_no_packet(string hex)
    {
        Assert.Equal(SocketIOError.PacketMalformed, Peer.Receive(hex, out SocketIOPacket? packet));
        Assert.Null(packet);
    }

    [Theory]
    [InlineData("84" + Event + "a26964 cf0020000000000000 a464617461 91 a161", SocketIOError.IdTooLarge)]
    [InlineData("84" + Event + "a26964 cfffffffffffffffff a464617461 91 a161", SocketIOError.IdTooLarge)]
    [InlineData("82" + Event, SocketIOError.PayloadMalformed)]
    [InlineData("83" + Event + "a464617461 80", SocketIOError.PayloadMalformed)]
    [InlineData("83" + Event + "a464617461 90", SocketIOError.PayloadMalformed)]
    [InlineData("83" + Event + "a464617461 91 c0", SocketIOError.PayloadMalformed)]
    [InlineData("83" + Event + "a464617461 91 c40161", SocketIOError.PayloadMalformed)]
    [InlineData("83" + Event + "a464617461 91 a7636f6e6e656374", SocketIOError.EventReserved)]
    [InlineData("83 a474797065 03 a36e7370 a12f a464617461 80", SocketIOError.PayloadMalformed)]
    [InlineData("83 a474797065 01 a36e7370 a12f a464617461 80", SocketIOError.PayloadMalformed)]
    [InlineData("83 a474797065 00 a36e7370 a12f a464617461 81 c3 01", SocketIOError.PayloadMalformed)]
    [InlineData("83 a474797065 04 a36e7370 a12f a464617461 c40101", SocketIOError.PayloadMalformed)]
    public void Packet_says_what_it_must_not(string hex, SocketIOError expected)
    {
        Assert.Equal(expected, Peer.Receive(hex, out SocketIOPacket? packet));
        Assert.Null(packet);
    }

    [Theory]
    [InlineData("c0", "null")]
    [InlineData("cfffffffffffffffff", "18446744073709551615")]
    [InlineData("d38000000000000000", "-9223372036854775808")]
    [InlineData("e0", "-32")]
    [InlineData("cb3fb999999999999a", "0.1")]
    [InlineData("ca3f000000", "0.5")]
    [InlineData("ca3dcccccd", "0.10000000149011612")]
    [InlineData("cb8000000000000000", "-0")]
    [InlineData("cb7ff8000000000000", "null")]
    [InlineData("cb7ff0000000000000", "null")]
    [InlineData("caff800000", "null")]
    [InlineData("a6c3bcf09f8e88", "\"ü\\uD83C\\uDF88\"")]
    [InlineData("a3220a5c", "\"\\\"\\n\\\\\"")]
    [InlineData("a0", "\"\"")]
    [InlineData("93 01 90 80", "[1,[],{}]")]
    [InlineData("82 a161 01 a162 81 a163 a0", "{\"a\":1,\"b\":{\"c\":\"\"}}")]
    [InlineData("82 01 a161 ff a162", "{\"1\":\"a\",\"-1\":\"b\"}")]
    [InlineData("92 d40000 01", "[null,1]")]
    [InlineData("82 a161 d40000 a162 02", "{\"b\":2}")]
    [InlineData("d40000", "null")]
    [InlineData("d70000000000000003e8", "\"1970-01-01T00:00:01.000Z\"")]
    [InlineData("d700ffffffffffffffff", "\"1969-12-31T23:59:59.999Z\"")]
    [InlineData("d7007fffffffffffffff", "null")]
    [InlineData("d7008000000000000000", "null")]
    [InlineData("d700ffffc77cedd32800", "\"0001-01-01T00:00:00.000Z\"")]
    [InlineData("d700ffffc77cedd327ff", "null")]
    [InlineData("d6ff00000001", "\"1970-01-01T00:00:01.000Z\"")]
    [InlineData("d7ff 0000019000000001", "\"1970-01-01T00:00:01.0000001Z\"")]
    [InlineData("c70cff 1dcd6500 ffffffffffffffff", "\"1969-12-31T23:59:59.500Z\"")]
    [InlineData("c70cff 00000000 7fffffffffffffff", "null")]
    [InlineData("d5ff0102", "[-1,\"AQI=\"]")]
    [InlineData("d40501", "[5,\"AQ==\"]")]
    [InlineData("d5000102", "[0,\"AQI=\"]")]
    [InlineData("c70080", "[-128,\"\"]")]
    [InlineData("c7020501ff", "[5,\"Af8=\"]")]
    // What Node writes of an ArrayBuffer, and what everybody writes of bytes.
    [InlineData("c7010001", "\"AQ==\"")]
    [InlineData("c800020001ff", "\"Af8=\"")]
    [InlineData("c9000000020001ff", "\"Af8=\"")]
    [InlineData("c402 01ff", "\"Af8=\"")]
    [InlineData("82 a161 c40101 a162 92 c50001 02 c6 00000001 03", "{\"a\":\"AQ==\",\"b\":[\"Ag==\",\"Aw==\"]}")]
    public void Value_is_an_argument(string hex, string expected) =>
        Assert.Equal($"Event / - a {expected}", Peer.Show(Peer.Decode(Peer.WithArgument(hex))));

    [Fact]
    public void Arguments_are_read_as_those_of_text()
    {
        SocketIOPacket packet = Peer.Decode(
            Peer.WithData(2, "95 a161 c402 0102 82 a46e616d65 a178 a464617461 c40107 d70000000000000003e8 02"));
        JsonSerializerOptions json = new SocketIOEncoder(parser: Peer.Parser).JsonOptions;
        Assert.Equal([1, 2], Get<byte[]>(0)!);
        Assert.Equal([1, 2], Get<ReadOnlyMemory<byte>>(0).ToArray());
        Saved saved = Get<Saved>(1)!;
        Assert.Equal("x", saved.Name);
        Assert.Equal([7], saved.Data);
        Assert.Equal(DateTime.UnixEpoch.AddSeconds(1), Get<DateTime>(2));
        Assert.Equal(2, Get<double>(3));
        Assert.Throws<JsonException>(() => Get<string>(3));

        T? Get<T>(int index) => packet.Arguments.Get(index, (JsonTypeInfo<T>)json.GetTypeInfo(typeof(T)));
    }

    private sealed record Saved(string Name, byte[] Data);
}
