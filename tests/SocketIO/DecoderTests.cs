using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace WsProto.SocketIO.Tests;

/// <summary>What messages are as packets, and which are none.</summary>
public class DecoderTests
{
    /// <summary>Packets of the protocol's document and of the reference parser's cases, as type, namespace, id, event, arguments.</summary>
    [Theory]
    [InlineData("0", "Connect / - -")]
    [InlineData("0{\"token\":\"123\"}", "Connect / - - {\"token\":\"123\"}")]
    [InlineData("0/admin,{\"a\":[1]}", "Connect /admin - - {\"a\":[1]}")]
    [InlineData("0/admin", "Connect /admin - -")]
    [InlineData("0/", "Connect / - -")]
    [InlineData("0/a?b=c,", "Connect /a?b=c - -")]
    [InlineData("0/größe,", "Connect /größe - -")]
    [InlineData("1", "Disconnect / - -")]
    [InlineData("1/admin,", "Disconnect /admin - -")]
    [InlineData("1/admin", "Disconnect /admin - -")]
    [InlineData("2[\"foo\"]", "Event / - foo")]
    [InlineData("2/admin,[\"bar\"]", "Event /admin - bar")]
    [InlineData("212[\"foo\"]", "Event / 12 foo")]
    [InlineData("2/admin,456[\"project:delete\",123,{\"x\": null}]", "Event /admin 456 project:delete 123|{\"x\": null}")]
    [InlineData("2[\"a\",\"b,c\"]", "Event / - a \"b,c\"")]
    [InlineData("2[7,true]", "Event / - 7 true")]
    [InlineData("2[-1.5]", "Event / - -1.5")]
    [InlineData("2 [ \"spaced\" , 1 ] ", "Event / - spaced 1")]
    [InlineData("2[\"\"]", "Event / - ")]
    [InlineData("2[\"p\",{\"_placeholder\":true,\"num\":9}]", "Event / - p {\"_placeholder\":true,\"num\":9}")]
    [InlineData("29007199254740991[\"max\"]", "Event / 9007199254740991 max")]
    [InlineData("3/admin,456[]", "Ack /admin 456 -")]
    [InlineData("313[\"bar\",[1]]", "Ack / 13 - \"bar\"|[1]")]
    [InlineData("4{\"message\":\"Not authorized\"}", "ConnectError / - - {\"message\":\"Not authorized\"}")]
    [InlineData("4/x,\"no\"", "ConnectError /x - - \"no\"")]
    [InlineData("0\"text\"", "Connect / - - \"text\"")]
    [InlineData("0[1,[2]]", "Connect / - - [1,[2]]")]
    [InlineData("0/x,null", "Connect /x - - null")]
    public void Text_is_a_packet(string text, string expected) => Assert.Equal(expected, Show(Decode(text)));

