using System.Buffers;
using System.Text;
using WsProto.Extensions;
using WsProto.Framing;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Extensions;

/// <summary>Who agrees to what.</summary>
[Trait("RFC", "6455 §9.1")]
public class ExtensionNegotiationTests
{
    private const string Header = "Sec-WebSocket-Extensions";

    [Theory]
    [InlineData("x-tag", "x-tag")]
    [InlineData("x-flip", "x-flip; pattern=ff")]
    [InlineData("x-flip; pattern=0f, x-flip", "x-flip; pattern=0f")]
    [InlineData("x-flip; pattern=zz, x-flip", "x-flip; pattern=ff")]
    [InlineData("x-flip; pattern=0f; y", null)]
    [InlineData("x-flip; pattern=0f; pattern=0f, x-flip; pattern", null)]
    [InlineData("x-unknown, x-tag; y, x-tag", "x-tag")]
    [InlineData("x-unknown", null)]
    [InlineData("x-tag, x-tag", "x-tag")]
    [InlineData("x-tag, x-flip; pattern=01", "x-tag, x-flip; pattern=01")]
    [InlineData("x-flip; pattern=01, x-tag", "x-flip; pattern=01, x-tag")]
    [InlineData("X-TAG", "X-TAG")]
    [InlineData(null, null)]
    [Trait("MUST", "4.2.2-9")]
    [Trait("MUST", "4.2.2-10")]
    [Trait("MUST", "4.2.2-17")]
    [Trait("MUST", "9-1")]
    [Trait("MUST", "11.3.2-1")]
    public void Server_goes_through_the_offers_in_the_clients_order_and_answers_what_it_takes(string? offers, string? answer)
    {
        using WsConnection server = ServerWith(offers is null ? [] : [offers]);
        Assert.Equal(
            Response(answer),
            Encoding.ASCII.GetString(server.Send(new AcceptConnection { Extensions = [new FlipExtension(), new TagExtension()] })));
        string[] agreed = [.. (answer ?? "").Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(name => name.Split(';')[0])];
        Assert.Equal(agreed, server.Extensions.Select(codec => codec.Agreed.Name), StringComparer.OrdinalIgnoreCase);
    }

    [Fact]
    [Trait("MUST", "4.2.2-9")]
    public void Server_takes_offers_from_several_lines_in_order()
    {
        using WsConnection server = ServerWith(["x-tag", "x-flip; pattern=01"]);
        Assert.Equal(
            Response("x-tag, x-flip; pattern=01"),
            Encoding.ASCII.GetString(server.Send(new AcceptConnection { Extensions = [new FlipExtension(), new TagExtension()] })));
    }

    [Fact]
    [Trait("MUST", "9-1")]
    [Trait("MUST", "5.2-7")]
    public void Server_has_an_extension_that_was_not_offered__it_is_neither_answered_nor_used()
    {
        var template = new ScriptedExtension("x-other") { OnAccept = _ => throw new InvalidOperationException("It was not offered.") };
        using WsConnection server = ServerWith(["x-flip"]);
        Assert.Equal(
            Response(null),
            Encoding.ASCII.GetString(server.Send(new AcceptConnection { Extensions = [template, new TagExtension()] })));
        Assert.Empty(server.Extensions);
        Assert.Equal(Wire.Hex("81 01 61"), server.Send(new TextMessage("a")));
        CloseConnection close = Assert.IsType<CloseConnection>(
            Assert.Single(server.Read(Wire.FrameFor(ConnectionRole.Server, Opcode.Text, [], rsv: 0b100))));
        Assert.Equal(ProtocolError.ReservedBitSet, close.Error);
    }

    [Fact]
    [Trait("MUST", "9-1")]
    public void Server_smuggles_an_extension_in_by_a_header__is_refused()
    {
        using WsConnection server = ServerWith(["x-tag"]);
        var output = new ArrayBufferWriter<byte>();
        Assert.ThrowsAny<ArgumentException>(
            () => server.Send(new AcceptConnection { ExtraHeaders = [("sec-websocket-extensions", "x-tag")] }, output));
        Assert.Equal((0, ConnectionState.Connecting), (output.WrittenCount, server.State));
        Assert.Equal(Response(null), Encoding.ASCII.GetString(server.Send(new AcceptConnection())));
    }

