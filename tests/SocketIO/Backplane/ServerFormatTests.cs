using System.Text;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Tests.Backplane;

/// <summary>Messages between servers. The texts of Python are what python-socketio 5.16 writes, written anew.</summary>
public class ServerFormatTests
{
    private const string Host = "0123456789abcdef0123456789abcdef";

    private static readonly SocketIOAudience _everybody = new("/", [], []);

    private static readonly int[] _numbers = [1, 2];

    /// <summary>What Python's servers publish, and what clients get of it.</summary>
    public static TheoryData<string, string, string> PythonEmits => new()
    {
        { "\"data\": [null], \"binary\": false, \"namespace\": \"/\", \"room\": null, \"skip_sid\": null", "/||", "2[\"e\"]" },
        { "\"data\": [], \"binary\": false, \"namespace\": \"/\", \"room\": null, \"skip_sid\": null", "/||", "2[\"e\"]" },
        { "\"data\": [\"a\"], \"binary\": false, \"namespace\": \"/\", \"room\": 5, \"skip_sid\": null", "/|5|", "2[\"e\",\"a\"]" },
        { "\"data\": [[1, 2]], \"binary\": false, \"namespace\": \"/\", \"room\": \"r\", \"skip_sid\": [null]", "/|r|", "2[\"e\",[1, 2]]" },
        {
            "\"data\": [1, \"zwei \\u00fc \\ud83c\\udf88\", {\"x\": null}], \"binary\": false, \"namespace\": \"/\", "
                + "\"room\": [\"a\", \"b\"], \"skip_sid\": \"s\"",
            "/|a b|s",
            "2[\"e\",1, \"zwei \\u00fc \\ud83c\\udf88\", {\"x\": null}]"
        },
        {
            "\"data\": [\"half \\ud83d\"], \"binary\": false, \"namespace\": null, \"room\": \"\\ud83d\", \"skip_sid\": null",
            "/|\ufffd|",
            "2[\"e\",\"half \\ufffd\"]"
        },
        {
            "\"data\": [[{\"_placeholder\": true, \"num\": 0}, {\"in\": [{\"_placeholder\": true, \"num\": 1}]}], \"AQI=\", \"Aw==\"], "
                + "\"binary\": true, \"namespace\": \"/n\", \"room\": null, \"skip_sid\": [\"s\", \"t\"]",
            "/n||s t",
            "52-/n,[\"e\",{\"_placeholder\": true, \"num\": 0}, {\"in\": [{\"_placeholder\": true, \"num\": 1}]}] 0102 03"
        },
        {
            "\"data\": [[{\"_placeholder\": true, \"num\": 0}], \"\"], \"binary\": true, \"namespace\": \"/\"",
            "/||",
            "51-[\"e\",{\"_placeholder\": true, \"num\": 0}] -"
        },
        { "\"data\": [[]], \"binary\": true, \"namespace\": \"/\"", "/||", "2[\"e\"]" },
        { "\"data\": [ ], \"binary\": false, \"more\": {\"data\": [1]}", "/||", "2[\"e\"]" },
        { "\"\\ud83d\": 1, \"data\": [{\"\\ud83d\": 1}]", "/||", "2[\"e\",{\"\\ufffd\": 1}]" },
        {
            "\"binary\": true, \"data\": [[{\"\\udf88 half of it\": 1}, {\"_placeholder\": true, \"num\": 0}], \"AQ==\"]",
            "/||",
            "51-[\"e\",{\"\\ufffd half of it\": 1}, {\"_placeholder\": true, \"num\": 0}] 01"
        },
    };

