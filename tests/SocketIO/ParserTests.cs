using System.Text;
using System.Text.Json;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Tests;

/// <summary>Another form of packets than the protocol's own: what the core gives to a parser, and makes of what a parser gives.</summary>
public class ParserTests
{
    private static readonly LineParser _parser = new();

    private readonly SocketIOEncoder _encoder = new(maxAttachments: 0, parser: _parser);

    [Fact]
    public void Parser_gets_the_payload_and_the_places_of_bytes()
    {
        Assert.Equal(
            "2\n/admin\n12\n\n[\"bar\",1,{\"a\":null}]",
            Show(_encoder.Event("/admin", "bar", [1, new { A = (object?)null }], 12)));
        Assert.Equal("3\n/\n0\n\n[]", Show(_encoder.Ack("/", 0, [])));
        Assert.Equal("0\n/\n\n\n{\"sid\":\"abc\"}", Show([_encoder.Connect("/", "abc")]));
        Assert.Equal("1\n/x\n\n\n", Show([_encoder.Disconnect("/x")]));
        Assert.Equal("4\n/\n\n\n{\"message\":\"no\"}", Show([_encoder.ConnectError("/", "no")]));
        Assert.Equal("2\n/\n\n\n[\"a\",\"1-7\"]", Show(_encoder.WithOffset(_encoder.Event("/", "a", []), "1-7")));
    }

    [Fact]
    public void There_are_as_many_bytes_as_the_application_gives()
    {
        object?[] many = [.. Enumerable.Repeat<object?>(new byte[] { 1 }, 100)];
        SocketIOPacket packet = Decode(Assert.Single(_encoder.Event("/", "a", many)));
        Assert.Equal(100, packet.Arguments.Count);
        for (int i = 0; i < 100; i++)
            Assert.Equal([1], packet.Arguments.GetAttachment(i)!.Value.ToArray());
        Assert.Equal([7], Decode(_encoder.ConnectError("/", "no", new byte[] { 7 })).Arguments.GetJsonOf("data").GetBytesFromBase64());
    }

    [Fact]
    public void Bytes_are_where_they_were_and_what_looks_like_a_placeholder_is_none()
    {
        var saved = new Dictionary<string, object?>
        {
            ["_placeholder"] = true,
            ["num"] = 0,
            ["x"] = new byte[] { 2 },
            ["y"] = new byte[] { 3 },
        };
        SocketIOPacket packet = Decode(_encoder.Event("/", "save", [new byte[] { 1 }, saved, 5, Array.Empty<byte>()]).Single());
        Assert.Equal(
            ["\"AQ==\"", "{\"_placeholder\":true,\"num\":0,\"x\":\"Ag==\",\"y\":\"Aw==\"}", "5", "\"\""],
            Enumerable.Range(0, 4).Select(index => Encoding.UTF8.GetString(packet.Arguments.GetJson(index).Span)));
        Assert.Equal([1], packet.Arguments.GetAttachment(0)!.Value.ToArray());
        Assert.Null(packet.Arguments.GetAttachment(1));
        Assert.Null(packet.Arguments.GetAttachment(2));
        Assert.Empty(packet.Arguments.GetAttachment(3)!.Value.ToArray());
    }

    [Theory]
    [InlineData("2\n/admin\n456\n\n[\"project:delete\",123]", "Event /admin 456 project:delete 123")]
    [InlineData("2\n/\n9007199254740991\n\n[\"max\"]", "Event / 9007199254740991 max")]
    [InlineData("2\n/\n\n\n[\"half \\ud83d\"]", "Event / - half \ufffd")]
    [InlineData("3\n/x\n0\n\n[]", "Ack /x 0 -")]
    [InlineData("0\n/\n\n\n", "Connect / - -")]
    [InlineData("0\n/\n\n\n{\"token\":\"t\"}", "Connect / - - {\"token\":\"t\"}")]
    [InlineData("1\n/\n\n\n", "Disconnect / - -")]
    [InlineData("4\n/\n\n\n\"no\"", "ConnectError / - - \"no\"")]
    public void What_a_parser_gives_is_a_packet(string message, string expected) =>
        Assert.Equal(expected, DecoderTests.Show(Decode(Packet.Binary(Encoding.UTF8.GetBytes(message)))));

