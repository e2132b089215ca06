using WsProto.Extensions;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Events;

/// <summary>Events are values: equal by content, and never changed.</summary>
public class EventTests
{
    private static readonly WsExtension _flip = new FlipExtension();
    private static readonly WsExtension _tag = new TagExtension();

    /// <summary>Fresh events of which no two are equal: for each type one with all defaults, then one for each property.</summary>
    private static WsEvent[] Variants() =>
    [
        new Request("h", "/"),
        new Request("i", "/"),
        new Request("h", "/t"),
        new Request("h", "/") { Subprotocols = ["a", "b"] },
        new Request("h", "/") { Subprotocols = ["b", "a"] },
        new Request("h", "/") { Extensions = [_flip] },
        new Request("h", "/") { Extensions = [_flip, _tag] },
        new Request("h", "/") { ExtraHeaders = [("A", "1")] },
        new Request("h", "/") { ExtraHeaders = [("A", "2")] },
        new Request("h", "/") { ExtraHeaders = [("A", "1"), ("A", "1")] },
        new AcceptConnection(),
        new AcceptConnection { Subprotocol = "a" },
        new AcceptConnection { Extensions = [_flip] },
        new AcceptConnection { Extensions = [_tag] },
        new AcceptConnection { ExtraHeaders = [("A", "1")] },
        new RejectConnection(),
        new RejectConnection { StatusCode = 403 },
        new RejectConnection { Headers = [("A", "1")] },
        new RejectConnection { HasBody = true },
        new RejectData(default),
        new RejectData("a"u8.ToArray()),
        new RejectData("b"u8.ToArray()),
        new RejectData(default, bodyFinished: false),
        new HandshakeFailed { Error = ProtocolError.InvalidKey, Message = "m" },
        new HandshakeFailed { Error = ProtocolError.InvalidHost, Message = "m" },
        new HandshakeFailed { Error = ProtocolError.InvalidKey, Message = "n" },
        new HandshakeFailed { Error = ProtocolError.InvalidKey, Message = "m", Response = new RejectConnection() },
        new HandshakeFailed { Error = ProtocolError.InvalidKey, Message = "m", Response = new RejectConnection { StatusCode = 431 } },
        new HandshakeFailed
        {
            Error = ProtocolError.InvalidKey,
            Message = "m",
            RequestHead = new() { Method = "GET", Target = "/", Headers = [] },
        },
        new HandshakeFailed
        {
            Error = ProtocolError.InvalidKey,
            Message = "m",
            RequestHead = new() { Method = "PUT", Target = "/", Headers = [] },
        },
        new HandshakeFailed
        {
            Error = ProtocolError.InvalidKey,
            Message = "m",
            RequestHead = new() { Method = "GET", Target = "*", Headers = [] },
        },
        new HandshakeFailed
        {
            Error = ProtocolError.InvalidKey,
            Message = "m",
            RequestHead = new() { Method = "GET", Target = "/", Headers = [("A", "1")] },
        },
        new TextMessage(""),
        new TextMessage("a"),
        new TextMessage("") { FrameFinished = false },
        new TextMessage("") { MessageFinished = false },
        new TextMessage("") { Compress = false },
        new TextMessage("") { Compress = true },
        new BytesMessage(default),
        new BytesMessage("a"u8.ToArray()),
        new BytesMessage("b"u8.ToArray()),
        new BytesMessage("ab"u8.ToArray()),
        new BytesMessage(default) { FrameFinished = false },
        new BytesMessage(default) { MessageFinished = false },
        new BytesMessage(default) { Compress = false },
        new BytesMessage(default) { Compress = true },
        new Ping(),
        new Ping("a"u8.ToArray()),
        new Ping("b"u8.ToArray()),
        new Pong(),
        new Pong("a"u8.ToArray()),
        new Pong("b"u8.ToArray()),
        new CloseConnection(CloseCode.NormalClosure),
        new CloseConnection((CloseCode)4000),
        new CloseConnection(CloseCode.NormalClosure, ""),
        new CloseConnection(CloseCode.NormalClosure, "r"),
        new CloseConnection(CloseCode.NormalClosure) { Error = ProtocolError.InvalidUtf8 },
        new CloseConnection(CloseCode.NormalClosure) { Error = ProtocolError.ReservedOpcode },
    ];

