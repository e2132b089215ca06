using System.Diagnostics.CodeAnalysis;
using System.Net.Security;
using System.Net.Sockets;
using System.Reflection;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using WsProto.Adapters.Client;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>The client over TLS: whom it trusts, and what a cut connection is.</summary>
[Trait("RFC", "6455 §4.1, §10.6")]
[SuppressMessage("Reliability", "CA2025", Justification = "Every task that is started is awaited.")]
public sealed class TlsClientTests
{
    [Theory]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [Trait("MUST", "4.1-11")]
    [Trait("MUST", "4.1-13")]
    [Trait("MUST", "4.1-14")]
    [Trait("MUST", "10.6-1")]
    public async Task Certificate_for_the_host_of_the_URI__the_session_opens(string host)
    {
        using TestCertificate certificate = TestCertificate.For(host);
        using var peer = new ClientPeer();
        Task<(WsSession Session, SslStream Tls)> accepting = AcceptAsync(peer, certificate);
        await using WsSession client = await WsClient.ConnectAsync(
            new Uri($"wss://{host}:{peer.Port}/"), new WsClientOptions { Tls = certificate.Trusted() }).Soon();
        (WsSession server, SslStream tls) = await accepting;
        Assert.Equal(SslApplicationProtocol.Http11, tls.NegotiatedApplicationProtocol);
        // An address is no name to indicate (RFC 6066 §3).
        Assert.Equal(host == "localhost" ? host : "", tls.TargetHostName);
        Assert.Equal($"{host}:{peer.Port}", server.Request!.Host);
        await client.SendAsync("hello").AsTask().Soon();
        Assert.Equal(new TextMessage("hello"), await server.ReceiveAsync().Soon());
        await server.SendAsync("hello yourself").AsTask().Soon();
        Assert.Equal(new TextMessage("hello yourself"), await client.ReceiveAsync().Soon());
        await Task.WhenAll(client.CloseAsync().Soon(), server.CloseAsync().Soon());
        Assert.True(client.ClosedCleanly);
    }

    [Theory]
    [Trait("RFC", "6066 §3")]
    [InlineData("localhost.")]
    [InlineData("LOCALHOST.")]
    public async Task Name_with_the_dot_of_the_root__is_indicated_and_judged_without_it(string host)
    {
        using TestCertificate certificate = TestCertificate.For("localhost");
        using var peer = new ClientPeer();
        Task<(WsSession Session, SslStream Tls)> accepting = AcceptAsync(peer, certificate);
        var options = new WsClientOptions
        {
            Tls = certificate.Trusted(),
            ConnectTransport = (_, cancellationToken) => peer.ConnectAsync(cancellationToken),
        };
        await using WsSession client = await WsClient.ConnectAsync(new Uri($"wss://{host}:{peer.Port}/"), options).Soon();
        (WsSession server, SslStream tls) = await accepting;
        Assert.Equal("localhost", tls.TargetHostName);
        Assert.Equal($"localhost.:{peer.Port}", server.Request!.Host);
        await Task.WhenAll(client.CloseAsync().Soon(), server.CloseAsync().Soon());
    }

    [Theory]
    [InlineData("localhost", "other.example")]
    [InlineData("localhost", "127.0.0.1")]
    [InlineData("127.0.0.1", "localhost")]
    [InlineData("127.0.0.1", "127.0.0.2")]
    [Trait("Register", "S47")]
    [Trait("MUST", "4.1-12")]
    public async Task Certificate_for_another_host__connecting_fails(string host, string named)
    {
        using TestCertificate certificate = TestCertificate.For(named);
        using var peer = new ClientPeer();
        Task accepting = AcceptAsync(peer, certificate);
        // That the application names the other host in a header changes nothing.
        var options = new WsClientOptions { Tls = certificate.Trusted(), Headers = [("Host", named)] };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(new Uri($"wss://{host}:{peer.Port}/"), options).Soon());
        Assert.Contains(
            nameof(SslPolicyErrors.RemoteCertificateNameMismatch),
            Assert.IsType<AuthenticationException>(e.InnerException).Message,
            StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<Exception>(() => accepting.Soon());
    }

