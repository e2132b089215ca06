using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>The tunnel through an HTTP proxy. Behind the proxy of these tests, on the same stream, is the server.</summary>
[Trait("RFC", "9110 §9.3.6")]
public sealed class ClientProxyTests
{
    private const string Established = "HTTP/1.1 200 Connection established\r\n\r\n";

    [Theory]
    [InlineData("ws://example.com/chat", "example.com:80")]
    [InlineData("ws://example.com:8080/", "example.com:8080")]
    [InlineData("ws://bücher.example/", "xn--bcher-kva.example:80")]
    [InlineData("ws://[2001:db8::1]/", "[2001:db8::1]:80")]
    [InlineData("ws://[fe80::1%25eth0]:8080/", "[fe80::1]:8080")]
    public async Task Client_asks_for_host_and_port_of_the_server(string text, string authority)
    {
        using var proxy = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = proxy.AnswerAsync(Established);
        Task<WsSession> connecting =
            WsClient.ConnectAsync(new Uri(text), new WsClientOptions { Proxy = new WsProxy(proxy.Uri("http")) }).Soon();
        (Stream tunnel, string head) = await serving;
        Assert.Equal($"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n", head);
        await using WsSession server = await WsSession.AcceptAsync(tunnel).Soon();
        await using WsSession client = await connecting;
        Assert.Equal(Request.FromUri(new Uri(text)).Host, server.Request!.Host);
        await server.SendAsync("through").AsTask().Soon();
        Assert.Equal(new TextMessage("through"), await client.ReceiveAsync().Soon());
        await Task.WhenAll(client.CloseAsync().Soon(), server.CloseAsync().Soon());
    }

