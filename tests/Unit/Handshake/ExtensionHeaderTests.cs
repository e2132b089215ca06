using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>The grammar of Sec-WebSocket-Extensions, in both directions.</summary>
[Trait("RFC", "6455 §9.1")]
public class ExtensionHeaderTests
{
    public static TheoryData<string, ExtensionElement> WellFormed => new()
    {
        { "foo", new("foo") },
        { " foo ", new("foo") },
        { ",foo,\t,", new("foo") },
        { "foo;a", new("foo", new ExtensionParameter("a")) },
        { "foo\t; a = 1 ;\tb", new("foo", new("a", "1"), new("b")) },
        { "foo; a=1; a=2; a; A=3", new("foo", new("a", "1"), new("a", "2"), new("a"), new("A", "3")) },
        { "foo; p=\"10\"", new("foo", new ExtensionParameter("p", "10")) },
        { "foo; p = \"10\" ; q", new("foo", new("p", "10"), new("q")) },
        { "foo; p=\"a\\b\"", new("foo", new ExtensionParameter("p", "ab")) },
        { "foo; p=\"\\a\\b\"", new("foo", new ExtensionParameter("p", "ab")) },
        { "!#$%&'*+-.^_`|~Foo; ~=|", new("!#$%&'*+-.^_`|~Foo", new ExtensionParameter("~", "|")) },
    };

    [Theory]
    [MemberData(nameof(WellFormed))]
    [Trait("MUST", "9.1-2")]
    [Trait("MUST", "4.2.1-12")]
    [Trait("MUST", "4.3-1")]
    public void Server_receives_offer__reports_its_name_and_parameters_as_parsed(string value, ExtensionElement offer) =>
        Assert.Equal([offer], ReadRequest(Heads.Request(more: $"Sec-WebSocket-Extensions: {value}")).ExtensionOffers);

    [Theory]
    [MemberData(nameof(WellFormed))]
    [Trait("MUST", "9.1-2")]
    [Trait("MUST", "4.3-1")]
    public void Client_receives_answer__reads_its_parameters_as_parsed(string value, ExtensionElement answer)
    {
        var request = new Request("h", "/") { Extensions = [new FakeExtension(answer.Name)] };
        AcceptConnection accept = ReadAccept(Heads.Response(more: $"Sec-WebSocket-Extensions: {value}"), request);
        Assert.Equal([answer], accept.AgreedExtensions);
        Assert.Equal([new HeaderField("Sec-WebSocket-Extensions", value.Trim())], accept.ExtraHeaders);
    }