    [Fact]
    public void Events_are_equal_by_content_and_differ_in_every_property()
    {
        WsEvent[] left = Variants();
        WsEvent[] right = Variants();
        for (int i = 0; i < left.Length; i++)
        {
            Assert.NotSame(left[i], right[i]);
            Assert.Equal(left[i].GetHashCode(), right[i].GetHashCode());
            for (int j = 0; j < right.Length; j++)
            {
                Assert.True(left[i].Equals(right[j]) == (i == j), $"{left[i]} and {right[j]}");
                Assert.Equal(i == j, left[i] == right[j]);
                Assert.Equal(i != j, left[i] != right[j]);
            }

            Assert.False(left[i].Equals(null));
            Assert.False(left[i].Equals((object)"other"));
        }
    }

    [Fact]
    public void Events_find_themselves_in_a_set()
    {
        var set = new HashSet<WsEvent>(Variants());
        Assert.Equal(Variants().Length, set.Count);
        Assert.All(Variants(), e => Assert.Contains(e, set));
    }

    [Fact]
    public void Hash_codes_depend_on_the_data()
    {
        byte[][] data = [[], [0], [1], [0, 1], [1, 0]];
        Func<byte[], WsEvent>[] kinds = [d => new BytesMessage(d), d => new Ping(d), d => new Pong(d), d => new RejectData(d)];
        Assert.All(kinds, make => Assert.Equal(data.Length, data.Select(d => make(d).GetHashCode()).Distinct().Count()));
    }

    [Fact]
    public void Every_event_has_variants_here_and_each_of_its_own_properties_is_varied()
    {
        Type[] types =
        [
            .. typeof(WsEvent).Assembly.GetExportedTypes().Where(type => type.IsSubclassOf(typeof(WsEvent)) && !type.IsAbstract),
        ];
        WsEvent[] variants = Variants();
        Assert.Equal(types.ToHashSet(), variants.Select(e => e.GetType()).ToHashSet());
        Assert.Equal(Enum.GetValues<EventKind>().ToHashSet(), variants.Select(e => e.Kind).ToHashSet());
        foreach (Type type in types)
        {
            Assert.True(type.IsSealed, type.Name);
            foreach (System.Reflection.PropertyInfo property in type.GetProperties()
                .Where(property => property.CanWrite && property.PropertyType != typeof(Exception)))
            {
                WsEvent[] own = [.. variants.Where(e => e.GetType() == type)];
                Assert.True(
                    own.Select(e => Text(property.GetValue(e))).Distinct().Count() > 1,
                    $"{type.Name}.{property.Name} is never varied");
            }
        }
    }

    [Fact]
    public void With_changes_one_property_and_leaves_the_original_alone()
    {
        var message = new TextMessage("a") { MessageFinished = false };
        TextMessage other = message with { Data = "b" };
        Assert.Equal(new TextMessage("b") { MessageFinished = false }, other);
        Assert.Equal(new TextMessage("a") { MessageFinished = false }, message);
        Assert.Equal(new BytesMessage(new byte[] { 1 }) { Compress = false }, new BytesMessage(new byte[] { 1 }) with { Compress = false });
        Assert.Equal(new Request("h", "/x"), new Request("h", "/") with { Target = "/x" });
        Assert.Equal(new RejectData(new byte[] { 1 }, bodyFinished: false), new RejectData(new byte[] { 1 }) with { BodyFinished = false });
        Assert.Equal(new Ping(new byte[] { 1 }), new Ping() with { Payload = new byte[] { 1 } });
        Assert.Equal(new Pong(new byte[] { 1 }), new Pong() with { Payload = new byte[] { 1 } });
        Assert.Equal(new CloseConnection((CloseCode)4000, "r"), new CloseConnection((CloseCode)4001, "r") with { Code = (CloseCode)4000 });
    }