    [Theory]
    [InlineData("user:pass", "user:pass")]
    [InlineData("us%40er:p%3Aä%2F", "us@er:p:ä/")]
    [InlineData("user", "user:")]
    [InlineData("user:", "user:")]
    public async Task Credentials_go_to_the_proxy_and_not_to_the_server(string userInfo, string credentials)
    {
        using var proxy = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = proxy.AnswerAsync(Established);
        var options = new WsClientOptions
        {
            Proxy = new WsProxy(new Uri($"http://{userInfo}@127.0.0.1:{proxy.Port}")),
            Headers = [("Authorization", "for the server"), ("Host", "other.example")],
        };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri("ws://example.com"), options).Soon();
        (Stream tunnel, string head) = await serving;
        Assert.Equal(
            "CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\nProxy-Authorization: Basic "
                + $"{Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials))}\r\n\r\n",
            head);
        await using WsSession server = await WsSession.AcceptAsync(tunnel).Soon();
        await using WsSession client = await connecting;
        Assert.False(server.Request!.ExtraHeaders.Contains("Proxy-Authorization"));
        Assert.Equal("other.example", server.Request.Host);
        await Task.WhenAll(client.CloseAsync().Soon(), server.CloseAsync().Soon());
    }

    [Theory]
    [InlineData("HTTP/1.0 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n")]
    [InlineData("HTTP/1.1 299 \r\nVia: x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\ntransfer-encoding: gzip\r\nTransfer-Encoding: x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length:\r\nVia: x\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")]
    public async Task Any_2xx_is_the_tunnel_and_what_follows_the_head_in_the_same_segment_is_the_servers(string established)
    {
        using var proxy = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = proxy.AnswerAsync(
            established + "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno");
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => ConnectAsync(proxy));
        Assert.Equal((403, "no"), (e.StatusCode, Encoding.ASCII.GetString(e.Body.Span)));
        await ClientPeer.AssertGivenUpAsync((await serving).Stream);
    }

    [Theory]
    [InlineData(407, "Content-Length: 5\r\n\r\nlogin")]
    [InlineData(407, "Transfer-Encoding: chunked\r\n\r\n5\r\nlogin\r\n0\r\n\r\n")]
    [InlineData(502, "Content-Length: 5\r\n\r\nlogin")]
    [InlineData(302, "Location: http://127.0.0.1:1/\r\nContent-Length: 5\r\n\r\nlogin")]
    public async Task Proxy_refuses__status_headers_and_body_are_in_the_exception(int status, string rest)
    {
        using var proxy = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = proxy.AnswerAsync(
            $"HTTP/1.1 {status} No\r\nProxy-Authenticate: Basic realm=\"x\"\r\n" + rest);
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => ConnectAsync(proxy));
        Assert.Equal(
            (status, "Basic realm=\"x\"", "login"),
            (e.StatusCode, e.Headers["Proxy-Authenticate"], Encoding.ASCII.GetString(e.Body.Span)));
        Assert.Contains("proxy", e.Message, StringComparison.Ordinal);
        await ClientPeer.AssertGivenUpAsync((await serving).Stream);
    }

    [Fact]
    public async Task Proxy_refuses_without_a_body()
    {
        using var proxy = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = proxy.AnswerAsync("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => ConnectAsync(proxy));
        Assert.Equal((403, 0), (e.StatusCode, e.Body.Length));
        await ClientPeer.AssertGivenUpAsync((await serving).Stream);
    }

    [Fact]
    public async Task Proxy_refuses_with_a_body_that_is_too_large__what_was_read_of_it_is_in_the_exception()
    {
        using var proxy = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = proxy.AnswerAsync(
            "HTTP/1.1 503 No\r\nContent-Length: 100\r\n\r\n" + new string('x', 100));
        var options = new WsClientOptions
        {
            Proxy = new WsProxy(proxy.Uri("http")),
            Session = new() { Connection = new WsConnectionOptions { MaxRejectBodySize = 10 } },
        };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(new Uri("ws://h"), options).Soon());
        Assert.Equal((503, ProtocolError.RejectBodyTooLarge, "xxxxxxxxxx"), (e.StatusCode, e.Error, Encoding.ASCII.GetString(e.Body.Span)));
        await ClientPeer.AssertGivenUpAsync((await serving).Stream);
    }

    [Theory]
    [InlineData("", ProtocolError.HandshakeIncomplete)]
    [InlineData("HTTP/1.1 200", ProtocolError.HandshakeIncomplete)]
    [InlineData("SSH-2.0-OpenSSH\r\n\r\n", ProtocolError.MalformedHead)]
    [InlineData("HTTP/1.1 200 OK\n\n", ProtocolError.MalformedHead)]
    [InlineData(
        "HTTP/1.1 101 OK\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n", ProtocolError.InvalidAccept)]
    [InlineData("HTTP/1.1 200 OK\r\nX: {8193}\r\n\r\n", ProtocolError.HeaderLineTooLong)]
    public async Task Proxy_answers_what_is_no_answer__connecting_fails(string answer, ProtocolError error)
    {
        using var proxy = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = proxy.AnswerAsync(
            answer.Replace("{8193}", new string('x', 8193), StringComparison.Ordinal));
        var options = new WsClientOptions { Proxy = new WsProxy(proxy.Uri("http")) };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri("ws://example.com"), options).Soon();
        ((NetworkStream)(await serving).Stream).Socket.Shutdown(SocketShutdown.Send);
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => connecting);
        Assert.Equal((error, (int?)null), (e.Error, e.StatusCode));
        await ClientPeer.AssertGivenUpAsync((await serving).Stream);
    }

    [Fact]
    public async Task TLS_runs_through_the_tunnel_with_the_server()
    {
        using TestCertificate certificate = TestCertificate.For("server.example");
        using var proxy = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = proxy.AnswerAsync(Established);
        var options = new WsClientOptions { Proxy = new WsProxy(proxy.Uri("http")), Tls = certificate.Trusted() };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri("wss://server.example/"), options).Soon();
        (Stream tunnel, string head) = await serving;
        Assert.StartsWith("CONNECT server.example:443 HTTP/1.1\r\n", head, StringComparison.Ordinal);
        var tls = new SslStream(tunnel);
        await tls.AuthenticateAsServerAsync(certificate.Certificate).Soon();
        await using WsSession server = await WsSession.AcceptAsync(tls).Soon();
        await using WsSession client = await connecting;
        await client.SendAsync("secret").AsTask().Soon();
        Assert.Equal(new TextMessage("secret"), await server.ReceiveAsync().Soon());
        await Task.WhenAll(client.CloseAsync().Soon(), server.CloseAsync().Soon());
    }

    [Fact]
    public async Task Callback_connects_to_the_proxy_where_there_is_one()
    {
        using var proxy = new ClientPeer();
        Uri? asked = null;
        Task<(Stream Stream, string Head)> serving = proxy.AnswerAsync("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
        var options = new WsClientOptions
        {
            Proxy = new WsProxy(new Uri("http://proxy.example:3128")),
            ConnectTransport = (uri, cancellationToken) =>
            {
                asked = uri;
                return proxy.ConnectAsync(cancellationToken);
            },
        };
        await Assert.ThrowsAsync<WsHandshakeException>(() => WsClient.ConnectAsync(new Uri("ws://h"), options).Soon());
        Assert.Equal(new Uri("http://proxy.example:3128"), asked);
        Assert.StartsWith("CONNECT h:80 HTTP/1.1\r\n", (await serving).Head, StringComparison.Ordinal);
        await ClientPeer.AssertGivenUpAsync((await serving).Stream);
    }

    private static Task<WsSession> ConnectAsync(ClientPeer proxy) =>
        WsClient.ConnectAsync(new Uri("ws://example.com"), new WsClientOptions { Proxy = new WsProxy(proxy.Uri("http")) }).Soon();
}
