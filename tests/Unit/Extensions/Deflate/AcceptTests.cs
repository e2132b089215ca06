
using WsProto.Extensions;
using WsProto.Framing;
using WsProto.Tests.Extensions.Samples;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>What a server answers to which offer.</summary>
[Trait("RFC", "7692 §5, §7.1")]
public class AcceptTests
{
    /// <summary>Every well-formed offer with every combination of settings: 70,560 pairs.</summary>
    [Fact]
    [Trait("MUST", "7692-5.1-2")]
    [Trait("MUST", "9-2")]
    [Trait("MUST", "7692-7-1")]
    [Trait("MUST", "7692-7.1.2.1-1")]
    [Trait("MUST", "7692-7.1.2.2-2")]
    [Trait("MUST", "7692-7.1.2.2-3")]
    [Trait("MUST", "7692-7.2.2-3")]
    public void Every_offer_under_every_setting__is_declined_or_answered_within_both()
    {
        foreach (Element offered in Negotiation.Elements())
        {
            ExtensionElement offer = offered.ToOffer();
            foreach (PerMessageDeflate settings in Negotiation.Settings())
            {
                DeflateCodec codec = Assert.IsType<DeflateCodec>(settings.Accept(offer));
                Element answer = Element.Of(codec.Agreed);
                Assert.Equal(offered.ServerForgets || settings.ServerNoContextTakeover, answer.ServerForgets);
                Assert.Equal(offered.ClientForgets || settings.ClientNoContextTakeover, answer.ClientForgets);

                // "With the same or smaller value as the offer", and an offer with the parameter is accepted with it.
                Assert.InRange(answer.Server ?? 15, 8, Math.Min(offered.Server ?? 15, settings.ServerMaxWindowBits));
                Assert.True(offered.Server is null || answer.Server is not null);

                // The client's window is named only where the client said that it may be; then ours holds, and its own does.
                Assert.True(offered.Client is not null || answer.Client is null);
                Assert.NotEqual(Element.Open, answer.Client);
                if (offered.Client is not null)
                    Assert.Equal(
                        Math.Min(offered.Client is Element.Open ? 15 : offered.Client.Value, settings.ClientMaxWindowBits),
                        answer.Client ?? 15);

                Assert.Equal(answer.Meaning, codec.Parameters);
            }
        }
    }

    /// <summary>
    /// The eight parameter sets of wsproto's tests and a window of 2^8 for the server: what is asked for with a value stands in the answer.
    /// </summary>
    [Theory]
    [InlineData("client_max_window_bits=15; server_max_window_bits=15", "server_max_window_bits=15; client_max_window_bits=15")]
    [InlineData(
        "client_max_window_bits=9; server_max_window_bits=15; client_no_context_takeover",
        "client_no_context_takeover; server_max_window_bits=15; client_max_window_bits=9")]
    [InlineData(
        "client_max_window_bits=15; server_max_window_bits=9; server_no_context_takeover",
        "server_no_context_takeover; server_max_window_bits=9; client_max_window_bits=15")]
    [InlineData("server_max_window_bits=8", "server_max_window_bits=8")]
    [InlineData(
        "client_max_window_bits=8; server_max_window_bits=9; client_no_context_takeover; server_no_context_takeover",
        "server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=8")]
    [InlineData("server_max_window_bits=9; client_no_context_takeover", "client_no_context_takeover; server_max_window_bits=9")]
    [InlineData("client_max_window_bits=8; server_no_context_takeover", "server_no_context_takeover; client_max_window_bits=8")]
    [InlineData("client_max_window_bits", "")]
    [InlineData("", "")]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_accept")]
    public void Server_with_the_defaults__answers_what_was_asked_for(string offered, string answered)
    {
        (string? answer, WsConnection server) = Negotiation.Accept([Header(offered)], new PerMessageDeflate());
        Assert.Equal(Header(answered), answer);
        Assert.Equal(ConnectionState.Open, server.State);
    }

    private static string Header(string parameters) => parameters.Length == 0 ? "permessage-deflate" : "permessage-deflate; " + parameters;