    [Theory]
    [InlineData("x-a, x-b", "x-a")]
    [InlineData("x-b, x-a", "x-b")]
    [InlineData("x-a, x-c, x-b", "x-a, x-c")]
    public void Server_agrees_to_no_two_extensions_that_need_the_same_bit(string offers, string answer)
    {
        static ScriptedExtension Template(string name, ReservedBits bits) =>
            new(name) { OnAccept = offer => new ScriptedCodec(offer, bits) };
        using WsConnection server = ServerWith([offers]);
        byte[] response = server.Send(new AcceptConnection
        {
            Extensions =
            [
                Template("x-a", ReservedBits.Rsv1),
                Template("x-b", ReservedBits.Rsv1 | ReservedBits.Rsv2),
                Template("x-c", ReservedBits.Rsv3),
            ],
        });
        Assert.Equal(Response(answer), Encoding.ASCII.GetString(response));
    }

    [Fact]
    public void Server_has_two_templates_of_a_name__the_second_serves_what_the_first_declines()
    {
        static ScriptedExtension Template(string only) => new("x-a")
        {
            OnAccept = offer => offer.Parameters[0].Name == only ? new ScriptedCodec(offer) : null,
        };
        using WsConnection server = ServerWith(["x-a; two"]);
        Assert.Equal(
            Response("x-a; two"),
            Encoding.ASCII.GetString(server.Send(new AcceptConnection { Extensions = [Template("one"), Template("two")] })));
    }

    [Fact]
    public void Server_has_two_templates_of_a_name__only_one_offer_of_that_name_is_taken()
    {
        using WsConnection server = ServerWith(["x-tag, x-tag"]);
        Assert.Equal(
            Response("x-tag"),
            Encoding.ASCII.GetString(server.Send(new AcceptConnection { Extensions = [new TagExtension(), new TagExtension()] })));
    }

    [Fact]
    public void Client_offers_in_order_of_preference_and_leaves_out_who_offers_nothing()
    {
        using WsConnection client = Situations.Create(ConnectionRole.Client, Situation.Connecting);
        string request = Encoding.ASCII.GetString(client.Send(Situations.Request with
        {
            Extensions = [new FlipExtension(0x0A), new ScriptedExtension("x-silent") { Offers = [] }, new TagExtension()],
        }));
        Assert.Contains($"\r\n{Header}: x-flip; pattern=0a, x-flip, x-tag\r\n", request, StringComparison.Ordinal);

        using WsConnection silent = Situations.Create(ConnectionRole.Client, Situation.Connecting);
        request = Encoding.ASCII.GetString(
            silent.Send(Situations.Request with { Extensions = [new ScriptedExtension("x-silent") { Offers = [] }] }));
        Assert.DoesNotContain(Header, request, StringComparison.Ordinal);
    }

    [Fact]
    public void Client_offers_two_extensions_of_a_name__is_refused()
    {
        using WsConnection client = Situations.Create(ConnectionRole.Client, Situation.Connecting);
        var output = new ArrayBufferWriter<byte>();
        Assert.Throws<ArgumentException>(
            () => client.Send(Situations.Request with { Extensions = [new TagExtension("x-a"), new TagExtension("X-A")] }, output));
        Assert.Equal(0, output.WrittenCount);
        Assert.True(client.CanSend(Situations.Request));
    }

    [Theory]
    [InlineData("x-flip; pattern=0f")]
    [InlineData("X-Flip; pattern=0f")]
    [InlineData("x-flip; pattern=\"0f\"")]
    public void Client_gets_an_answer_to_its_offer__uses_the_extension_as_agreed(string answer)
    {
        using WsConnection client = Ask(Situations.Request with { Extensions = [new TagExtension(), new FlipExtension(0xAA)] });
        AcceptConnection accept = Assert.IsType<AcceptConnection>(
            Assert.Single(client.Read(Heads.Response("", null, $"{Header}: {answer}"))));
        FlipCodec agreed = Assert.IsType<FlipCodec>(Assert.Single(client.Extensions));
        Assert.Equal([agreed.Agreed], accept.AgreedExtensions);
        Assert.Empty(accept.Extensions);
        Assert.Equal(0x0F, agreed.Pattern);
        Assert.Equal(
            new ConnectionOutcome([new BytesMessage(new byte[] { 0xF0 })], ConnectionState.Open),
            new ConnectionOutcome(client.Read(Wire.Hex("A2 01 FF")), client.State));
    }

