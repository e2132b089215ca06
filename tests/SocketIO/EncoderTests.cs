using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Tests;

/// <summary>What packets are as messages.</summary>
public class EncoderTests
{
    private static readonly int[] _numbers = [1, 2];

    private readonly SocketIOEncoder _encoder = new();

    private readonly record struct Nothing;

    [Fact]
    public void Packets_are_written_as_the_protocol_says()
    {
        Assert.Equal(["2[\"foo\"]"], Show(_encoder.Event("/", "foo", [])));
        Assert.Equal(
            ["2/admin,12[\"bar\",1,null,\"é\\u001E\",{\"firstName\":\"A\"},[1,2]]"],
            Show(_encoder.Event("/admin", "bar", [1, null, "é\u001e", new { FirstName = "A" }, _numbers], 12)));
        Assert.Equal(["2[\"news\",\"1-7\"]"], Show(_encoder.WithOffset(_encoder.Event("/", "news", []), "1-7")));
        Assert.Equal(
            ["51-[\"news\",{\"_placeholder\":true,\"num\":0},\"e.7\"]", "01"],
            Show(_encoder.WithOffset(_encoder.Event("/", "news", [new byte[] { 1 }]), "e.7")));
        Assert.Equal(["3/admin,456[]"], Show(_encoder.Ack("/admin", 456, [])));
        Assert.Equal(["30[true]"], Show(_encoder.Ack("/", 0, [true])));
        Assert.Equal(["0{\"sid\":\"abc\"}"], Show([_encoder.Connect("/", "abc")]));
        Assert.Equal(["0/x,{\"sid\":\"abc\",\"pid\":\"p\"}"], Show([_encoder.Connect("/x", "abc", "p")]));
        Assert.Equal(["4/x,{\"message\":\"no\"}"], Show([_encoder.ConnectError("/x", "no")]));
        Assert.Equal(["4{\"message\":\"no\",\"data\":{\"code\":1}}"], Show([_encoder.ConnectError("/", "no", new { Code = 1 })]));
        Assert.Equal(["1"], Show([_encoder.Disconnect("/")]));
        Assert.Equal(["1/x,"], Show([_encoder.Disconnect("/x")]));
    }

    [Fact]
    [Trait("Demand", "Q44")]
    public void Bytes_at_any_depth_are_attachments_in_the_order_in_which_they_are_found()
    {
        Assert.Equal(
            ["51-[\"a\",{\"_placeholder\":true,\"num\":0}]", "0102"],
            Show(_encoder.Event("/", "a", [new byte[] { 1, 2 }])));
        var nested = new
        {
            Bytes = new byte[] { 1 },
            Inner = new[] { new { Memory = new Memory<byte>([2]), ReadOnly = new ReadOnlyMemory<byte>([3]), None = (byte[]?)null } },
        };
        Assert.Equal(
            [
                "64-9[{\"_placeholder\":true,\"num\":0},{\"bytes\":{\"_placeholder\":true,\"num\":1},"
                + "\"inner\":[{\"memory\":{\"_placeholder\":true,\"num\":2},\"readOnly\":{\"_placeholder\":true,\"num\":3},"
                + "\"none\":null}]}]",
                "", "01", "02", "03",
            ],
            Show(_encoder.Ack("/", 9, [new ReadOnlyMemory<byte>([]), nested])));
    }

    [Fact]
    [Trait("Demand", "Q17")]
    public void More_attachments_than_clients_take_are_refused_and_harm_nothing()
    {
        object?[] many = [.. Enumerable.Repeat(new byte[1], 11)];
        var refusal = Assert.Throws<ArgumentException>(() => _encoder.Event("/", "a", many));
        Assert.Contains("10 attachments", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(12, new SocketIOEncoder(maxAttachments: 11).Event("/", "a", many).Count);
        Assert.Equal(11, _encoder.Event("/", "a", many.AsSpan(1)).Count);
        Assert.Throws<ArgumentException>(() => _encoder.ConnectError("/", "no", new { Data = new byte[1] }));
        Assert.Equal(["2[\"after\"]"], Show(_encoder.Event("/", "after", [])));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOEncoder(maxAttachments: -1));
    }

