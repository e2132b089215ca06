using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using WsProto.Adapters;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A listener that asks for certificates, a client that has one and one that has none.</summary>
public static class ClientCertificates
{
    public static async Task RunAsync()
    {
        using X509Certificate2 root = CreateRoot();
        using X509Certificate2 site = Issue(root, "CN=localhost", "localhost");
        using X509Certificate2 ann = Issue(root, "CN=Ann", null);

        #region server
        var trust = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { root },
            RevocationMode = X509RevocationMode.NoCheck,
        };
        var options = new WsListenerOptions
        {
            Tls = new SslServerAuthenticationOptions
            {
                ServerCertificate = site,
                ClientCertificateRequired = true,
                CertificateChainPolicy = trust,
            },
        };
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), options);
        listener.Start();
        Task serving = listener.RunAsync((session, stop) =>
            session.SendTextAsync($"Hello {session.Tls!.RemoteCertificate!.Subject}", stop).AsTask());
        #endregion

        var uri = new Uri($"wss://localhost:{((IPEndPoint)listener.LocalEndPoint).Port}/");
        #region client
        var withCertificate = new WsClientOptions
        {
            Tls = new SslClientAuthenticationOptions { ClientCertificates = [ann], CertificateChainPolicy = trust },
        };
        await using (WsSession session = await WsClient.ConnectAsync(uri, withCertificate))
            Console.WriteLine(((TextMessage)(await session.ReceiveAsync())!).Data);

        try
        {
            var without = new WsClientOptions { Tls = new SslClientAuthenticationOptions { CertificateChainPolicy = trust } };
            await using WsSession refused = await WsClient.ConnectAsync(uri, without);
        }
        catch (WsHandshakeException)
        {
            Console.WriteLine("refused");
        }
        #endregion
        await listener.StopAsync();
        await serving;
    }

    private static X509Certificate2 CreateRoot()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Root of the guide", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 root, string subject, string? name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        if (name is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
        }

        using X509Certificate2 issued = request.Create(root, root.NotBefore, root.NotAfter, RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 withKey = issued.CopyWithPrivateKey(key);
        // Windows wants keys of TLS from a file format.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