    [Theory]
    [InlineData("x-tag, x-flip; pattern=0f")]
    [InlineData("x-flip; pattern=0f, x-tag")]
    [Trait("MUST", "4.2.2-17")]
    public void Client_keeps_the_order_of_the_answer(string answer)
    {
        using WsConnection client = Ask(Situations.Request with { Extensions = [new TagExtension(), new FlipExtension()] });
        Assert.IsType<AcceptConnection>(Assert.Single(client.Read(Heads.Response("", null, $"{Header}: {answer}"))));
        Assert.Equal(
            answer.Replace("; pattern=0f", "", StringComparison.Ordinal),
            string.Join(", ", client.Extensions.Select(codec => codec.Agreed.Name)));
    }

    [Theory]
    [InlineData("x-flip", ProtocolError.InvalidExtensionParameters)]
    [InlineData("x-flip; pattern=0f; more", ProtocolError.InvalidExtensionParameters)]
    [InlineData("x-flip; pattern=0f; pattern=0f", ProtocolError.InvalidExtensionParameters)]
    [InlineData("x-tag; x", ProtocolError.InvalidExtensionParameters)]
    [InlineData("x-foo", ProtocolError.UnofferedExtension)]
    [InlineData("x-tag, x-foo", ProtocolError.UnofferedExtension)]
    [InlineData("x-tag, x-tag", ProtocolError.UnofferedExtension)]
    [InlineData("x-tag, x-tag; x", ProtocolError.UnofferedExtension)]
    [InlineData("x-flip;", ProtocolError.MalformedExtensions)]
    [Trait("MUST", "4.1-37")]
    [Trait("MUST", "9.1-4")]
    [Trait("Register", "C9")]
    public void Client_gets_an_answer_that_its_offer_does_not_allow__fails_the_handshake(string answer, ProtocolError error)
    {
        byte[] input = [.. Heads.Response("", null, $"{Header}: {answer}"), .. Wire.Hex("81 00")];
        ConnectionOutcome outcome =
            Cuts.Run(() => Ask(Situations.Request with { Extensions = [new FlipExtension(), new TagExtension()] }), input);
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events));
        Assert.Equal((error, null, ConnectionState.Closed), (failed.Error, failed.Response, outcome.State));
    }

    [Fact]
    public void Client_gets_two_extensions_that_need_the_same_bit__fails_the_handshake()
    {
        static ScriptedExtension Template(string name) => new(name) { OnConfirm = answer => new ScriptedCodec(answer, ReservedBits.Rsv3) };
        byte[] input = Heads.Response("", null, $"{Header}: x-a, x-b");
        ConnectionOutcome outcome = Cuts.Run(() => Ask(Situations.Request with { Extensions = [Template("x-a"), Template("x-b")] }), input);
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events));
        Assert.Equal(ProtocolError.InvalidExtensionParameters, failed.Error);
    }

    [Fact]
    [Trait("MUST", "4.1-37")]
    public void Client_gets_an_extension_whose_template_offered_nothing__fails_the_handshake()
    {
        ScriptedExtension Silent() => new("x-silent") { Offers = [], OnConfirm = answer => new ScriptedCodec(answer) };
        ConnectionOutcome outcome =
            Cuts.Run(() => Ask(Situations.Request with { Extensions = [Silent()] }), Heads.Response("", null, $"{Header}: x-silent"));
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events));
        Assert.Equal(ProtocolError.UnofferedExtension, failed.Error);
    }

    [Fact]
    [Trait("MUST", "9.1-5")]
    [Trait("MUST", "5.2-7")]
    [Trait("Register", "S20")]
    public void Client_offered_but_the_server_did_not_answer__the_extension_is_not_used()
    {
        using WsConnection client = Ask(Situations.Request with { Extensions = [new FlipExtension()] });
        Assert.Equal([new AcceptConnection()], client.Read(Heads.Response()));
        Assert.Empty(client.Extensions);
        byte[] sent = client.Send(new TextMessage("a"));
        Assert.Equal((0x81, (byte)('a' ^ sent[2])), (sent[0], sent[6]));
        CloseConnection close = Assert.IsType<CloseConnection>(Assert.Single(client.Read(Wire.Hex("A1 01 9E"))));
        Assert.Equal((CloseCode.ProtocolError, ProtocolError.ReservedBitSet), (close.Code, close.Error));
    }

    [Fact]
    [Trait("MUST", "5.8-1")]
    [Trait("MUST", "4.2.2-17")]
    public void Both_ends_agree_and_messages_cross_through_the_extensions()
    {
        using Link link = Link.Connected(
            Situations.Request with { Extensions = [new FlipExtension(0x11), new TagExtension()] },
            new AcceptConnection { Extensions = [new TagExtension(), new FlipExtension(0x22)] });
        Assert.Equal(["x-flip", "x-tag"], link.Client.Extensions.Select(codec => codec.Agreed.Name));
        Assert.Equal(["x-flip", "x-tag"], link.Server.Extensions.Select(codec => codec.Agreed.Name));
        Assert.Equal(0x11, Assert.IsType<FlipCodec>(link.Server.Extensions[0]).Pattern);
        foreach (ConnectionRole sender in Enum.GetValues<ConnectionRole>())
        {
            Assert.Equal([new TextMessage("hällo")], link.Send(sender, new TextMessage("hällo")));
            Assert.Equal([new BytesMessage(new byte[300])], link.Send(sender, new BytesMessage(new byte[300])));
            Assert.Equal([new Ping("p"u8.ToArray())], link.Send(sender, new Ping("p"u8.ToArray())));
        }
    }

    [Fact]
    public void One_template_serves_many_connections_at_once()
    {
        var request = new Request("example.com", "/") { Extensions = [new FlipExtension(0x33), new TagExtension()] };
        var accept = new AcceptConnection { Extensions = [new TagExtension(), new FlipExtension()] };
        Parallel.For(0, 200, i =>
        {
            using Link link = Link.Connected(request, accept);
            Assert.Empty(link.Send(ConnectionRole.Client, new TextMessage($"{i}-") { MessageFinished = false }));
            Assert.Equal([new TextMessage($"{i}-{i}")], link.Send(ConnectionRole.Client, new TextMessage($"{i}")));
        });
    }

    [Fact]
    public void Established_connection_uses_the_extensions_that_it_is_given()
    {
        FlipCodec flip = new();
        using WsConnection server = WsConnection.Established(ConnectionRole.Server, [flip]);
        Assert.Same(flip, Assert.Single(server.Extensions));
        Assert.Equal(Wire.Hex("A1 01 9E"), server.Send(new TextMessage("a")));
    }

    [Theory]
    [InlineData("x-flip;")]
    [InlineData("x-flip; pattern=\"0f")]
    [Trait("MUST", "9.1-1")]
    public void Server_gets_a_malformed_offer__fails_the_handshake_with_400(string offers)
    {
        ConnectionOutcome outcome = Cuts.Run(() => new WsConnection(ConnectionRole.Server), Heads.Request("", null, $"{Header}: {offers}"));
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events));
        Assert.Equal((ProtocolError.MalformedExtensions, 400), (failed.Error, failed.Response?.StatusCode));
    }

    private static string Response(string? extensions) =>
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + $"Sec-WebSocket-Accept: {Heads.Accept}\r\n{(extensions is null ? "" : $"{Header}: {extensions}\r\n")}\r\n";

    private static WsConnection ServerWith(string[] offers)
    {
        var server = new WsConnection(ConnectionRole.Server);
        Assert.IsType<Request>(Assert.Single(server.Read(Heads.Request("", null, [.. offers.Select(offer => $"{Header}: {offer}")]))));
        return server;
    }

    private static WsConnection Ask(Request request)
    {
        WsConnection client = Situations.Create(ConnectionRole.Client, Situation.Connecting);
        client.Send(request);
        return client;
    }
}
