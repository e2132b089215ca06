using System.Text;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Testing.Generators;

namespace WsProto.Tests.Testing;

[Trait("RFC", "6455 §4.2.2")]
public class HeadsTests
{
    [Fact]
    public void A_response_fits_the_request_of_any_client()
    {
        using var client = new WsConnection(ConnectionRole.Client);
        byte[] request = client.Send(new Request("example.com", "/"));
        Assert.Equal([new AcceptConnection()], client.Read(Heads.ResponseTo(request)));
    }

    [Fact]
    public void The_response_to_the_example_of_the_RFC_is_that_of_the_RFC() =>
        Assert.Equal(Heads.Response("Upgrade", "h2c", "X: y"), Heads.ResponseTo(Heads.Request(), "Upgrade", "h2c", "X: y"));

    [Fact]
    public void A_header_that_is_not_there_is_not_replaced_but_can_be_added()
    {
        Assert.Throws<ArgumentException>(() => Heads.Request("Origin", "http://a"));
        Assert.Throws<ArgumentException>(() => Heads.ResponseTo(Heads.Request(), "Sec-WebSocket-Protocol", "chat"));
        Assert.Contains(
            "\r\nOrigin: http://a\r\n", Encoding.ASCII.GetString(Heads.Request(null, null, "Origin: http://a")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_request_without_a_key_has_no_response() =>
        Assert.Throws<ArgumentException>(() => Heads.ResponseTo(Heads.Request("Sec-WebSocket-Key", null)));

    [Fact]
    public void Generated_responses_accept_refuse_and_fail_a_client_of_its_own_key()
    {
        var seen = new HashSet<Type>();
        using var example = new WsConnection(ConnectionRole.Client);
        byte[] request = example.Send(new Request("example.com", "/"));
        foreach (byte[] response in Gen.Sample(HandshakeHeads.ResponsesTo(request), 200, new Rnd(1), 40))
        {
            using var client = new WsConnection(ConnectionRole.Client, new WsConnectionOptions { Random = Rand.Fixed(KeyOf(request)) });
            Assert.Equal(request, client.Send(new Request("example.com", "/")));
            seen.UnionWith(client.Read(response).Select(e => e.GetType()));
        }

        Assert.Superset(new HashSet<Type> { typeof(AcceptConnection), typeof(RejectConnection), typeof(HandshakeFailed) }, seen);
    }

    private static byte[] KeyOf(byte[] request) =>
        Convert.FromBase64String(Encoding.Latin1.GetString(request).Split("\r\n").Single(
            line => line.StartsWith("Sec-WebSocket-Key: ", StringComparison.Ordinal))[19..]);
}