    /// <summary>The offer is declined, and the handshake goes on without it.</summary>
    [Theory]
    [InlineData("server_max_window_bits")]
    [InlineData("server_max_window_bits=0")]
    [InlineData("server_max_window_bits=7")]
    [InlineData("server_max_window_bits=16")]
    [InlineData("server_max_window_bits=99")]
    [InlineData("server_max_window_bits=4294967306")]
    [InlineData("server_max_window_bits=-1")]
    [InlineData("server_max_window_bits=abc")]
    [InlineData("server_max_window_bits=+10")]
    [InlineData("server_max_window_bits=1_0")]
    [InlineData("server_max_window_bits=010")]
    [InlineData("server_max_window_bits=0xA")]
    [InlineData("server_max_window_bits=10.0")]
    [InlineData("server_max_window_bits=10; server_max_window_bits=10")]
    [InlineData("client_max_window_bits=0")]
    [InlineData("client_max_window_bits=7")]
    [InlineData("client_max_window_bits=16")]
    [InlineData("client_max_window_bits=99")]
    [InlineData("client_max_window_bits=-1")]
    [InlineData("client_max_window_bits=abc")]
    [InlineData("client_max_window_bits=+10")]
    [InlineData("client_max_window_bits=1_0")]
    [InlineData("client_max_window_bits=010")]
    [InlineData("client_max_window_bits; client_max_window_bits")]
    [InlineData("client_max_window_bits=10; client_max_window_bits")]
    [InlineData("server_no_context_takeover=1")]
    [InlineData("server_no_context_takeover=true")]
    [InlineData("client_no_context_takeover=0")]
    [InlineData("server_no_context_takeover; server_no_context_takeover")]
    [InlineData("client_no_context_takeover; client_no_context_takeover")]
    [InlineData("Client_Max_Window_Bits")]
    [InlineData("SERVER_NO_CONTEXT_TAKEOVER")]
    [InlineData("unknown")]
    [InlineData("unknown=1")]
    [InlineData("client_max_window_bits2=10")]
    [InlineData("client_no_context_takeover_please")]
    [InlineData("client_max_window_bits; unknown")]
    [InlineData("constructor")]
    [InlineData("__proto__=1")]
    [InlineData("toString")]
    [Trait("MUST", "7692-7-1")]
    [Trait("MUST", "7692-5.1-7")]
    [Trait("Register", "S19")]
    [Trait("Register", "S24")]
    [Trait("Register", "C4")]
    [Trait("Register", "C5")]
    [Trait("Register", "C6")]
    public void Malformed_parameters__are_declined(string parameters)
    {
        (string? answer, WsConnection server) = Negotiation.Accept([Header(parameters)], new PerMessageDeflate());
        Assert.Null(answer);
        Assert.Empty(server.Extensions);
        Assert.Equal(ConnectionState.Open, server.State);
    }

    /// <summary>
    /// "The value after quoted-string unescaping MUST conform to the 'token' ABNF" (RFC 6455 §9.1), and is as good as a token then.
    /// </summary>
    [Theory]
    [InlineData("server_max_window_bits=\"10\"", "server_max_window_bits=10")]
    [InlineData("client_max_window_bits=\"10\"", "client_max_window_bits=10")]
    [InlineData("client_max_window_bits=\"1\\0\"", "client_max_window_bits=10")]
    [InlineData("server_max_window_bits = 10 ;client_max_window_bits", "server_max_window_bits=10")]
    [Trait("Register", "S19")]
    [Trait("Register", "C4")]
    public void Quoted_value__is_read_like_a_token(string offered, string answered) =>
        Assert.Equal(Header(answered), Negotiation.Accept([Header(offered)], new PerMessageDeflate()).Answer);

