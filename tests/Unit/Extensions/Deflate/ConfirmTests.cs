
using WsProto.Extensions;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>Which answers a client takes to its offer.</summary>
[Trait("RFC", "7692 §5, §7.1")]
public class ConfirmTests
{
    /// <summary>Every well-formed answer to every offer that we can make: 70,560 pairs.</summary>
    [Fact]
    [Trait("MUST", "7692-7-2")]
    public void Every_answer_to_every_offer__is_taken_or_fails_the_handshake()
    {
        foreach (Element answered in Negotiation.Elements())
        {
            ExtensionElement answer = answered.ToOffer();
            foreach (PerMessageDeflate settings in Negotiation.Settings())
            {
                bool serverForgetsAsAsked = answered.ServerForgets || !settings.ServerNoContextTakeover;
                bool serverWindowIsAsAsked = (answered.Server ?? 15) <= settings.ServerMaxWindowBits;
                bool clientWindowHasValue = answered.Client != Element.Open;
                ExtensionCodec? extension = settings.Confirm(answer);
                Assert.Equal(serverForgetsAsAsked && serverWindowIsAsAsked && clientWindowHasValue, extension is not null);
                if (extension is null)
                    continue;

                // What we offered for our own side we keep to, even where the answer does not ask for it.
                DeflateParameters agreed = Assert.IsType<DeflateCodec>(extension).Parameters;
                Assert.Equal(answered.ServerForgets, agreed.ServerNoContextTakeover);
                Assert.Equal(answered.Server ?? 15, agreed.ServerMaxWindowBits);
                Assert.Equal(answered.ClientForgets || settings.ClientNoContextTakeover, agreed.ClientNoContextTakeover);
                Assert.Equal(Math.Min(answered.Client ?? 15, settings.ClientMaxWindowBits), agreed.ClientMaxWindowBits);
            }
        }
    }

    /// <summary>All settings of a client with all of a server: 38,416 pairs.</summary>
    [Fact]
    [Trait("MUST", "7692-5.1-8")]
    public void Any_two_of_our_own_ends__agree_and_keep_to_it()
    {
        PerMessageDeflate[] servers = [.. Negotiation.Settings()];
        foreach (PerMessageDeflate client in Negotiation.Settings())
        {
            ExtensionElement offer = client.Offer()[0];
            foreach (PerMessageDeflate server in servers)
            {
                ExtensionCodec? accepted = server.Accept(offer);
                Assert.NotNull(accepted);
                DeflateParameters here = ((DeflateCodec)accepted).Parameters;
                ExtensionCodec? confirmed = client.Confirm(accepted.Agreed);
                Assert.NotNull(confirmed);
                Assert.Equal(here, ((DeflateCodec)confirmed).Parameters);
            }
        }
    }

    /// <summary>The eight parameter sets of wsproto's tests, as an answer to an offer that allows them.</summary>
    [Theory]
    [InlineData("; client_max_window_bits=15; server_max_window_bits=15", false, false, 15, 15)]
    [InlineData("; client_max_window_bits=9; server_max_window_bits=15; client_no_context_takeover", false, true, 15, 9)]
    [InlineData("; client_max_window_bits=15; server_max_window_bits=9; server_no_context_takeover", true, false, 9, 15)]
    [InlineData(
        "; client_max_window_bits=9; server_max_window_bits=8; client_no_context_takeover; server_no_context_takeover", true, true, 8, 9)]
    [InlineData("; server_max_window_bits=9; client_no_context_takeover", false, true, 9, 15)]
    [InlineData("; client_max_window_bits=9; server_no_context_takeover", true, false, 15, 9)]
    [InlineData("; client_max_window_bits=8", false, false, 15, 8)]
    [InlineData("; server_max_window_bits=\"10\"", false, false, 10, 15)]
    [InlineData("", false, false, 15, 15)]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_finalize")]
    [Trait("Register", "C8")]
    public void Answer_that_the_offer_allows__is_taken_over(
        string parameters, bool serverForgets, bool clientForgets, int server, int client)
    {
        (WsEvent e, WsConnection connection) = Negotiation.Confirm(new PerMessageDeflate(), "permessage-deflate" + parameters);
        Assert.Equal(connection.Extensions.Select(codec => codec.Agreed), Assert.IsType<AcceptConnection>(e).AgreedExtensions);
        Assert.Equal(ConnectionState.Open, connection.State);
        Assert.Equal(
            new DeflateParameters
            {
                ServerNoContextTakeover = serverForgets,
                ClientNoContextTakeover = clientForgets,
                ServerMaxWindowBits = server,
                ClientMaxWindowBits = client,
            },
            connection.Agreed());
    }

    [Theory]
    [InlineData("server_max_window_bits")]
    [InlineData("server_max_window_bits=0")]
    [InlineData("server_max_window_bits=7")]
    [InlineData("server_max_window_bits=16")]
    [InlineData("server_max_window_bits=99")]
    [InlineData("server_max_window_bits=-1")]
    [InlineData("server_max_window_bits=abc")]
    [InlineData("server_max_window_bits=+10")]
    [InlineData("server_max_window_bits=1_0")]
    [InlineData("server_max_window_bits=010")]
    [InlineData("server_max_window_bits=10; server_max_window_bits=10")]
    [InlineData("client_max_window_bits")]
    [InlineData("client_max_window_bits=0")]
    [InlineData("client_max_window_bits=7")]
    [InlineData("client_max_window_bits=16")]
    [InlineData("client_max_window_bits=99")]
    [InlineData("client_max_window_bits=-1")]
    [InlineData("client_max_window_bits=abc")]
    [InlineData("client_max_window_bits=+10")]
    [InlineData("client_max_window_bits=1_0")]
    [InlineData("client_max_window_bits=010")]
    [InlineData("client_max_window_bits=10; client_max_window_bits=10")]
    [InlineData("server_no_context_takeover=1")]
    [InlineData("client_no_context_takeover=true")]
    [InlineData("server_no_context_takeover; server_no_context_takeover")]
    [InlineData("client_no_context_takeover; client_no_context_takeover")]
    [InlineData("Server_Max_Window_Bits=10")]
    [InlineData("unknown")]
    [InlineData("unknown=1")]
    [InlineData("constructor")]
    [Trait("MUST", "7692-7-2")]
    [Trait("Register", "S19")]
    [Trait("Register", "S24")]
    [Trait("Register", "C8")]
    [Trait("Register", "C9")]
    [Trait("Register", "B14")]
    public void Malformed_parameters__fail_the_handshake(string parameters) =>
        Fails(ProtocolError.InvalidExtensionParameters, new PerMessageDeflate(), "permessage-deflate; " + parameters);