    [Theory]
    [InlineData("", SocketIOError.PacketMalformed)]
    [InlineData("7", SocketIOError.PacketMalformed)]
    [InlineData("8[\"a\"]", SocketIOError.PacketMalformed)]
    [InlineData("a", SocketIOError.PacketMalformed)]
    [InlineData("abc[\"a\"]", SocketIOError.PacketMalformed)]
    [InlineData("0[", SocketIOError.PayloadMalformed)]
    [InlineData("0text", SocketIOError.PayloadMalformed)]
    [InlineData("0{", SocketIOError.PayloadMalformed)]
    [InlineData("0{}{}", SocketIOError.PayloadMalformed)]
    [InlineData("1{}", SocketIOError.PayloadMalformed)]
    [InlineData("1/admin,{}", SocketIOError.PayloadMalformed)]
    [InlineData("2", SocketIOError.PayloadMalformed)]
    [InlineData("2{}", SocketIOError.PayloadMalformed)]
    [InlineData("2[]", SocketIOError.PayloadMalformed)]
    [InlineData("2[{}]", SocketIOError.PayloadMalformed)]
    [InlineData("2[null]", SocketIOError.PayloadMalformed)]
    [InlineData("2[\"a\"", SocketIOError.PayloadMalformed)]
    [InlineData("2[\"a\",]", SocketIOError.PayloadMalformed)]
    [InlineData("2[\"a\"]x", SocketIOError.PayloadMalformed)]
    [InlineData("2abc[\"a\"]", SocketIOError.PayloadMalformed)]
    [InlineData("2[\"a\" // comment\n]", SocketIOError.PayloadMalformed)]
    [InlineData("2[\"connect\"]", SocketIOError.EventReserved)]
    [InlineData("2[\"connect_error\"]", SocketIOError.EventReserved)]
    [InlineData("2[\"disconnect\"]", SocketIOError.EventReserved)]
    [InlineData("2[\"disconnecting\"]", SocketIOError.EventReserved)]
    [InlineData("2[\"newListener\"]", SocketIOError.EventReserved)]
    [InlineData("2[\"remove\\u004cistener\"]", SocketIOError.EventReserved)]
    [InlineData("3[]", SocketIOError.PayloadMalformed)]
    [InlineData("31{}", SocketIOError.PayloadMalformed)]
    [InlineData("31", SocketIOError.PayloadMalformed)]
    [InlineData("4", SocketIOError.PayloadMalformed)]
    [InlineData("4[]", SocketIOError.PayloadMalformed)]
    [InlineData("5[\"a\"]", SocketIOError.AttachmentCountInvalid)]
    [InlineData("5-[\"a\"]", SocketIOError.AttachmentCountInvalid)]
    [InlineData("51[\"a\"]", SocketIOError.AttachmentCountInvalid)]
    [InlineData("51", SocketIOError.AttachmentCountInvalid)]
    [InlineData("50-[\"a\"]", SocketIOError.AttachmentCountInvalid)]
    [InlineData("511-[\"a\"]", SocketIOError.AttachmentCountInvalid)]
    [InlineData("599999999999999999999-[\"a\"]", SocketIOError.AttachmentCountInvalid)]
    [InlineData("29007199254740992[\"a\"]", SocketIOError.IdTooLarge)]
    [InlineData("51-[\"a\",{\"_placeholder\":true,\"num\":1}]", SocketIOError.PlaceholderInvalid)]
    [InlineData("51-[\"a\",{\"_placeholder\":true,\"num\":-1}]", SocketIOError.PlaceholderInvalid)]
    [InlineData("51-[\"a\",{\"_placeholder\":true,\"num\":0.5}]", SocketIOError.PlaceholderInvalid)]
    [InlineData("51-[\"a\",{\"_placeholder\":true,\"num\":\"0\"}]", SocketIOError.PlaceholderInvalid)]
    [InlineData("51-[\"a\",{\"_placeholder\":true}]", SocketIOError.PlaceholderInvalid)]
    [InlineData("51-[\"a\",{\"_placeholder\":true,\"num\":0},{\"_placeholder\":true,\"num\":0}]", SocketIOError.PlaceholderInvalid)]
    [InlineData("52-[\"a\",[{\"_placeholder\":true,\"num\":1}],{\"_placeholder\":true,\"num\":1}]", SocketIOError.PlaceholderInvalid)]
    [InlineData("51-[\"a\",[{\"deep\":{\"_placeholder\":true,\"num\":5}}]]", SocketIOError.PlaceholderInvalid)]
    public void Text_is_no_packet(string text, SocketIOError expected)
    {
        Assert.Equal(expected, new SocketIODecoder().ReceiveText(Encoding.UTF8.GetBytes(text), out SocketIOPacket? packet));
        Assert.Null(packet);
    }

    [Fact]
    public void Hostile_texts_end_in_their_error()
    {
        AssertError(SocketIOError.IdTooLarge, "2" + new string('9', 100) + "[\"a\"]");
        AssertError(SocketIOError.NamespaceTooLong, "2/" + new string('n', 256) + ",[\"a\"]");
        AssertError(SocketIOError.PayloadMalformed, "2[\"a\"," + new string('[', 100_000));
        AssertError(SocketIOError.PayloadMalformed, "51-[\"a\"," + new string('[', 100_000));
        AssertError(SocketIOError.PayloadMalformed, "2[\"a\"," + new string('[', 64) + new string(']', 64) + "]");
        Assert.Null(
            new SocketIODecoder().ReceiveText(Encoding.UTF8.GetBytes("2[\"a\"," + new string('[', 63) + new string(']', 63) + "]"), out _));
        Assert.Equal(SocketIOError.PacketMalformed, new SocketIODecoder().ReceiveText(new byte[] { (byte)'2', (byte)'[', 0xff }, out _));
        Assert.Equal(
            SocketIOError.PacketTooLarge,
            new SocketIODecoder(new() { MaxPacketSize = 100 })
                .ReceiveText(Encoding.UTF8.GetBytes("2[\"" + new string('x', 100) + "\"]"), out _));

        static void AssertError(SocketIOError expected, string text) =>
            Assert.Equal(expected, new SocketIODecoder().ReceiveText(Encoding.UTF8.GetBytes(text), out _));
    }