    public static TheoryData<string> Broken => new()
    {
        "", "x", "1", "null", "\"emit\"", "[]", "{", "{}x", "{\"method\":1,}", "\u0080",
        "{\"method\":true}",
        "{\"method\":\"emit\",\"event\":\"e\",\"data\":[1],\"namespace\":[]}",
        "{\"method\":\"emit\",\"event\":\"e\",\"data\":[1],\"room\":{}}",
        "{\"method\":\"emit\",\"event\":\"e\",\"data\":[1],\"room\":[[]]}",
        "{\"method\":\"emit\",\"event\":\"e\",\"data\":[1],\"callback\":7}",
        "{\"method\":\"emit\",\"event\":\"e\",\"data\":[1],\"callback\":[\"r\",\"/\",\"1\"]}",
        "{\"method\":\"emit\",\"event\":\"e\",\"data\":[1],\"callback\":[\"r\",\"/\",1e99]}",
        "{\"method\":\"enter_room\",\"sid\":\"s\"}",
        "{\"method\":\"leave_room\",\"sid\":\"s\",\"room\":null}",
        "{\"method\":\"close_room\"}",
        "{\"method\":\"callback\",\"host_id\":\"h\",\"id\":1}",
        "{\"method\":\"callback\",\"host_id\":\"h\",\"id\":\"1\",\"args\":[]}",
        "{\"method\":\"callback\",\"host_id\":\"h\",\"id\":1,\"args\":[],\"attachments\":[\"AQ==\"]}",
        "{\"method\":\"callback\",\"host_id\":\"h\",\"id\":1,\"args\":[],\"attachments\":[1]}",
        "{\"method\":\"callback\",\"host_id\":\"h\",\"id\":1,\"args\":[],\"attachments\":[\"?\"]}",
        "{\"method\":\"counted\",\"host_id\":\"h\",\"id\":1,\"count\":1}",
        "{\"method\":\"counted\",\"to\":\"h\",\"id\":1,\"count\":1}",
        "{\"method\":\"count\",\"host_id\":\"h\"}",
        "{\"method\":\"count\",\"id\":1}",
        "{\"method\":\"alive\"}",
    };

