using System.Text.Json;
using WsProto.EngineIO;

namespace WsProto.SocketIO.MessagePack.Tests;

/// <summary>What packets are as MessagePack.</summary>
public class EncodingTests
{
    private readonly SocketIOEncoder _encoder = new(parser: Peer.Parser);

    [Fact]
    public void Packets_are_maps_without_keys_for_what_they_have_not()
    {
        AssertIs("82 a474797065 01 a36e7370 a12f", [_encoder.Disconnect("/")]);
        AssertIs("83 a474797065 00 a36e7370 a12f a464617461 81 a3736964 a16b", [_encoder.Connect("/", "k")]);
        AssertIs("83 a474797065 00 a36e7370 a22f78 a464617461 82 a3736964 a16b a3706964 a170", [_encoder.Connect("/x", "k", "p")]);
        AssertIs("83 a474797065 04 a36e7370 a12f a464617461 81 a76d657373616765 a26e6f", [_encoder.ConnectError("/", "no")]);
        AssertIs("83 a474797065 02 a36e7370 a12f a464617461 91 a161", _encoder.Event("/", "a", []));
        AssertIs("84 a474797065 02 a36e7370 a12f a26964 03 a464617461 92 a161 c40101", _encoder.Event("/", "a", [new byte[] { 1 }], 3));
        AssertIs("84 a474797065 03 a36e7370 a22f78 a26964 cd0100 a464617461 90", _encoder.Ack("/x", 256, []));
    }

    [Fact]
    public void Values_take_their_shortest_form()
    {
        AssertArgument("c0", null);
        AssertArgument("c3", true);
        AssertArgument("c2", false);
        AssertArgument("00", 0);
        AssertArgument("7f", 127);
        AssertArgument("cc80", 128);
        AssertArgument("cd0100", 256);
        AssertArgument("ce00010000", 65_536);
        AssertArgument("cf0000000100000000", 4_294_967_296);
        AssertArgument("cfffffffffffffffff", ulong.MaxValue);
        AssertArgument("ff", -1);
        AssertArgument("e0", -32);
        AssertArgument("d0df", -33);
        AssertArgument("d1ff7f", -129);
        AssertArgument("d38000000000000000", long.MinValue);
        AssertArgument("cb3ff8000000000000", 1.5);
        AssertArgument("cb8000000000000000", -0.0);
        AssertArgument("05", 5.0);
        AssertArgument("cb54b249ad2594c37d", 1e100);
        AssertArgument("cb3fb999999999999a", 0.1m);
        AssertArgument("cb43f0000000000000", 18446744073709551616m);
        AssertArgument("a0", "");
        AssertArgument("a6c3bcf09f8e88", "ü🎈");
        AssertArgument("a3efbfbd", "\ud83d");
        AssertArgument("a2220a", "\"\n");
        AssertArgument($"d920{string.Concat(Enumerable.Repeat("78", 32))}", new string('x', 32));
        AssertArgument("93 01 90 80", new object[] { 1, Array.Empty<int>(), new { } });
        AssertArgument("82 a161 81 a162 92 02 03 a163 c403040506", new { A = new { B = new[] { 2, 3 } }, C = new byte[] { 4, 5, 6 } });
        AssertArgument("dc0010 00000000000000000000000000000000", new int[16]);
        AssertArgument("c400", ReadOnlyMemory<byte>.Empty);
    }

    [Fact]
    public void Bytes_of_any_number_are_at_their_places_and_what_looks_like_a_placeholder_is_none()
    {
        AssertArgument(
            "83 ac5f706c616365686f6c646572 c3 a36e756d 00 a178 93 c40101 c0 c40102",
            new Dictionary<string, object?>
            {
                ["_placeholder"] = true,
                ["num"] = 0,
                ["x"] = new object?[] { new byte[] { 1 }, null, new byte[] { 2 } },
            });
        byte[][] many = [.. Enumerable.Range(0, 1_000).Select(number => new[] { (byte)number })];
        SocketIOPacket packet = Peer.Decode(_encoder.Event("/", "a", many));
        for (int i = 0; i < many.Length; i++)
            Assert.Equal(many[i], packet.Arguments.GetAttachment(i)!.Value.ToArray());
        Assert.Equal(
            "ConnectError / - - {\"message\":\"no\",\"data\":{\"key\":\"Bw==\"}}",
            Peer.Show(Peer.Decode([_encoder.ConnectError("/", "no", new { Key = new byte[] { 7 } })])));
    }

    [Fact]
    public void Half_a_character_that_JSON_has_escaped_is_U_FFFD()
    {
        var raw = new SocketIOEncoder(new() { Converters = { new RawConverter() } }, parser: Peer.Parser);
        Assert.Equal("Event / - a \"x\ufffdy\"|1", Peer.Show(Peer.Decode(raw.Event("/", "a", [new Raw("\"x\\ud83dy\""), 1]))));
        Assert.ThrowsAny<JsonException>(() => raw.Event("/", "a", [new Raw("{]")]));
        Assert.Equal("Event / - a 2", Peer.Show(Peer.Decode(raw.Event("/", "a", [2]))));
    }

    [Fact]
    public void One_argument_more_follows_the_others()
    {
        AssertIs("83 a474797065 02 a36e7370 a12f a464617461 92 a161 a3312d37", _encoder.WithOffset(_encoder.Event("/", "a", []), "1-7"));
        object?[] arguments = [.. Enumerable.Range(0, 14).Select(number => (object?)number)];
        SocketIOPacket packet = Peer.Decode(_encoder.WithOffset(_encoder.Event("/admin", "a", arguments), "e.1"));
        Assert.Equal("Event /admin - a 0|1|2|3|4|5|6|7|8|9|10|11|12|13|\"e.1\"", Peer.Show(packet));
    }

    [Fact]
    public void Large_packets_and_long_lists_do_not_stay_in_memory()
    {
        string large = new('x', 300_000);
        Assert.Equal($"Event / - a \"{large}\"", Peer.Show(Peer.Decode(_encoder.Event("/", "a", [large]))));
        Assert.Equal(5_000, Peer.Decode(_encoder.Event("/", "a", [.. Enumerable.Repeat(Array.Empty<int>(), 5_000)])).Arguments.Count);
        AssertArgument("01", 1);
    }

    [Fact]
    public void Null_is_the_callers_mistake()
    {
        Assert.Throws<ArgumentNullException>(() => Peer.Parser.Encode(null!));
        Assert.Throws<ArgumentNullException>(() => Peer.Parser.Append(null!, "x"));
        Assert.Throws<ArgumentNullException>(() => Peer.Parser.Decode(default, isBinary: true, null!, out _));
    }

    private static void AssertIs(string hex, IReadOnlyList<Packet> messages)
    {
        Packet message = Assert.Single(messages);
        Assert.True(message.IsBinary);
        Assert.Equal(Convert.ToHexString(Peer.Bytes(hex)), Convert.ToHexString(message.Data.Span));
    }

    private void AssertArgument(string hex, object? argument) => AssertIs(Peer.WithArgument(hex), _encoder.Event("/", "a", [argument]));

    private sealed record Raw(string Json);

    private sealed class RawConverter : System.Text.Json.Serialization.JsonConverter<Raw>
    {
        public override Raw Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, Raw value, JsonSerializerOptions options) =>
            writer.WriteRawValue(value.Json, skipInputValidation: true);
    }
}