    [Theory]
    [InlineData("2[\"a\"]", "[]")]
    [InlineData("2[\"a\",1, \"é\\n\" ,{\"x\": [null,true]}]", "[1,\"é\\n\",{\"x\": [null,true]}]")]
    [InlineData("2[\"a\",[1,\n\t2]]", "[[1,  2]]")]
    [InlineData("2[\"a\",\"\u202e\u2028\u2029\"]", "[\"???\"]")]
    public void Arguments_are_shown_as_JSON_on_one_line(string text, string expected) =>
        Assert.Equal(expected, Decode(text).Arguments.ToString());

    [Fact]
    public void Arguments_are_shown_up_to_their_first_200_characters_and_attachments_by_their_size()
    {
        string exact = "[\"" + new string('x', 196) + "\"]";
        Assert.Equal(exact, Decode("2[\"a\"," + exact[1..]).Arguments.ToString());
        string cut = Decode("2[\"a\",1," + exact[1..]).Arguments.ToString();
        Assert.Equal("[1," + exact[1..198] + "…", cut);
        string balloons = string.Concat(Enumerable.Repeat("\U0001F388", 1000));
        Assert.Equal($"[\"x{balloons[..196]}…", Decode($"2[\"a\",\"x{balloons}\"]").Arguments.ToString());
        var decoder = new SocketIODecoder();
        Assert.Null(decoder.ReceiveText(
            "52-[\"a\",{\"_placeholder\":true,\"num\":1},{\"b\":{\"_placeholder\":true,\"num\":0}}]"u8.ToArray(),
            out _));
        Assert.Null(decoder.ReceiveBinary(new byte[3], out _));
        Assert.Null(decoder.ReceiveBinary(new byte[1000], out SocketIOPacket? packet));
        Assert.Equal("[<1000 bytes>,{\"b\":<3 bytes>}]", packet!.Arguments.ToString());
        Assert.Equal("[]", SocketIOArguments.None.ToString());
        Assert.Equal(cut, Decode("2[\"a\",1," + exact[1..^1] + ",2,3]").Arguments.ToString());
        var many = new SocketIODecoder(new() { MaxAttachments = 40 });
        string places = string.Join(',', Enumerable.Range(0, 40).Select(number => $"{{\"_placeholder\":true,\"num\":{number}}}"));
        Assert.Null(many.ReceiveText(Encoding.UTF8.GetBytes($"540-[\"a\",[{places}]]"), out _));
        for (int i = 0; i < 40; i++)
            Assert.Null(many.ReceiveBinary(new byte[1], out packet));
        Assert.Equal("[[" + string.Concat(Enumerable.Repeat("<1 bytes>,", 40))[..198] + "…", packet!.Arguments.ToString());
    }

    [Fact]
    public void Arguments_are_read_by_the_options_that_the_decoder_was_given_or_those_for_the_web()
    {
        var upper = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.KebabCaseUpper,
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        byte[] message = "2[\"a\",{\"SOME-NAME\":1,\"someName\":2},3]"u8.ToArray();
        Assert.Null(new SocketIODecoder(null, null, upper).ReceiveText(message, out SocketIOPacket? packet));
        Assert.Equal(1, packet!.Arguments.Get<Named>(0)!.SomeName);
        Assert.Null(new SocketIODecoder().ReceiveText(message, out packet));
        Assert.Equal((2, 3), (packet!.Arguments.Get<Named>(0)!.SomeName, packet.Arguments.Get<int>(1)));
        Assert.Equal(1, packet.Arguments.WithJson(upper).Get<Named>(0)!.SomeName);
        Assert.Null(packet.Arguments.Get<string>(2));
        Assert.Throws<JsonException>(() => packet.Arguments.Get<int>(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => packet.Arguments.Get<string>(-1));
    }

    private sealed record Named(int SomeName);

    [Fact]
    public void Packet_of_many_arguments_leaves_no_memory_behind()
    {
        byte[] text = Encoding.UTF8.GetBytes($"2[\"a\"{string.Concat(Enumerable.Repeat(",1", 400_000))}]");
        var decoders = new SocketIODecoder[20];
        long before = GC.GetTotalMemory(forceFullCollection: true);
        for (int i = 0; i < decoders.Length; i++)
        {
            decoders[i] = new();
            Assert.Null(decoders[i].ReceiveText(text, out SocketIOPacket? packet));
            Assert.Equal(400_000, packet!.Arguments.Count);
        }

        // A list of all arguments takes 4 MiB; 80 MiB would be left.
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 20 << 20);
        GC.KeepAlive(decoders);
    }