    [Fact]
    [Trait("Register", "S47")]
    public async Task Certificate_that_nobody_vouches_for__connecting_fails_by_default()
    {
        using TestCertificate certificate = TestCertificate.For("localhost");
        using var peer = new ClientPeer();
        Task accepting = AcceptAsync(peer, certificate);
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(new Uri($"wss://localhost:{peer.Port}/")).Soon());
        Assert.IsType<AuthenticationException>(e.InnerException);
        await Assert.ThrowsAnyAsync<Exception>(() => accepting.Soon());
    }

    [Fact]
    public async Task Application_names_the_host_to_verify__that_one_counts()
    {
        using TestCertificate certificate = TestCertificate.For("named.example");
        using var peer = new ClientPeer();
        Task<(WsSession Session, SslStream Tls)> accepting = AcceptAsync(peer, certificate);
        SslClientAuthenticationOptions tls = certificate.Trusted();
        tls.TargetHost = "named.example";
        await using WsSession client = await WsClient.ConnectAsync(peer.Uri("wss"), new WsClientOptions { Tls = tls }).Soon();
        (WsSession server, SslStream accepted) = await accepting;
        Assert.Equal("named.example", accepted.TargetHostName);
        await Task.WhenAll(client.CloseAsync().Soon(), server.CloseAsync().Soon());
    }

    [Fact]
    public async Task TLS_runs_over_the_stream_of_the_callback_and_verifies_the_host_of_the_URI()
    {
        using TestCertificate certificate = TestCertificate.For("xn--bcher-kva.example");
        using var peer = new ClientPeer();
        Task<(WsSession Session, SslStream Tls)> accepting = AcceptAsync(peer, certificate);
        var options = new WsClientOptions
        {
            Tls = certificate.Trusted(),
            ConnectTransport = (_, cancellationToken) => peer.ConnectAsync(cancellationToken),
        };
        await using WsSession client = await WsClient.ConnectAsync(new Uri("https://bücher.example"), options).Soon();
        (WsSession server, SslStream tls) = await accepting;
        // As .NET shows the name; on the wire it is in ASCII.
        Assert.Equal("bücher.example", tls.TargetHostName);
        await Task.WhenAll(client.CloseAsync().Soon(), server.CloseAsync().Soon());
    }

    [Fact]
    public async Task Server_speaks_no_TLS__connecting_fails()
    {
        using var peer = new ClientPeer();
        Task<WsHandshakeException> connecting = Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(peer.Uri("wss")).Soon());
        await using Stream stream = await peer.AcceptAsync();
        await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        Assert.IsType<AuthenticationException>((await connecting).InnerException);
        await ClientPeer.AssertGivenUpAsync(stream);
    }

    /// <summary>
    /// Whoever can cut TCP can end a TLS connection without the alert that says so (RFC 8446 §6.1); it must not pass for an end that was
    /// meant.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TCP_is_cut_under_TLS__what_came_whole_is_delivered_and_the_close_is_1006(bool withinFrame)
    {
        using TestCertificate certificate = TestCertificate.For("127.0.0.1");
        using var peer = new ClientPeer();
        Task<SslStream> accepting = AuthenticateAsync(peer, certificate);
        Task<WsSession> connecting = WsClient.ConnectAsync(peer.Uri("wss"), new WsClientOptions { Tls = certificate.Trusted() }).Soon();
        SslStream tls = await accepting;
        byte[] answer = ClientPeer.Upgrade(await ClientPeer.ReadHeadAsync(tls));
        byte[] cut = withinFrame ? [0x81, 0x05, .. "hal"u8] : [];
        await tls.WriteAsync((byte[])[.. answer, 0x81, 0x05, .. "whole"u8, .. cut]);
        Network(tls).Socket.Shutdown(SocketShutdown.Both);
        await using WsSession client = await connecting;
        Assert.Equal(new TextMessage("whole"), await client.ReceiveAsync().Soon());
        Assert.Null(await client.ReceiveAsync().Soon());
        await client.Completion.Soon();
        Assert.Equal((CloseCode.AbnormalClosure, WsCloseCause.Lost, false), (client.Closed!.Code, client.CloseCause, client.ClosedCleanly));
        await Network(tls).DisposeAsync();
    }

    [Fact]
    public void Options_of_the_application_are_copied_in_full_and_not_changed()
    {
        var own = new SslClientAuthenticationOptions();
        foreach (PropertyInfo property in typeof(SslClientAuthenticationOptions).GetProperties())
            property.SetValue(own, Unusual(property));
        SslClientAuthenticationOptions copy = ClientTls.For(new Uri("wss://example.com"), own, SslApplicationProtocol.Http11);
        Assert.NotSame(own, copy);
        Assert.All(
            typeof(SslClientAuthenticationOptions).GetProperties(),
            property => Assert.Equal(property.GetValue(own), property.GetValue(copy)));

        own = new SslClientAuthenticationOptions();
        copy = ClientTls.For(new Uri("wss://[fe80::1%25eth0]/"), own, SslApplicationProtocol.Http2);
        Assert.Equal("fe80::1", copy.TargetHost);
        Assert.Equal([SslApplicationProtocol.Http2], copy.ApplicationProtocols!);
        Assert.Null(own.TargetHost);
        Assert.Null(own.ApplicationProtocols);
    }

    /// <summary>A value that is not the default, so that a property that was forgotten shows.</summary>
    [SuppressMessage("Security", "CA5398", Justification = "Nothing is connected with it.")]
    private static object Unusual(PropertyInfo property)
    {
        var fresh = new SslClientAuthenticationOptions();
        return property.Name switch
        {
            _ when property.PropertyType == typeof(bool) => !(bool)property.GetValue(fresh)!,
            nameof(fresh.LocalCertificateSelectionCallback) => (LocalCertificateSelectionCallback)((_, _, _, _, _) => null!),
            nameof(fresh.RemoteCertificateValidationCallback) =>
                (RemoteCertificateValidationCallback)((_, _, _, errors) => errors == SslPolicyErrors.None),
            nameof(fresh.ApplicationProtocols) => new List<SslApplicationProtocol> { SslApplicationProtocol.Http2 },
            nameof(fresh.TargetHost) => "unusual.example",
            nameof(fresh.ClientCertificates) => new X509CertificateCollection(),
            nameof(fresh.ClientCertificateContext) => ContextOf(),
            nameof(fresh.CertificateRevocationCheckMode) => X509RevocationMode.Offline,
#pragma warning disable SYSLIB0040 // It exists, so it is copied.
            nameof(fresh.EncryptionPolicy) => EncryptionPolicy.AllowNoEncryption,
#pragma warning restore SYSLIB0040
            nameof(fresh.EnabledSslProtocols) => SslProtocols.Tls13,
            nameof(fresh.CipherSuitesPolicy) =>
                OperatingSystem.IsWindows() ? property.GetValue(fresh)! : new CipherSuitesPolicy([TlsCipherSuite.TLS_AES_128_GCM_SHA256]),
            nameof(fresh.CertificateChainPolicy) => new X509ChainPolicy(),
            _ => throw new NotSupportedException($"{property.Name} is new: copy it, and name a value for it here."),
        };

        static SslStreamCertificateContext ContextOf()
        {
            using TestCertificate certificate = TestCertificate.For("client.example");
            return SslStreamCertificateContext.Create(certificate.Certificate, null, offline: true);
        }
    }

    private static async Task<SslStream> AuthenticateAsync(ClientPeer peer, TestCertificate certificate)
    {
        var tls = new InnerStream(await peer.AcceptAsync());
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate.Certificate,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        };
        await tls.AuthenticateAsServerAsync(options).Soon();
        return tls;
    }

    private static async Task<(WsSession Session, SslStream Tls)> AcceptAsync(ClientPeer peer, TestCertificate certificate)
    {
        SslStream tls = await AuthenticateAsync(peer, certificate);
        return (await WsSession.AcceptAsync(tls).Soon(), tls);
    }

    private static NetworkStream Network(SslStream tls) => (NetworkStream)((InnerStream)tls).Inner;

    private sealed class InnerStream(Stream inner) : SslStream(inner)
    {
        internal Stream Inner => InnerStream;
    }
}