    /// <summary>What breaks the grammar of the header fails the handshake, as there is no offer to decline (RFC 6455 §9.1).</summary>
    [Theory]
    [InlineData("permessage-deflate; client_max_window_bits=")]
    [InlineData("permessage-deflate; client_max_window_bits=\"\"")]
    [InlineData("permessage-deflate; client_max_window_bits=\"10")]
    [InlineData("permessage-deflate; server_no_context_takeover=\"")]
    [InlineData("permessage-deflate; ")]
    [InlineData("permessage-deflate; =10")]
    [InlineData("permessage-deflate client_max_window_bits")]
    [InlineData("i am the lizard queen; worship me")]
    [InlineData("foo; a=\"b, permessage-deflate; x=1\"")]
    [InlineData("foo; a=\"b,c\", permessage-deflate")]
    [Trait("Register", "S19")]
    [Trait("Register", "C4")]
    [Trait("Register", "C21")]
    [Trait("Register", "B19")]
    public void Header_that_breaks_its_grammar__fails_with_400(string line)
    {
        var failed = Assert.IsType<HandshakeFailed>(Negotiation.Request(line).Event);
        Assert.Equal((ProtocolError.MalformedExtensions, 400), (failed.Error, failed.Response!.StatusCode));
    }

    /// <summary>wsproto switches its extension on for any text that it is given.</summary>
    [Fact]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_accept_ignores_rubbish")]
    public void Rubbish_that_is_well_formed__is_declined() =>
        Assert.Null(Negotiation.Accept(["permessage-deflate; i-am-the-lizard-queen; worship=me"], new PerMessageDeflate()).Answer);

    [Fact]
    [Trait("Register", "S24")]
    public void Parameter_with_a_long_name__is_declined()
    {
        Assert.Null(Negotiation.Accept([Header(new string('x', 7 * 1024))], new PerMessageDeflate()).Answer);
        Assert.Null(Negotiation.Accept([Header("client_max_window_bits=" + new string('1', 7 * 1024))], new PerMessageDeflate()).Answer);
    }

    [Fact]
    public void Name_of_the_extension__is_compared_without_regard_to_case() =>
        Assert.Equal(
            "permessage-deflate",
            Negotiation.Accept(["PerMessage-Deflate; client_max_window_bits"], new PerMessageDeflate()).Answer);

    /// <summary>Each offer is judged on its own, and nothing of one that was declined is left for the next.</summary>
    [Theory]
    [InlineData("permessage-deflate; server_no_context_takeover; server_max_window_bits=7, permessage-deflate", "permessage-deflate")]
    [InlineData("permessage-deflate; client_max_window_bits=10, permessage-deflate", "permessage-deflate; client_max_window_bits=10")]
    [InlineData("permessage-deflate, permessage-deflate; client_max_window_bits=10", "permessage-deflate")]
    [InlineData(
        "permessage-deflate; unknown, permessage-deflate; server_max_window_bits=10", "permessage-deflate; server_max_window_bits=10")]
    [InlineData("permessage-deflate; server_max_window_bits=16, permessage-deflate; server_max_window_bits=7", null)]
    [InlineData("x-webkit-deflate-frame, permessage-bzip2; level=9, permessage-deflate", "permessage-deflate")]
    [InlineData(
        "permessage-deflate; server_no_context_takeover, permessage-deflate; server_no_context_takeover",
        "permessage-deflate; server_no_context_takeover")]
    [InlineData("x-webkit-deflate-frame", null)]
    [InlineData("permessage-deflate-frame", null)]
    [Trait("Register", "C7")]
    [Trait("Register", "B11")]
    [Trait("MUST", "7692-5.1-7")]
    public void First_acceptable_offer_wins(string offers, string? answered)
    {
        (string? answer, WsConnection server) = Negotiation.Accept([offers], new PerMessageDeflate());
        Assert.Equal(answered, answer);
        Assert.Equal(answered is null ? 0 : 1, server.Extensions.Count);
        Assert.Equal(answered, Negotiation.Accept(offers.Split(", "), new PerMessageDeflate()).Answer);
    }