    /// <summary>The server must keep to the offer.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("; server_max_window_bits=11; server_no_context_takeover")]
    [InlineData("; server_max_window_bits=15; server_no_context_takeover")]
    [InlineData("; server_no_context_takeover")]
    [InlineData("; server_max_window_bits=10")]
    [Trait("MUST", "7692-7-2")]
    [Trait("MUST", "7692-5.1-8")]
    [Trait("Register", "B14")]
    public void Answer_beyond_the_offer__fails_the_handshake(string parameters) =>
        Fails(
            ProtocolError.InvalidExtensionParameters,
            new PerMessageDeflate { ServerMaxWindowBits = 10, ServerNoContextTakeover = true, ClientMaxWindowBits = 12 },
            "permessage-deflate" + parameters);

    [Fact]
    [Trait("Register", "C9")]
    [Trait("Register", "B14")]
    [Trait("MUST", "7692-5.1-8")]
    public void Extension_that_is_answered_twice__fails_the_handshake()
    {
        Fails(ProtocolError.UnofferedExtension, new PerMessageDeflate(), "permessage-deflate, permessage-deflate");
        Fails(
            ProtocolError.UnofferedExtension, new PerMessageDeflate(), "permessage-deflate",
            "permessage-deflate; server_max_window_bits=10");
    }

    [Fact]
    [Trait("MUST", "7692-5.1-8")]
    public void Extension_that_was_not_offered__fails_the_handshake()
    {
        Fails(ProtocolError.UnofferedExtension, new PerMessageDeflate(), "permessage-bzip2");
        Fails(ProtocolError.UnofferedExtension, new AcceptTests.Compressor(), "permessage-deflate");
    }

    [Theory]
    [InlineData("permessage-deflate; server_max_window_bits=")]
    [InlineData("permessage-deflate; server_max_window_bits=\"10")]
    [InlineData("permessage-deflate;")]
    [InlineData("i am the lizard queen; worship me")]
    [Trait("Register", "S19")]
    public void Header_that_breaks_its_grammar__fails_the_handshake(string line) =>
        Fails(ProtocolError.MalformedExtensions, new PerMessageDeflate(), line);

    /// <summary>wsproto switches its extension on for any text that it is given.</summary>
    [Fact]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_finalize_ignores_rubbish")]
    public void Rubbish_that_is_well_formed__fails_the_handshake() =>
        Fails(ProtocolError.InvalidExtensionParameters, new PerMessageDeflate(), "permessage-deflate; i-am-the-lizard-queen; worship=me");

    [Fact]
    [Trait("MUST", "7692-5.1-7")]
    public void No_answer__opens_the_connection_without_compression()
    {
        (WsEvent e, WsConnection client) = Negotiation.Confirm(new PerMessageDeflate());
        Assert.Empty(Assert.IsType<AcceptConnection>(e).Extensions);
        Assert.Empty(client.Extensions);
        Assert.Equal(0, SentFrame.One(client.Send(new TextMessage(new string('x', 1_000)) { Compress = true })).Rsv);
    }

    [Fact]
    [Trait("MUST", "7692-5.1-4")]
    public void Two_extensions_that_need_RSV1__fail_the_handshake()
    {
        using var client = new WsConnection(ConnectionRole.Client, new() { Random = Rand.Fixed(Heads.Nonce) });
        client.Send(new Request("example.com", "/chat") { Extensions = [new PerMessageDeflate(), new AcceptTests.Compressor()] });
        WsEvent e = Assert.Single(client.Read(Heads.Response(more: ["Sec-WebSocket-Extensions: permessage-deflate, x-compress"])));
        Assert.Equal(ProtocolError.InvalidExtensionParameters, Assert.IsType<HandshakeFailed>(e).Error);
    }

    /// <summary>The same template for many connections, each answered otherwise.</summary>
    [Fact]
    [Trait("Register", "B13")]
    public void One_template_serves_many_connections_at_once_and_is_not_changed()
    {
        var template = new PerMessageDeflate();
        Element[] answers = [.. Negotiation.Elements().Where(answer => answer.Client != Element.Open)];
        Parallel.For(0, answers.Length * 3, i =>
        {
            Element answer = answers[i % answers.Length];
            (_, WsConnection client) = Negotiation.Confirm(template, answer.ToOffer().ToString());
            Assert.Equal(answer.Meaning, client.Agreed());
        });
        Assert.Equal("permessage-deflate; client_max_window_bits", template.Offer()[0].ToString());
    }

    private static void Fails(ProtocolError error, WsExtension template, params string[] lines)
    {
        (WsEvent e, WsConnection client) = Negotiation.Confirm(template, lines);
        Assert.Equal(error, Assert.IsType<HandshakeFailed>(e).Error);
        Assert.Equal(ConnectionState.Closed, client.State);
        Assert.Empty(client.Extensions);
    }
}