    [Fact]
    public void Arguments_that_cannot_be_written_are_the_callers_mistake_and_harm_nothing()
    {
        Assert.Throws<NotSupportedException>(() => _encoder.Event("/", "a", [1, typeof(int)]));
        Assert.Throws<ArgumentException>(() => _encoder.Event("/", "disconnect", []));
        Assert.Equal(["2[\"a\",2]"], Show(_encoder.Event("/", "a", [2])));
    }

    [Fact]
    public void Tuple_is_several_values_to_its_writer_and_no_argument()
    {
        foreach (object tuple in new object[] { ("a", 1), Tuple.Create("a", 1), ValueTuple.Create(1) })
        {
            var refusal = Assert.Throws<ArgumentException>(() => _encoder.Event("/", "a", [new byte[1], tuple]));
            Assert.Contains("Pass its values as arguments", refusal.Message, StringComparison.Ordinal);
            Assert.Throws<ArgumentException>(() => _encoder.Ack("/", 1, [tuple]));
            Assert.Throws<ArgumentException>(() => _encoder.Content("/", "a", [tuple]));
            Assert.Throws<ArgumentException>(() => _encoder.ConnectError("/", "a", tuple));
        }

        Assert.Equal(["2[\"a\",1]"], Show(_encoder.Event("/", "a", [1])));
    }

    [Fact]
    public void Tuple_within_an_argument_is_written_where_the_options_say_how_and_never_lost()
    {
        var inside = new { Pair = ("a", 1), List = new List<(int, int)> { (1, 2) } };
        Assert.Contains(
            "tuple", Assert.ThrowsAny<ArgumentException>(() => _encoder.Event("/", "a", [inside])).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<ArgumentException>(() => _encoder.Event("/", "a", [inside]));
        var fields = new SocketIOEncoder(new(JsonSerializerDefaults.Web) { IncludeFields = true });
        Assert.Equal(
            ["2[\"a\",{\"pair\":{\"item1\":\"a\",\"item2\":1},\"list\":[{\"item1\":1,\"item2\":2}]}]"],
            Show(fields.Event("/", "a", [inside])));
        Assert.Equal(["2[\"a\",{}]"], Show(_encoder.Event("/", "a", [default(Nothing)])));
        Assert.Equal(
            ["2[\"a\",{\"pair\":{\"item1\":1,\"item2\":2}}]"],
            Show(_encoder.Event("/", "a", [new { Pair = Tuple.Create(1, 2) }])));
    }

    [Fact]
    public void Options_of_packets_write_nothing_else() =>
        Assert.Throws<InvalidOperationException>(
            () => JsonSerializer.Serialize(new byte[1], _encoder.JsonOptions.GetTypeInfo(typeof(byte[]))));

    [Fact]
    public void Options_of_the_application_are_kept_and_not_changed()
    {
        var options =
            new JsonSerializerOptions { TypeInfoResolver = Context.Default, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };
        var encoder = new SocketIOEncoder(options);
        Assert.Equal(
            ["51-[\"a\",{\"first_name\":\"x\",\"data\":{\"_placeholder\":true,\"num\":0}}]", "07"],
            Show(encoder.Event("/", "a", [new Person("x", [7])])));
        Assert.False(options.IsReadOnly);
        Assert.Empty(options.Converters);
        // What the context does not know, nobody reflects on.
        Assert.Throws<NotSupportedException>(() => encoder.Event("/", "a", [Guid.Empty]));
    }

    [Fact]
    public void Half_a_character_of_the_application_is_U_FFFD() =>
        Assert.Equal(["2[\"\\uFFFD\",\"a\\uFFFD\"]"], Show(_encoder.Event("/", "\ud83d", ["a\udc00"])));

    [Fact]
    public void Large_packets_do_not_stay_in_memory()
    {
        byte[] large = new byte[200_000];
        Assert.Equal(2, _encoder.Event("/", "a", [large]).Count);
        Assert.Equal(300_000, Show(_encoder.Event("/", "a", [new string('x', 300_000 - "2[\"a\",\"\"]".Length)]))[0].Length);
        Assert.Equal(["2[\"a\"]"], Show(_encoder.Event("/", "a", [])));
    }

    internal static List<string> Show(IEnumerable<Packet> packets) =>
        [.. packets.Select(packet => packet.IsBinary ? Convert.ToHexString(packet.Data.Span) : Encoding.UTF8.GetString(packet.Data.Span))];

    internal sealed record Person(string FirstName, byte[] Data);
}

[JsonSerializable(typeof(EncoderTests.Person))]
internal sealed partial class Context : JsonSerializerContext;