    [Fact]
    public void Attachments_follow_their_packet_and_are_where_the_placeholders_are()
    {
        var decoder = new SocketIODecoder();
        Assert.Null(decoder.ReceiveText(
            "52-/admin,7[\"save\",{\"_placeholder\":true,\"num\":1},{\"name\":\"x\",\"data\":{\"num\":0,\"_placeholder\":true}},3]"u8
                .ToArray(),
            out SocketIOPacket? packet));
        Assert.Null(packet);
        Assert.True(decoder.AwaitsAttachments);
        Assert.Null(decoder.ReceiveBinary(new byte[] { 1, 2, 3 }, out packet));
        Assert.Null(packet);
        Assert.Null(decoder.ReceiveBinary(new byte[] { 4 }, out packet));
        Assert.False(decoder.AwaitsAttachments);
        Assert.Equal("Event /admin 7 save \"BA==\"|{\"name\":\"x\",\"data\":\"AQID\"}|3", Show(packet!));
        JsonSerializerOptions json = new SocketIOEncoder().JsonOptions;
        Assert.Equal([4], packet!.Arguments.GetAttachment(0)!.Value.ToArray());
        Assert.Null(packet.Arguments.GetAttachment(1));
        Assert.Equal([4], (byte[])packet.Arguments.Get(0, json.GetTypeInfo(typeof(byte[])))!);
        Assert.Equal([4], ((ReadOnlyMemory<byte>)packet.Arguments.Get(0, json.GetTypeInfo(typeof(ReadOnlyMemory<byte>)))!).ToArray());
        Assert.Equal([4], Get<byte[]>(0)!);
        Assert.Equal([4], Get<ReadOnlyMemory<byte>>(0).ToArray());
        Assert.Equal([4], Get<Memory<byte>>(0).ToArray());
        Saved saved = Get<Saved>(1)!;
        Assert.Equal("x", saved.Name);
        Assert.Equal([1, 2, 3], saved.Data);
        Assert.Equal(3, Get<int>(2));
        Assert.Equal(3, packet.Arguments.Get(2, json.GetTypeInfo(typeof(int))));

        T? Get<T>(int index) =>
            packet!.Arguments.Get(index, (System.Text.Json.Serialization.Metadata.JsonTypeInfo<T>)json.GetTypeInfo(typeof(T)));
    }

    [Fact]
    public void Attachments_of_an_ack_arrive_too()
    {
        var decoder = new SocketIODecoder();
        Assert.Null(decoder.ReceiveText("61-13[\"bar\",{\"_placeholder\":true,\"num\":0}]"u8.ToArray(), out _));
        Assert.Null(decoder.ReceiveBinary(Array.Empty<byte>(), out SocketIOPacket? packet));
        Assert.Equal("Ack / 13 - \"bar\"|\"\"", Show(packet!));
    }

    /// <summary>The reference parser takes any object with the mark for a placeholder, whatever else is in it.</summary>
    [Fact]
    public void What_is_inside_a_placeholder_stands_for_nothing()
    {
        var decoder = new SocketIODecoder();
        Assert.Null(decoder.ReceiveText(
            "51-[\"a\",{\"in\":{\"_placeholder\":true,\"num\":99},\"_placeholder\":true,\"num\":0}]"u8.ToArray(), out _));
        Assert.Null(decoder.ReceiveBinary(new byte[] { 1 }, out SocketIOPacket? packet));
        Assert.Equal("Event / - a \"AQ==\"", Show(packet!));
    }

    [Theory]
    [InlineData("51-[\"a\",{\"_placeholder\":false,\"num\":99}]")]
    [InlineData("51-[\"a\",{\"_placeholder\":1,\"num\":99}]")]
    [InlineData("51-[\"a\"]")]
    public void Attachment_without_a_placeholder_is_dropped(string text)
    {
        var decoder = new SocketIODecoder();
        Assert.Null(decoder.ReceiveText(Encoding.UTF8.GetBytes(text), out _));
        Assert.Null(decoder.ReceiveBinary(new byte[] { 1 }, out SocketIOPacket? packet));
        Assert.Equal("a", packet!.Event);
    }

    [Fact]
    public void Order_of_messages_is_kept_to()
    {
        var decoder = new SocketIODecoder();
        Assert.Equal(SocketIOError.AttachmentUnexpected, decoder.ReceiveBinary(new byte[1], out _));
        Assert.Null(decoder.ReceiveText("51-[\"a\"]"u8.ToArray(), out _));
        Assert.Equal(SocketIOError.AttachmentMissing, decoder.ReceiveText("2[\"a\"]"u8.ToArray(), out _));
    }

