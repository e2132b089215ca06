namespace WsProto.Tests.Extensions.Deflate;

/// <summary>What a client offers, and what its settings may be.</summary>
[Trait("RFC", "7692 §7.1")]
public class OfferTests
{
    [Fact]
    [Trait("Register", "C25")]
    [Trait("MUST", "7692-5.1-1")]
    public void Client_offers_with_the_defaults__writes_the_short_offer()
    {
        using var client = new WsConnection(ConnectionRole.Client);
        string head = System.Text.Encoding.Latin1.GetString(
            client.Send(new Request("example.com", "/") { Extensions = [new PerMessageDeflate()] }));
        Assert.Contains("\r\nSec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, 15, 15, "permessage-deflate; client_max_window_bits")]
    [InlineData(true, false, 15, 15, "permessage-deflate; server_no_context_takeover; client_max_window_bits")]
    [InlineData(false, true, 15, 15, "permessage-deflate; client_no_context_takeover; client_max_window_bits")]
    [InlineData(false, false, 10, 15, "permessage-deflate; server_max_window_bits=10; client_max_window_bits")]
    [InlineData(false, false, 15, 10, "permessage-deflate; client_max_window_bits=10")]
    [InlineData(
        true, true, 9, 9,
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9")]
    [InlineData(
        true, true, 14, 14,
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=14; client_max_window_bits=14")]
    [InlineData(true, false, 9, 15, "permessage-deflate; server_no_context_takeover; server_max_window_bits=9; client_max_window_bits")]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_offer")]
    [Trait("wsproto", "test_permessage_deflate.py::TestPerMessageDeflate::test_repr")]
    public void Offer_holds_what_the_settings_add(bool serverForgets, bool clientForgets, int server, int client, string offer)
    {
        var template = new PerMessageDeflate
        {
            ServerNoContextTakeover = serverForgets,
            ClientNoContextTakeover = clientForgets,
            ServerMaxWindowBits = server,
            ClientMaxWindowBits = client,
        };
        Assert.Equal(offer, Assert.Single(template.Offer()).ToString());
    }

    [Fact]
    [Trait("MUST", "7692-7.1.2.1-1")]
    [Trait("MUST", "7692-7.1.2.2-1")]
    public void Every_offer_says_what_the_settings_say()
    {
        foreach (PerMessageDeflate settings in Negotiation.Settings())
        {
            Element offer = Element.Of(Assert.Single(settings.Offer()));
            Assert.Equal(settings.ServerNoContextTakeover, offer.ServerForgets);
            Assert.Equal(settings.ClientNoContextTakeover, offer.ClientForgets);
            Assert.Equal(settings.ServerMaxWindowBits, offer.Server ?? 15);
            Assert.Equal(settings.ClientMaxWindowBits == 15 ? Element.Open : settings.ClientMaxWindowBits, offer.Client);
        }
    }

    [Fact]
    public void Defaults_are_those_of_the_RFC_and_of_zlib()
    {
        var template = new PerMessageDeflate();
        Assert.Equal("permessage-deflate", template.Name);
        Assert.Equal((false, false, 15, 15), (template.ServerNoContextTakeover,
            template.ClientNoContextTakeover,
            template.ServerMaxWindowBits,
            template.ClientMaxWindowBits));
        Assert.Equal((6, 8, 64), (template.CompressionLevel, template.MemoryLevel, template.MinCompressedSize));
        Assert.Equal(new DeflateParameters { ServerMaxWindowBits = 15, ClientMaxWindowBits = 15 }, new DeflateParameters());
    }

    /// <summary>What was agreed on may be 8 bits, which nobody can ask of us.</summary>
    [Theory]
    [InlineData(7)]
    [InlineData(16)]
    [InlineData(0)]
    [InlineData(-15)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [Trait("RFC", "7692 §7.1.2")]
    public void Windows_outside_8_to_15_cannot_be_agreed_on(int bits)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new DeflateParameters { ServerMaxWindowBits = bits });
        Assert.Throws<ArgumentOutOfRangeException>(() => new DeflateParameters { ClientMaxWindowBits = bits });
        Assert.Equal((8, 15), (new DeflateParameters { ServerMaxWindowBits = 8 }.ServerMaxWindowBits,
            new DeflateParameters { ClientMaxWindowBits = 15 }.ClientMaxWindowBits));
        Assert.Equal((15, 15), (new DeflateParameters().ServerMaxWindowBits, new DeflateParameters().ClientMaxWindowBits));
    }

    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(-9)]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(99)]
    public void Window_out_of_range__is_refused(int bits)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PerMessageDeflate { ServerMaxWindowBits = bits });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PerMessageDeflate { ClientMaxWindowBits = bits });
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(10)]
    public void Level_out_of_range__is_refused(int level)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new PerMessageDeflate { CompressionLevel = level });
        Assert.Throws<ArgumentOutOfRangeException>(() => new PerMessageDeflate { MemoryLevel = level });
    }

    [Fact]
    public void Negative_threshold__is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PerMessageDeflate { MinCompressedSize = -1 });

    [Fact]
    public void Nothing_to_judge__is_a_mistake_of_the_caller()
    {
        var template = new PerMessageDeflate();
        Assert.Throws<ArgumentNullException>(() => template.Accept(null!));
        Assert.Throws<ArgumentNullException>(() => template.Confirm(null!));
    }
}
