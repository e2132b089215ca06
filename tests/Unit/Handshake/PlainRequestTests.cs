using static WsProto.Tests.Handshake.Handshakes;

namespace WsProto.Tests.Handshake;

/// <summary>Requests that ask for no WebSocket: a server is shown what they ask for.</summary>
[Trait("RFC", "9112 §3")]
public class PlainRequestTests
{
    [Theory]
    [InlineData("GET /health HTTP/1.1", "GET", "/health")]
    [InlineData("HEAD / HTTP/1.1", "HEAD", "/")]
    [InlineData("OPTIONS * HTTP/1.0", "OPTIONS", "*")]
    [InlineData("POST /a?b=c HTTP/1.1", "POST", "/a?b=c")]
    public void Server_reads_a_request_without_an_upgrade__its_head_is_in_the_failure(string line, string method, string target)
    {
        byte[] head = Wire.Head([line, "Host: h", "X-Probe: 1", "x-probe: 2"]);
        ConnectionOutcome outcome = Cuts.Run(() => Server(), head);
        HandshakeFailed failed = Assert.IsType<HandshakeFailed>(Assert.Single(outcome.Events));
        HeaderList headers = [("Host", "h"), ("X-Probe", "1"), ("x-probe", "2")];
        Assert.Equal(new HttpRequestHead { Method = method, Target = target, Headers = headers }, failed.RequestHead);

        WsConnection parsed = Server();
        parsed.ReceiveRequest(method, target, headers);
        Assert.Equal(failed.RequestHead, Assert.IsType<HandshakeFailed>(Assert.Single(parsed.ReadAll())).RequestHead);
    }

    [Fact]
    public void Server_is_given_a_head_that_cannot_have_been_parsed__there_is_no_head()
    {
        WsConnection server = Server();
        server.ReceiveRequest("GET", "/", [("no name", "x")]);
        Assert.Null(Assert.IsType<HandshakeFailed>(Assert.Single(server.ReadAll())).RequestHead);
    }

    [Theory]
    [InlineData("GET / HTTP/2.0")]
    [InlineData("GET  / HTTP/1.1")]
    [InlineData("SSH-2.0-OpenSSH")]
    public void Server_reads_what_is_no_request_of_HTTP_1__there_is_no_head(string line)
    {
        WsConnection server = Server();
        Assert.Null(Assert.IsType<HandshakeFailed>(Assert.Single(server.Read(Wire.Head([line, "Host: h"])))).RequestHead);
    }
}