    public static TheoryData<string> BrokenEvents => new()
    {
        "\"event\":\"e\"", "\"event\":\"e\",\"data\":1", "\"data\":[1]", "\"event\":{},\"data\":[]", "\"event\":\"connect\",\"data\":[]",
        "\"event\":\"e\",\"data\":[],\"binary\":true", "\"event\":\"e\",\"data\":{},\"binary\":true",
        "\"event\":\"e\",\"data\":[1],\"binary\":true", "\"event\":\"e\",\"data\":[[],\"AQ==\"],\"binary\":true",
        "\"event\":\"e\",\"data\":[[{\"_placeholder\":true,\"num\":1}],\"AQ==\"],\"binary\":true",
        "\"event\":\"e\",\"data\":[[{\"_placeholder\":true,\"num\":0}],1],\"binary\":true",
        $"\"event\":\"e\",\"data\":[[{string.Join(',', Enumerable.Range(0, 4).Select(num => $"{{\"_placeholder\":true,\"num\":{num}}}"))}],"
            + "\"\",\"\",\"\",\"\"],\"binary\":true",
        $"\"event\":\"e\",\"data\":{new string('[', 65)}{new string(']', 65)}",
    };

    [Theory]
    [MemberData(nameof(PythonEmits))]
    public void Event_of_Python_is_what_its_own_clients_get(string fields, string audience, string packets)
    {
        ServerEmit emit = Assert.IsType<ServerEmit>(
            Read($"{{\"method\": \"emit\", \"event\": \"e\", {fields}, \"callback\": null, \"host_id\": \"{Host}\"}}"));
        Assert.Equal(Host, emit.Origin);
        Assert.Equal(
            audience,
            $"{emit.Audience.Namespace}|{string.Join(' ', emit.Audience.Rooms)}|{string.Join(' ', emit.Audience.Except)}");
        Assert.False(emit.IsVolatile);
        Assert.Null(emit.Call);
        Assert.Equal(packets, Show(new SocketIOEncoder().Encode(emit.Read(10)!)));
    }

    [Fact]
    public void Call_and_answer_of_Python_find_each_other()
    {
        ServerEmit emit = Assert.IsType<ServerEmit>(Read(
            "{\"method\": \"emit\", \"event\": \"e\", \"data\": [\"q\"], \"binary\": false, \"namespace\": \"/\", \"room\": \"r\", "
                + $"\"skip_sid\": null, \"callback\": [\"r\", \"/\", 1], \"host_id\": \"{Host}\"}}"));
        Assert.Equal((1, null), (emit.Call!.Id, emit.Call.Timeout));
        SocketIOArguments answered = Received("31[1,\"x\"]");
        Assert.Equal(
            $"{{\"method\":\"callback\",\"host_id\":\"{Host}\",\"sid\":\"r\",\"namespace\":\"/\",\"id\":1,\"args\":[1,\"x\"],"
                + "\"from\":\"me\"}",
            Text(new ServerAnswer("me", emit.Origin, "/", emit.Call, answered)));

        ServerAnswer answer = Assert.IsType<ServerAnswer>(Read(
            $"{{\"method\": \"callback\", \"host_id\": \"{Host}\", \"sid\": \"r\", \"namespace\": \"/\", \"id\": 7, "
                + "\"args\": [1, \"x\"]}"));
        Assert.Equal(("", Host, "/", 7, "\"r\""), (answer.Origin, answer.To, answer.Namespace, answer.Call.Id, Text(answer.Call.Room)));
        Assert.Equal(["1", "\"x\""], Json(answer.Arguments));
    }

    [Fact]
    public void Answers_carry_attachments()
    {
        SocketIOArguments arguments =
            Received("62-1[{\"_placeholder\":true,\"num\":1},[2,{\"_placeholder\":true,\"num\":0}]]", [7], [8, 9]);
        string text = Text(new ServerAnswer("me", Host, "/", new ServerCall("\"r\""u8.ToArray(), 1, null), arguments));
        Assert.Equal(
            $"{{\"method\":\"callback\",\"host_id\":\"{Host}\",\"sid\":\"r\",\"namespace\":\"/\",\"id\":1,"
                + "\"args\":[{\"_placeholder\":true,\"num\":0},[2,{\"_placeholder\":true,\"num\":1}]],\"from\":\"me\","
                + "\"attachments\":[\"CAk=\",\"Bw==\"]}",
            text);
        SocketIOArguments read = Assert.IsType<ServerAnswer>(Read(text)).Arguments;
        Assert.Equal([8, 9], read.GetAttachment(0)!.Value.ToArray());
        Assert.Equal("[2,\"Bw==\"]", Text(read.GetJson(1)));
        Assert.Equal(
            0, Assert.IsType<ServerAnswer>(Read("{\"method\":\"callback\",\"host_id\":\"h\",\"id\":1,\"args\":[]}")).Arguments.Count);
    }

    [Fact]
    public void Changes_are_those_of_Python()
    {
        AssertChange(
            "{\"method\":\"enter_room\",\"sid\":\"s\",\"room\":\"r\",\"namespace\":\"/\",\"host_id\":\"h\"}",
            ServerChangeKind.Join, "s", "r");
        AssertChange(
            "{\"method\":\"leave_room\",\"sid\":\"s\",\"room\":\"r\",\"namespace\":\"/\",\"host_id\":\"h\"}",
            ServerChangeKind.Leave, "s", "r");
        AssertChange("{\"method\":\"close_room\",\"room\":\"r\",\"namespace\":\"/\",\"host_id\":\"h\"}", ServerChangeKind.Leave, "r", "r");
        AssertChange(
            "{\"method\":\"disconnect\",\"sid\":\"s\",\"namespace\":\"/\",\"host_id\":\"h\"}",
            ServerChangeKind.Disconnect, "s", "");
    }

    [Fact]
    public void Changes_may_be_of_all_but_some_and_end_sessions()
    {
        AssertChange(
            "{\"method\":\"leave_room\",\"sid\":null,\"room\":\"r\",\"namespace\":\"/\",\"host_id\":\"h\"}",
            ServerChangeKind.Leave, null, "r");
        AssertChange(
            "{\"method\":\"leave_room\",\"sid\":\"r\",\"room\":\"r\",\"namespace\":\"/\",\"host_id\":\"h\",\"skip_sid\":\"a\"}",
            ServerChangeKind.Leave, "r", "r", ["a"]);
        AssertChange(
            "{\"method\":\"disconnect\",\"sid\":null,\"namespace\":\"/\",\"host_id\":\"h\",\"skip_sid\":[\"a\",\"b\"],\"close\":true}",
            ServerChangeKind.Disconnect, null, "", ["a", "b"], closes: true);
        Assert.Throws<ArgumentException>(() => Text(new ServerChange("h", new("/", ["a", "b"], []), ServerChangeKind.Join, "r")));
    }

    [Fact]
    public void Our_events_are_written_as_Python_reads_them()
    {
        var encoder = new SocketIOEncoder();
        Assert.Equal(
            "{\"method\":\"emit\",\"event\":\"e\",\"data\":[],\"binary\":false,\"namespace\":\"/\",\"room\":null,\"skip_sid\":null,"
                + "\"callback\":null,\"host_id\":\"h\"}",
            Text(new ServerEmit("h", _everybody, encoder.Content("/", "e", []))));
        Assert.Equal(
            "{\"method\":\"emit\",\"event\":\"é\\\"\",\"data\":[[1,2],\"x\"],\"binary\":false,\"namespace\":\"/n\",\"room\":\"r\","
                + "\"skip_sid\":\"s\",\"callback\":null,\"host_id\":\"h\",\"volatile\":true}",
            Text(new ServerEmit("h", new("/n", ["r"], ["s"]), encoder.Content("/n", "é\"", [_numbers, "x"])) { IsVolatile = true }));
        Assert.Equal(
            "{\"method\":\"emit\",\"event\":\"e\",\"data\":[[{\"_placeholder\":true,\"num\":0},{\"in\":{\"_placeholder\":true,\"num\":1}}],"
                + "\"AQ==\",\"Ag==\"],\"binary\":true,\"namespace\":\"/\",\"room\":[\"a\",\"b\"],\"skip_sid\":[\"c\",\"d\"],"
                + "\"callback\":[[\"a\",\"b\"],\"/\",3],\"host_id\":\"h\",\"timeout\":1500}",
            Text(new ServerEmit(
                "h", new("/", ["a", "b"], ["c", "d"]), encoder.Content("/", "e", [new byte[] { 1 }, new { In = new byte[] { 2 } }]))
            {
                Call = new ServerCall("[\"a\",\"b\"]"u8.ToArray(), 3, TimeSpan.FromSeconds(1.5)),
            }));
        Assert.Throws<ArgumentException>(
            () => new ServerEmit("h", _everybody, encoder.Content("/", "e", []) with { Type = SocketIOPacketType.Ack }));
    }

    [Fact]
    public void One_null_stays_one_argument_between_our_servers()
    {
        string text = Text(new ServerEmit("h", _everybody, new SocketIOEncoder().Content("/", "e", [null])));
        Assert.EndsWith(
            "\"data\":[null],\"binary\":false,\"namespace\":\"/\",\"room\":null,\"skip_sid\":null,\"callback\":null,\"host_id\":\"h\","
                + "\"exact\":true}",
            text, StringComparison.Ordinal);
        ServerEmit emit = Assert.IsType<ServerEmit>(Read(text));
        Assert.Equal("2[\"e\",null]", Show(new SocketIOEncoder().Encode(emit.Read(10)!)));
    }

    [Fact]
    public void Calls_of_ours_say_how_long_they_wait()
    {
        ServerEmit emit = Assert.IsType<ServerEmit>(
            Read("{\"method\":\"emit\",\"event\":\"e\",\"data\":[],\"callback\":[null,\"/\",3],\"timeout\":-5,\"volatile\":true}"));
        Assert.Equal((3, Timeout.InfiniteTimeSpan, "null"), (emit.Call!.Id, emit.Call.Timeout!.Value, Text(emit.Call.Room)));
        Assert.True(emit.IsVolatile);
        Assert.Equal("", emit.Origin);
        Assert.Null(Assert.IsType<ServerEmit>(Read("{\"method\":\"emit\",\"event\":\"e\",\"data\":[],\"callback\":[1,2]}")).Call);
    }

    [Fact]
    public void Counts_and_signs_of_life_come_back_as_they_were()
    {
        var count = (ServerCount)Read(Text(new ServerCount("h", new("/", ["r"], ["s"]), 4)))!;
        Assert.Equal(
            ("h", 4, "/", "r", "s"),
            (count.Origin, count.Id, count.Audience.Namespace, count.Audience.Rooms.Single(), count.Audience.Except.Single()));
        foreach (SocketIOServerMessage message in new SocketIOServerMessage[]
        {
            new ServerCounted("h", "to", 4, -1), new ServerAlive("h"), new ServerAlive("h", true),
        })
            Assert.Equal(message, Read(Text(message)));
        Assert.Equal(
            int.MaxValue,
            ((ServerCounted)Read("{\"method\":\"counted\",\"host_id\":\"o\",\"to\":\"h\",\"id\":1,\"count\":9999999999}")!).Count);
    }

    [Fact]
    public void Messages_of_others_are_nothing()
    {
        Assert.Null(Read("{}"));
        Assert.Null(Read("{\"method\":\"something\",\"emit\":1}"));
        Assert.Null(Read("{\"type\":\"message\",\"data\":[{\"x\":[]}]}"));
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_malformed_is_no_message(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        Assert.False(SocketIOServerFormat.TryRead(bytes, out SocketIOServerMessage? message));
        Assert.Null(message);
    }

    [Theory]
    [MemberData(nameof(BrokenEvents))]
    public void Event_that_is_malformed_is_found_when_it_is_read(string fields)
    {
        ServerEmit emit = Assert.IsType<ServerEmit>(Read($"{{\"method\":\"emit\",{fields}}}"));
        Assert.Null(emit.Read(3));
    }

    [Fact]
    public void Other_forms_of_packets_get_the_same_content()
    {
        var encoder = new SocketIOEncoder(parser: new LineParser());
        ServerEmit emit = Assert.IsType<ServerEmit>(
            Read("{\"method\":\"emit\",\"event\":\"e\",\"data\":[[ {\"_placeholder\":true,\"num\":0}, 1 ],\"AQ==\"],\"binary\":true}"));
        SocketIOContent content = emit.Read(10)!;
        Assert.Equal(
            "2\n/\n5\n5:29:01\n[\"e\",{\"_placeholder\":true,\"num\":0}, 1]",
            Text(encoder.Encode(content with { Id = 5 })[0].Data));
        Assert.Equal(
            "2\n/\n\n5:29:01\n[\"e\",{\"_placeholder\":true,\"num\":0}]",
            Text(encoder.Encode(encoder.Content("/", "e", [new byte[] { 1 }]))[0].Data));
    }

    private static SocketIOServerMessage? Read(string text)
    {
        Assert.True(SocketIOServerFormat.TryRead(Encoding.UTF8.GetBytes(text), out SocketIOServerMessage? message));
        return message;
    }

    private static void AssertChange(
        string text, ServerChangeKind kind, string? member, string room, string[]? except = null, bool closes = false)
    {
        ServerChange change = Assert.IsType<ServerChange>(Read(text));
        Assert.Equal(
            ("h", "/", kind, room, closes),
            (change.Origin, change.Audience.Namespace, change.Kind, change.Room, change.ClosesSessions));
        Assert.Equal(member is null ? [] : [member], change.Audience.Rooms);
        Assert.Equal(except ?? [], change.Audience.Except);
        Assert.Equal(text, Text(change));
    }

    /// <summary>What a client has answered.</summary>
    private static SocketIOArguments Received(string text, params byte[][] attachments)
    {
        var decoder = new SocketIODecoder();
        Assert.Null(decoder.ReceiveText(Encoding.UTF8.GetBytes(text), out SocketIOPacket? packet));
        foreach (byte[] attachment in attachments)
            Assert.Null(decoder.ReceiveBinary(attachment, out packet));
        return packet!.Arguments;
    }

    private static IEnumerable<string> Json(SocketIOArguments arguments) =>
        Enumerable.Range(0, arguments.Count).Select(index => Text(arguments.GetJson(index)));

    private static string Text(SocketIOServerMessage message) => Text(SocketIOServerFormat.Write(message));

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    private static string Show(IReadOnlyList<Packet> packets) => string.Join(
        ' ',
        packets.Select(
            packet => !packet.IsBinary ? Text(packet.Data) : packet.Data.Length == 0 ? "-" : Convert.ToHexString(packet.Data.Span)));
}
