using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>A listener that speaks TLS.</summary>
public sealed class ListenerTlsTests : IDisposable
{
    private static readonly TimeSpan _patience = ListenerClient.Patience;

    private readonly TestCertificate _certificate = TestCertificate.For("localhost", "127.0.0.1");
    private readonly ManualTime _time = new();
    private readonly TaskCompletionSource<Exception> _failed = new();

    private WsListenerOptions Options => new()
    {
        Tls = new SslServerAuthenticationOptions { ServerCertificate = _certificate.Certificate },
        Accept = new() { Session = new() { TimeProvider = _time } },
        OnHandshakeFailed = (e, _) => _failed.TrySetResult(e),
    };

    [Fact]
    public async Task Messages_go_both_ways_and_the_close_is_clean()
    {
        await using WsListener listener = ListenerTests.Start(Options);
        await using WsSession client = await ConnectAsync(listener, new Request("localhost", "/"));
        await using WsSession server = await listener.AcceptAsync().AsTask().WaitAsync(_patience);
        foreach (string text in (string[])["hello", new('x', 300_000)])
        {
            await client.SendAsync(text).AsTask().WaitAsync(_patience);
            Assert.Equal(new TextMessage(text), await server.ReceiveAsync().AsTask().WaitAsync(_patience));
            await server.SendAsync(text).AsTask().WaitAsync(_patience);
            Assert.Equal(new TextMessage(text), await client.ReceiveAsync().AsTask().WaitAsync(_patience));
        }

        await server.CloseAsync().AsTask().WaitAsync(_patience);
        await client.Completion.WaitAsync(_patience);
        Assert.True(server.ClosedCleanly);
        Assert.True(client.ClosedCleanly);
    }

    [Fact]
    public async Task Client_without_TLS_fails_and_the_next_is_served()
    {
        await using WsListener listener = ListenerTests.Start(Options);
        using (ListenerClient plain = await ListenerClient.ConnectAsync(listener.LocalEndPoint))
        {
            await plain.SendAsync(ListenerClient.Request());
            Assert.DoesNotContain("HTTP", await plain.ReadToEndAsync(), StringComparison.Ordinal);
        }

        Assert.IsType<WsHandshakeException>(await _failed.Task.WaitAsync(_patience));
        await using WsSession client = await ConnectAsync(listener, new Request("localhost", "/"));
        client.Abort();
    }

    [Fact]
    public async Task Client_that_does_not_go_on_with_the_handshake_of_TLS_is_gone_when_the_time_is_over()
    {
        await using WsListener listener = ListenerTests.Start(Options);
        using ListenerClient slow = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await slow.SendAsync("\x16\x03\x01\x02\x00\x01\x00");
        await _time.UntilAsync(time => time.Pending == 1);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.IsType<TimeoutException>(await _failed.Task.WaitAsync(_patience));
        await slow.ReadToEndAsync();
    }

    [Fact]
    public async Task Handshake_of_TLS_and_the_request_share_one_limit_of_time()
    {
        await using WsListener listener = ListenerTests.Start(Options);
        Socket socket = await ListenerClient.ConnectSocketAsync(listener.LocalEndPoint);
        await _time.UntilAsync(time => time.Pending == 1);
        _time.Advance(TimeSpan.FromSeconds(9));
        await using SslStream tls = await EncryptAsync(socket);
        await tls.WriteAsync("GET / HTTP/1.1\r\n"u8.ToArray());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.IsType<TimeoutException>(await _failed.Task.WaitAsync(_patience));
    }

    [Fact]
    public async Task Page_without_TLS_is_of_another_origin()
    {
        await using WsListener listener = ListenerTests.Start(Options);
        var request = new Request("localhost", "/") { ExtraHeaders = [("Origin", "http://localhost")] };
        var refusal = await Assert.ThrowsAsync<WsHandshakeException>(() => ConnectAsync(listener, request));
        Assert.Equal(403, refusal.StatusCode);
        await using WsSession client = await ConnectAsync(listener, request with { ExtraHeaders = [("Origin", "https://localhost")] });
        client.Abort();
    }

    [Fact]
    public async Task Application_learns_the_version_the_name_and_the_certificate_of_the_client()
    {
        using TestCertificate client = TestCertificate.For("client.example");
        WsTlsDetails? seen = null;
        WsListenerOptions options = Options;
        options.Tls!.ClientCertificateRequired = true;
        options.Tls.CertificateChainPolicy = client.Trusted().CertificateChainPolicy;
        await using WsListener listener = ListenerTests.Start(options with
        {
            Accept = options.Accept with
            {
                OnRequest = (context, _) =>
                {
                    seen = context.Tls;
                    return new(WsResponse.Accept());
                },
            },
        });
        var tls = new SslStream(new NetworkStream(await ListenerClient.ConnectSocketAsync(listener.LocalEndPoint), ownsSocket: true));
        SslClientAuthenticationOptions trust = _certificate.Trusted();
        trust.TargetHost = "localhost";
        trust.ClientCertificates = [client.Certificate];
        await tls.AuthenticateAsClientAsync(trust).WaitAsync(_patience);
        await using WsSession near = await WsSession.ConnectAsync(tls, new Request("localhost", "/")).AsTask().WaitAsync(_patience);
        await using WsSession server = await listener.AcceptAsync().AsTask().WaitAsync(_patience);
        Assert.Equal(("localhost", tls.SslProtocol, tls.NegotiatedCipherSuite), (seen!.ServerName, seen.Protocol, seen.CipherSuite));
        Assert.Equal(client.Certificate.Thumbprint, seen.RemoteCertificate!.Thumbprint);
        Assert.Same(seen, server.Tls);
        Assert.Equal(_certificate.Certificate.Thumbprint, near.Tls!.RemoteCertificate!.Thumbprint);
        Assert.NotNull(server.RemoteEndPoint);
        near.Abort();
        await server.Completion.WaitAsync(_patience);
        // It outlives its connection.
        Assert.Equal("CN=WsProto test", seen.RemoteCertificate.Subject);
    }

    public void Dispose() => _certificate.Dispose();

    private async Task<WsSession> ConnectAsync(WsListener listener, Request request)
    {
        SslStream tls = await EncryptAsync(await ListenerClient.ConnectSocketAsync(listener.LocalEndPoint));
        return await WsSession.ConnectAsync(tls, request).AsTask().WaitAsync(_patience);
    }

    private async Task<SslStream> EncryptAsync(Socket socket)
    {
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_certificate.Authority);
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = policy })
            .WaitAsync(_patience);
        return tls;
    }
}