    [Fact]
    public void Initializers_and_constructors_make_the_same_events()
    {
        Assert.Equal(new Request("h", "/"), new Request { Host = "h", Target = "/" });
        Assert.Equal(new TextMessage("a"), new TextMessage { Data = "a" });
        Assert.Equal(new BytesMessage(new byte[] { 1 }), new BytesMessage { Data = new byte[] { 1 } });
        Assert.Equal(new RejectData(new byte[] { 1 }), new RejectData { Data = new byte[] { 1 } });
        (CloseCode code, string? reason) = new CloseConnection(CloseCode.GoingAway, "r");
        Assert.Equal((CloseCode.GoingAway, "r"), (code, reason));
    }

    [Fact]
    public void Defaults_are_those_that_are_documented()
    {
        Assert.Equal((400, false), (new RejectConnection().StatusCode, new RejectConnection().HasBody));
        Assert.Empty(new RejectConnection().Headers);
        var text = new TextMessage("");
        Assert.Equal((true, true, null), (text.FrameFinished, text.MessageFinished, text.Compress));
        Assert.True(new RejectData(default).BodyFinished);
        Assert.Equal((null, null), (new AcceptConnection().Subprotocol, new CloseConnection(CloseCode.NormalClosure).Reason));
        Assert.Equal((0, 0), (new Ping().Payload.Length, new Pong().Payload.Length));
        var request = new Request("h", "/");
        Assert.Equal(
            (0, 0, 0, 0),
            (request.Subprotocols.Count, request.Extensions.Count, request.ExtensionOffers.Count, request.ExtraHeaders.Count));
    }

    [Fact]
    [Trait("wsproto", "test_connection.py::test_ping_pong")]
    public void Response_of_a_Ping_is_a_Pong_with_its_payload()
    {
        Assert.Equal(new Pong(), new Ping().Response());
        Assert.Equal(new Pong(new byte[] { 0, 0xFF }), new Ping(new byte[] { 0, 0xFF }).Response());
    }

    [Theory]
    [InlineData(1000, 1000)]
    [InlineData(1005, 1005)]
    [InlineData(1009, 1009)]
    [InlineData(1010, 1000)]
    [InlineData(1014, 1014)]
    [InlineData(4999, 4999)]
    public void Response_of_a_Close_echoes_code_and_reason_except_1010(int received, int sent)
    {
        string? reason = received == 1005 ? null : "r";
        Assert.Equal(new CloseConnection((CloseCode)sent, reason), new CloseConnection((CloseCode)received, reason).Response());
    }

    [Fact]
    public void Response_of_a_failure_is_its_code_and_reason_and_no_failure_itself() =>
        Assert.Equal(
            new CloseConnection(CloseCode.MessageTooBig, "r"),
            (new CloseConnection(CloseCode.MessageTooBig, "r") { Error = ProtocolError.MessageTooBig }).Response());

    [Fact]
    [Trait("RFC", "6455 §10.2")]
    public void Origin_is_that_of_the_headers_or_null()
    {
        Assert.Null(new Request("h", "/").Origin);
        Assert.Equal("https://example.com", (new Request("h", "/") { ExtraHeaders = [("origin", "https://example.com")] }).Origin);
    }

    private static string Text(object? value) => value switch
    {
        ReadOnlyMemory<byte> memory => Convert.ToHexString(memory.Span),
        string text => text,
        System.Collections.IEnumerable items => string.Join(", ", items.Cast<object>()),
        null => "",
        _ => value.ToString()!,
    };
}
