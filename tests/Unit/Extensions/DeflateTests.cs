using System.Net.WebSockets;
using WsProto.Events;
using WsProto.Extensions;
using WsProto.Framing;

namespace WsProto.Tests.Extensions;

public class DeflateTests
{
    private static WsConnection Client(PerMessageDeflate? t = null, ConnectionOptions? options = null) =>
        WsConnection.Established(ConnectionRole.Client, [(t ?? new PerMessageDeflate()).Confirm(new ExtensionOffer("permessage-deflate"))!], options);

    [Fact]
    public void Examples()
    {
        Cuts.Expect(() => Client(), Wire.Hex("c1 07 f2 48 cd c9 c9 07 00  c1 05 f2 00 11 00 00"), ConnectionState.Open, new TextMessage("Hello"), new TextMessage("Hello"));
        Cuts.Expect(() => Client(), Wire.Hex("41 03 f2 48 cd 80 04 c9 c9 07 00"), ConnectionState.Open, new TextMessage("Hello"));
        Cuts.Expect(() => Client(), Wire.Hex("c1 0b 00 05 00 fa ff 48 65 6c 6c 6f 00"), ConnectionState.Open, new TextMessage("Hello"));
        Cuts.Expect(() => Client(), Wire.Hex("c1 08 f3 48 cd c9 c9 07 00 00 c1 07 f2 48 cd c9 c9 07 00"), ConnectionState.Open, new TextMessage("Hello"), new TextMessage("Hello"));
        Cuts.Expect(() => Client(), Wire.Hex("c1 0d f2 48 05 00 00 00 ff ff ca c9 c9 07 00"), ConnectionState.Open, new TextMessage("Hello"));
        Cuts.Expect(() => Client(), Wire.Hex("c1 01 00 c1 07 f3 48 cd c9 c9 07 00"), ConnectionState.Open, new TextMessage(""), new TextMessage("Hello"));
        Cuts.Expect(() => Client(), Wire.Hex("41 03 f2 48 cd 89 00 80 04 c9 c9 07 00"), ConnectionState.Open, new Ping(), new TextMessage("Hello"));
    }

    [Fact]
    public void Truncated()
    {
        byte[] whole = Wire.Hex("f2 48 cd c9 c9 07 00");
        for (int n = 0; n < whole.Length; n++)
        {
            Outcome o = Cuts.Run(() => Client(), Wire.Frame(Opcode.Text, whole[..n], rsv: 4));
            var close = Assert.IsType<CloseConnection>(Assert.Single(o.Events));
            Assert.Equal(ProtocolError.ExtensionFailed, close.Error);
            Assert.Equal(CloseCode.InvalidPayloadData, close.Code);
        }
    }

    [Theory]
    [InlineData(false, 15)]
    [InlineData(true, 15)]
    [InlineData(false, 9)]
    public void RoundTrip(bool noTakeover, int bits)
    {
        var template = new PerMessageDeflate { ServerNoContextTakeover = noTakeover, ClientNoContextTakeover = noTakeover, ServerMaxWindowBits = bits, ClientMaxWindowBits = bits };
        using Link link = Link.Connected(new Request("h", "/") { Extensions = [template] }, new AcceptConnection { Extensions = [template] });
        Assert.Single(link.Client.Extensions);
        var random = new Random(1);
        for (int i = 0; i < 100; i++)
        {
            byte[] data = new byte[random.Next(1, 60000)];
            if (i % 2 == 0)
                random.NextBytes(data);
            Assert.Equal([new BytesMessage(data)], link.Send(ConnectionRole.Client, new BytesMessage(data)));
            Assert.Equal([new BytesMessage(data)], link.Send(ConnectionRole.Server, new BytesMessage(data)));
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    public void Limit(int extra)
    {
        var options = new ConnectionOptions { MaxMessageSize = 100_000 };
        var template = new PerMessageDeflate();
        using var link = new Link(new WsConnection(ConnectionRole.Client), new WsConnection(ConnectionRole.Server, options));
        link.Send(ConnectionRole.Client, new Request("h", "/") { Extensions = [template] });
        link.Send(ConnectionRole.Server, new AcceptConnection { Extensions = [template] });
        var e = Assert.Single(link.Send(ConnectionRole.Client, new BytesMessage(new byte[100_000 + extra])));
        if (extra > 0) Assert.Equal(ProtocolError.MessageTooBig, Assert.IsType<CloseConnection>(e).Error);
        else Assert.IsType<BytesMessage>(e);
    }
}