    [Theory]
    [MemberData(nameof(WellFormed))]
    public void Value_of_a_header_is_parsed_in_public(string value, ExtensionElement element)
    {
        Assert.True(ExtensionElement.TryParseList(value, out IReadOnlyList<ExtensionElement> alone));
        Assert.Equal([element], alone);
        Assert.True(ExtensionElement.TryParseList($"first, {value}, foo;q", out IReadOnlyList<ExtensionElement> amongOthers));
        Assert.Equal([new("first"), element, new("foo", new ExtensionParameter("q"))], amongOthers);

        // One element has no comma beside it.
        Assert.Equal(!value.Contains(',', StringComparison.Ordinal), ExtensionElement.TryParse(value, out ExtensionElement? one));
        Assert.True(one is null || one.Equals(element));
        Assert.True(ExtensionElement.TryParse(element.ToString(), out ExtensionElement? again));
        Assert.Equal(element, again);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",")]
    [InlineData("foo bar")]
    [InlineData("foo; a=")]
    [InlineData("foo; a=\"b c\"")]
    [InlineData("foo, bar baz")]
    [InlineData("foo\r\nX: y")]
    public void Value_that_breaks_the_grammar_is_not_parsed_in_public(string value)
    {
        Assert.False(ExtensionElement.TryParseList(value, out IReadOnlyList<ExtensionElement> elements));
        Assert.Empty(elements);
        Assert.False(ExtensionElement.TryParse(value, out ExtensionElement? element));
        Assert.Null(element);
    }

    [Theory]
    [InlineData(";")]
    [InlineData("foo;")]
    [InlineData("foo; ")]
    [InlineData("foo;;a")]
    [InlineData("foo; a=")]
    [InlineData("foo; a=;b")]
    [InlineData("foo; =1")]
    [InlineData("foo; a==1")]
    [InlineData("foo; a=1=2")]
    [InlineData("foo; a b")]
    [InlineData("foo; a=b c")]
    [InlineData("=x")]
    [InlineData("foo=x")]
    [InlineData("foo bar")]
    [InlineData("foo, bar baz")]
    [InlineData("\"foo\"")]
    [InlineData("foo/bar")]
    [InlineData("f\u00F6\u00F6")]
    [InlineData("foo; \u00E4=1")]
    [InlineData("foo; a=\u00E4")]
    [InlineData("foo; \"a\"=1")]
    [InlineData("foo; a=\"b")]
    [InlineData("foo; a=\"")]
    [InlineData("foo; a=\"b\\")]
    [InlineData("foo; a=\"b\\\"")]
    [InlineData("foo; a=\"\"")]
    [InlineData("foo; a=\"b c\"")]
    [InlineData("foo; a=\"b\\ c\"")]
    [InlineData("foo; a=\"b\\\"c\"")]
    [InlineData("foo; a=\"\u00E4\"")]
    [InlineData("foo; a=\"b\"c")]
    [InlineData("foo; a=b\"c\"")]
    [InlineData("\u00A0foo")]
    [InlineData("foo \u00A0; a")]
    [InlineData("foo;\u00A0a")]
    [InlineData("foo; a=\"b\"\u00A0")]
    [InlineData("foo; p=\"b, permessage-deflate; x\"")]
    [InlineData("foo; a=\"b, permessage-deflate; x=1\"")]
    [Trait("MUST", "9.1-1")]
    [Trait("MUST", "9.1-2")]
    [Trait("MUST", "4.2.1-12")]
    [Trait("MUST", "4.3-1")]
    [Trait("MUST", "8.1-2")]
    [Trait("Register", "B8")]
    [Trait("Register", "B19")]
    [Trait("Register", "C21")]
    public void Either_end_receives_malformed_extensions__fails(string value)
    {
        string line = $"Sec-WebSocket-Extensions: {value}";
        ServerRefuses(Heads.Request(more: line), ProtocolError.MalformedExtensions);
        ServerRefuses(Heads.Request(more: ["Sec-WebSocket-Extensions: ok", line]), ProtocolError.MalformedExtensions);
        ClientFails(
            Heads.Response(more: line),
            ProtocolError.MalformedExtensions,
            new Request("h", "/") { Extensions = [new FakeExtension("foo")] });
    }

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData(" , ,\t")]
    [Trait("MUST", "9.1-1")]
    [Trait("MUST", "4.2.1-12")]
    public void Either_end_receives_extensions_without_any_element__fails(string value)
    {
        ServerRefuses(Heads.Request(more: $"Sec-WebSocket-Extensions: {value}"), ProtocolError.MalformedExtensions);
        ClientFails(Heads.Response(more: $"Sec-WebSocket-Extensions: {value}"), ProtocolError.MalformedExtensions);
    }

    [Fact]
    public void Extensions_on_two_lines_are_the_same_as_on_one()
    {
        IReadOnlyList<ExtensionElement> two =
            ReadRequest(Heads.Request(more: ["Sec-WebSocket-Extensions: foo", "sec-websocket-extensions: bar; baz=2"])).ExtensionOffers;
        IReadOnlyList<ExtensionElement> one = ReadRequest(Heads.Request(more: "Sec-WebSocket-Extensions: foo, bar; baz=2")).ExtensionOffers;
        Assert.Equal([new ExtensionElement("foo"), new ExtensionElement("bar", new ExtensionParameter("baz", "2"))], two);
        Assert.Equal(one, two);
    }

    [Fact]
    [Trait("Register", "S24")]
    public void Names_that_mean_something_elsewhere_are_names_like_others()
    {
        string longName = new('p', 8000);
        Request request = ReadRequest(
            Heads.Request(
                more: $"Sec-WebSocket-Extensions: constructor; __proto__; constructor=1; toString; __proto__=2, __proto__; {longName}"),
            new WsConnectionOptions { MaxHeaderLineSize = 1 << 14 });
        Assert.Equal(
            [
                new ExtensionElement("constructor", new("__proto__"), new("constructor", "1"), new("toString"), new("__proto__", "2")),
                new ExtensionElement("__proto__", new ExtensionParameter(longName)),
            ],
            request.ExtensionOffers);
    }

    [Theory]
    [InlineData("\\c")]
    [InlineData("c ")]
    [InlineData("\",")]
    [Trait("Register", "S25")]
    public void Server_receives_32_KiB_of_a_hostile_quote__refuses_with_400(string piece)
    {
        string hostile = "a; b=\"" + string.Concat(Enumerable.Repeat(piece, 16 * 1024));
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(ReadLong(Heads.Request(more: $"Sec-WebSocket-Extensions: {hostile}")));
        Assert.Equal(ProtocolError.MalformedExtensions, failed.Error);
    }

    [Fact]
    [Trait("Register", "S25")]
    public void Server_receives_32_KiB_of_empty_elements_and_of_parameters__reads_them_in_one_pass()
    {
        string commas = new(',', 32 * 1024);
        string parameters = string.Concat(Enumerable.Repeat(";b", 16 * 1024));
        Request request = Assert.IsType<Request>(
            ReadLong(Heads.Request(more: [$"Sec-WebSocket-Extensions: {commas}a", $"Sec-WebSocket-Extensions: c{parameters}"])));
        Assert.Equal(["a", "c"], request.ExtensionOffers.Select(offer => offer.Name));
        Assert.Equal(Enumerable.Repeat(new ExtensionParameter("b"), 16 * 1024), request.ExtensionOffers[1].Parameters);
    }
}