    /// <summary>wsproto answered plainly here and went on with the window of an offer that it had not taken.</summary>
    [Theory]
    [InlineData("permessage-deflate, permessage-deflate; client_max_window_bits=10")]
    [InlineData("permessage-deflate; server_max_window_bits=7; client_max_window_bits=10, permessage-deflate")]
    [Trait("Register", "B11")]
    [Trait("Register", "B12")]
    [Trait("MUST", "7692-7.1.2.2-3")]
    public void Window_that_was_not_agreed_on__is_not_used(string offers)
    {
        (_, WsConnection server) = Negotiation.Accept([offers], new PerMessageDeflate { ClientMaxWindowBits = 9 });
        Assert.Equal(new DeflateParameters(), server.Agreed());
        byte[] noise = Deflated.Noise(20_000);
        using var zip = new Zip();
        for (int i = 0; i < 3; i++)
            Assert.Equal([new BytesMessage(noise)], server.Read(Deflated.First(ConnectionRole.Server, Opcode.Binary, zip.Message(noise))));
    }

    /// <summary>A server's own settings are upper limits, whatever is offered.</summary>
    [Theory]
    [InlineData("server_max_window_bits=15; client_max_window_bits=15")]
    [InlineData("client_max_window_bits")]
    [Trait("Register", "B13")]
    public void Offer_does_not_override_the_settings_upwards(string offered)
    {
        var settings = new PerMessageDeflate
        {
            ServerMaxWindowBits = 10,
            ClientMaxWindowBits = 11,
            ServerNoContextTakeover = true,
            ClientNoContextTakeover = true,
        };
        (string? answer, WsConnection server) = Negotiation.Accept([Header(offered)], settings);
        Assert.Equal(
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                + "server_max_window_bits=10; client_max_window_bits=11",
            answer);
        Assert.Equal(
            new DeflateParameters
            {
                ServerNoContextTakeover = true,
                ClientNoContextTakeover = true,
                ServerMaxWindowBits = 10,
                ClientMaxWindowBits = 11,
            },
            server.Agreed());
    }

    [Fact]
    [Trait("Register", "B13")]
    public void One_template_serves_many_connections_at_once_and_is_not_changed()
    {
        var template = new PerMessageDeflate { ServerMaxWindowBits = 14 };
        string before = template.Offer()[0].ToString();
        Element[] offers = [.. Negotiation.Elements()];
        string[] alone =
        [
            .. offers.Select(offer => new PerMessageDeflate { ServerMaxWindowBits = 14 }.Accept(offer.ToOffer())!.ToString()),
        ];
        Parallel.For(0, offers.Length * 3, i =>
        {
            int offered = i % offers.Length;
            (string? answer, WsConnection server) = Negotiation.Accept([offers[offered].ToOffer().ToString()], template);
            Assert.Equal(alone[offered], answer);
            byte[] data = Deflated.Prose(500, i);
            Assert.Equal(data, Zip.Inflate(SentFrame.One(server.Send(new BytesMessage(data))).Payload));
            server.Dispose();
        });
        Assert.Equal(before, template.Offer()[0].ToString());
    }

    /// <summary>The client's order counts, not that of the templates; and RSV1 is given once.</summary>
    [Fact]
    [Trait("MUST", "7692-5.1-3")]
    public void Second_extension_that_needs_RSV1__is_not_accepted_beside_it()
    {
        var other = new Compressor();
        Assert.Equal("permessage-deflate", Negotiation.Accept(["permessage-deflate, x-compress"], other, new PerMessageDeflate()).Answer);
        Assert.Equal("x-compress", Negotiation.Accept(["x-compress, permessage-deflate"], other, new PerMessageDeflate()).Answer);
        Assert.Equal(
            "permessage-deflate",
            Negotiation.Accept(["permessage-deflate, permessage-deflate"], new PerMessageDeflate(), new PerMessageDeflate()).Answer);
    }

    /// <summary>Another extension that marks its frames with RSV1.</summary>
    internal sealed class Compressor() : WsExtension("x-compress")
    {
        public override ExtensionCodec? Accept(ExtensionElement offer) => new ScriptedCodec(Name, ReservedBits.Rsv1);

        public override ExtensionCodec? Confirm(ExtensionElement answer) => new ScriptedCodec(answer, ReservedBits.Rsv1);
    }
}