    [Fact]
    public void Attachments_count_together()
    {
        var decoder = new SocketIODecoder(new() { MaxPacketSize = 20 });
        Assert.Null(decoder.ReceiveText("52-[\"a\"]"u8.ToArray(), out _));
        Assert.Null(decoder.ReceiveBinary(new byte[10], out _));
        Assert.Equal(SocketIOError.PacketTooLarge, decoder.ReceiveBinary(new byte[10], out _));
        Assert.Equal(
            SocketIOError.AttachmentCountInvalid,
            new SocketIODecoder(new() { MaxAttachments = 0 }).ReceiveText("51-[\"a\"]"u8.ToArray(), out _));
    }

    /// <summary>JavaScript cuts texts between the halves of a character and escapes what is left.</summary>
    [Theory]
    [Trait("Demand", "Q16")]
    [InlineData("half \\ud83d", "half \ufffd")]
    [InlineData("\\uDE00 half", "\ufffd half")]
    [InlineData("\\ud83d\\ude00", "😀")]
    [InlineData("\\ud83d\\ud83d\\ude00", "\ufffd😀")]
    [InlineData("\\ud83d\\u0041", "\ufffdA")]
    [InlineData("\\ud83d\\n", "\ufffd\n")]
    [InlineData("\\\\ud83d", "\\ud83d")]
    [InlineData("\\\\\\ud83d", "\\\ufffd")]
    [InlineData("\\u00e9\\ud83d", "é\ufffd")]
    public void Half_a_character_is_U_FFFD(string json, string expected)
    {
        byte[] message = Encoding.UTF8.GetBytes($"2[\"{json}\",\"{json}\",{{\"{json}\":1}}]");
        byte[] copy = [.. message];
        Assert.Null(new SocketIODecoder().ReceiveText(message, out SocketIOPacket? packet));
        Assert.Equal(copy, message);
        Assert.Equal(expected, packet!.Event);
        Assert.Equal(expected, JsonDocument.Parse(packet.Arguments.GetJson(0)).RootElement.GetString());
        Assert.Equal(expected, Assert.Single(JsonDocument.Parse(packet.Arguments.GetJson(1)).RootElement.EnumerateObject()).Name);
    }

    [Theory]
    [InlineData("2[\"\\u12\"]")]
    [InlineData("2[\"\\ud83x\"]")]
    [InlineData("2[\"\\")]
    public void Broken_escapes_are_no_JSON(string text) => Text_is_no_packet(text, SocketIOError.PayloadMalformed);

    [Fact]
    public void Arguments_that_there_are_not_are_the_callers_mistake()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SocketIOArguments.None.GetJson(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Decode("2[\"a\",1]").Arguments.GetJson(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Decode("2[\"a\",1]").Arguments.GetAttachment(-1));
    }

    [Fact]
    public void Limits_are_checked()
    {
        var options = new SocketIOConnectionOptions { Decoder = new() { MaxNamespaceLength = 2, MaxDepth = 2 } };
        Assert.Equal(
            SocketIOError.NamespaceTooLong,
            new SocketIOConnection(options, TimeSpan.Zero).ReceiveText("0/ab"u8.ToArray(), TimeSpan.Zero).Error);
        Assert.Equal(
            SocketIOError.PayloadMalformed,
            new SocketIOConnection(options, TimeSpan.Zero).ReceiveText("0{\"a\":[[]]}"u8.ToArray(), TimeSpan.Zero).Error);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIODecoderOptions { MaxAttachments = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIODecoderOptions { MaxPacketSize = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIODecoderOptions { MaxNamespaceLength = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIODecoderOptions { MaxDepth = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIODecoderOptions { MaxDepth = 1001 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOConnectionOptions { ConnectTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOConnectionOptions { AttachmentTimeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIOConnectionOptions { MaxNamespaces = 0 });
        Assert.Throws<ArgumentNullException>(() => new SocketIOConnectionOptions { Decoder = null! });
    }

    internal static SocketIOPacket Decode(string text)
    {
        Assert.Null(new SocketIODecoder().ReceiveText(Encoding.UTF8.GetBytes(text), out SocketIOPacket? packet));
        return packet!;
    }

    internal static string Show(SocketIOPacket packet) =>
        $"{packet.Type} {packet.Namespace} {packet.Id?.ToString() ?? "-"} {packet.Event ?? "-"} {Arguments(packet.Arguments)}".TrimEnd(' ')
        + (packet.Event?.Length == 0 ? " " : "");

    private static string Arguments(SocketIOArguments arguments) =>
        string.Join('|', Enumerable.Range(0, arguments.Count).Select(index => Encoding.UTF8.GetString(arguments.GetJson(index).Span)));

    private sealed record Saved(string Name, byte[] Data);
}
