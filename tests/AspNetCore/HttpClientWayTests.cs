using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore.Tests.Support;

namespace WsProto.AspNetCore.Tests;

/// <summary>A connection of HTTP/2 of a session's own goes the way of all others: names, proxies, TLS, and one limit of time.</summary>
public class HttpClientWayTests
{
    [Fact]
    public async Task Certificate_is_wanted_for_the_host_of_the_URI_whatever_the_Host_says()
    {
        using TestCertificate certificate = TestCertificate.For("localhost");
        string? asked = null;
        await using App app = await App.StartAsync(
            app => app.MapWebSocket("/", SayProtocolAsync),
            kestrel: kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(https =>
                https.ServerCertificateSelector = (_, name) =>
                {
                    asked = name;
                    return certificate.Certificate;
                })));
        var options = new WsClientOptions
        {
            HttpVersion = HttpVersion.Version20,
            Headers = [("Host", "other.test")],
            Tls = new()
            {
                // Nobody trusts its authority, and the name is right.
                RemoteCertificateValidationCallback = (_, _, _, errors) => errors == SslPolicyErrors.RemoteCertificateChainErrors,
            },
        };
        Uri uri = new UriBuilder(app.Address(0, "/")) { Scheme = "wss", Host = "localhost" }.Uri;
        await using WsSession session = await WsClient.ConnectAsync(uri, options).AsTask().Soon();
        Assert.Equal(new TextMessage("HTTP/2"), await session.ReceiveAsync().Soon());
        Assert.Equal("localhost", asked);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno")]
    public async Task Connection_of_its_own_goes_through_the_proxy(string answer)
    {
        await using App app = await App.StartAsync(app => app.MapWebSocket("/", SayProtocolAsync));
        Uri server = app.Address(Carrier.Http2, "/");
        using var proxy = new TcpListener(IPAddress.Loopback, 0);
        proxy.Start();
        Task<string> relaying = RelayAsync();
        var options = new WsClientOptions
        {
            HttpVersion = HttpVersion.Version20,
            Proxy = new WsProxy(new Uri($"http://{proxy.LocalEndpoint}")),
        };
        ValueTask<WsSession> connecting = WsClient.ConnectAsync(server, options);
        if (answer.Contains("407", StringComparison.Ordinal))
        {
            WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => connecting.AsTask().Soon());
            Assert.Equal((407, "no"), (e.StatusCode, Encoding.UTF8.GetString(e.Body.Span)));
            return;
        }

        await using (WsSession session = await connecting.AsTask().Soon())
            Assert.Equal(new TextMessage("HTTP/2"), await session.ReceiveAsync().Soon());
        Assert.StartsWith($"CONNECT {server.Authority} HTTP/1.1\r\n", await relaying.Soon(), StringComparison.Ordinal);

        async Task<string> RelayAsync()
        {
            using TcpClient near = await proxy.AcceptTcpClientAsync();
            byte[] head = new byte[4096];
            int count = await near.GetStream().ReadAsync(head);
            await near.GetStream().WriteAsync(Encoding.ASCII.GetBytes(answer));
            using var far = new TcpClient();
            await far.ConnectAsync(IPAddress.Loopback, server.Port);
            Task back = far.GetStream().CopyToAsync(near.GetStream());
            await Task.WhenAny(near.GetStream().CopyToAsync(far.GetStream()), back);
            return Encoding.ASCII.GetString(head, 0, count);
        }
    }

    [Fact]
    public async Task Server_that_never_answers_is_given_up_and_its_connection_closed()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var time = new FakeTimeProvider();
        var options = new WsClientOptions { HttpVersion = HttpVersion.Version20, Session = new() { TimeProvider = time } };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri($"wss://{silent.LocalEndpoint}"), options).AsTask();
        using TcpClient peer = await silent.AcceptTcpClientAsync().Soon();
        while (!connecting.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await Assert.ThrowsAsync<TimeoutException>(() => connecting);
        // What it sent is its hello for TLS; then comes the end.
        await peer.GetStream().CopyToAsync(Stream.Null).Soon();
    }

    private static Task SayProtocolAsync(HttpContext context, WsSession session, CancellationToken stop) =>
        session.SendTextAsync(context.Request.Protocol, stop).AsTask();
}