    [Theory]
    [InlineData("5\n/\n\n\n[\"a\"]", SocketIOError.PacketMalformed)]
    [InlineData("-1\n/\n\n\n[\"a\"]", SocketIOError.PacketMalformed)]
    [InlineData("2\n\n\n\n[\"a\"]", SocketIOError.PacketMalformed)]
    [InlineData("2\nadmin\n\n\n[\"a\"]", SocketIOError.PacketMalformed)]
    [InlineData("2\n/a,b\n\n\n[\"a\"]", SocketIOError.PacketMalformed)]
    [InlineData("2\n/\n-1\n\n[\"a\"]", SocketIOError.PacketMalformed)]
    [InlineData("2\n/\n9007199254740992\n\n[\"a\"]", SocketIOError.IdTooLarge)]
    [InlineData("2\n/ööö\n\n\n[\"a\"]", SocketIOError.NamespaceTooLong)]
    [InlineData("2\n/\n\n\n{}", SocketIOError.PayloadMalformed)]
    [InlineData("2\n/\n\n\n", SocketIOError.PayloadMalformed)]
    [InlineData("2\n/\n\n\n[\"a\"", SocketIOError.PayloadMalformed)]
    [InlineData("2\n/\n\n\n[\"a\",[[[1]]]]", SocketIOError.PayloadMalformed)]
    [InlineData("2\n/\n\n\n[\"disconnect\"]", SocketIOError.EventReserved)]
    [InlineData("3\n/\n\n\n[]", SocketIOError.PayloadMalformed)]
    [InlineData("1\n/\n\n\n{}", SocketIOError.PayloadMalformed)]
    [InlineData("2\n/\n\n\n[\"a\",\"larger than forty bytes\"]", SocketIOError.PacketTooLarge)]
    public void What_a_parser_gives_is_judged(string message, SocketIOError expected)
    {
        var decoder = new SocketIODecoder(new() { MaxDepth = 3, MaxNamespaceLength = 6, MaxPacketSize = 35 }, _parser);
        Assert.Equal(expected, decoder.ReceiveBinary(Encoding.UTF8.GetBytes(message), out SocketIOPacket? packet));
        Assert.Null(packet);
    }

    [Fact]
    public void Parser_judges_kind_and_form_of_a_message()
    {
        var decoder = new SocketIODecoder(null, _parser);
        Assert.Equal(SocketIOError.AttachmentMissing, decoder.ReceiveText("2[\"a\"]"u8.ToArray(), out SocketIOPacket? packet));
        Assert.Null(packet);
    }

    [Fact]
    public void Connection_goes_through_its_life_in_the_form_of_a_parser()
    {
        var connection = new SocketIOConnection(null, TimeSpan.Zero, _parser);
        Assert.Equal(SocketIOInputKind.ConnectRequested, Receive("0\n/\n\n\n").Kind);
        Assert.True(connection.Accept("/"));
        SocketIOInput input = Receive("2\n/\n1\n5:4:0102\n[\"a\",null]");
        Assert.Equal(SocketIOInputKind.EventReceived, input.Kind);
        Assert.Equal([1, 2], input.Packet!.Arguments.GetAttachment(0)!.Value.ToArray());
        Assert.False(connection.AwaitsAttachments);
        Assert.Null(connection.NextDeadline);
        Assert.Equal(SocketIOInputKind.Left, Receive("1\n/\n\n\n").Kind);
        Assert.Equal(SocketIOError.AttachmentMissing, connection.ReceiveText("0"u8.ToArray(), TimeSpan.Zero).Error);

        SocketIOInput Receive(string message) => connection.ReceiveBinary(Encoding.UTF8.GetBytes(message));
    }

    private static SocketIOPacket Decode(Packet message)
    {
        Assert.Null(new SocketIODecoder(null, _parser).ReceiveBinary(message.Data, out SocketIOPacket? packet));
        return packet!;
    }

    private static string Show(IReadOnlyList<Packet> packets)
    {
        Assert.True(Assert.Single(packets).IsBinary);
        return Encoding.UTF8.GetString(packets[0].Data.Span);
    }
}

file static class ArgumentsExtensions
{
    /// <summary>A property of the only argument.</summary>
    internal static JsonElement GetJsonOf(this SocketIOArguments arguments, string name) =>
        JsonDocument.Parse(arguments.GetJson(0)).RootElement.GetProperty(name);
}
