using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace WsProto.Adapters.Tests.Support;

/// <summary>A certificate made for one test: signed by itself, for the names and addresses that the test wants.</summary>
internal sealed class TestCertificate : IDisposable
{
    private TestCertificate(X509Certificate2 certificate) => Certificate = certificate;

    /// <summary>With its private key.</summary>
    internal X509Certificate2 Certificate { get; }

    internal static TestCertificate For(params string[] hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=WsProto test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (string host in hosts)
        {
            if (IPAddress.TryParse(host, out IPAddress? address))
                names.AddIpAddress(address);
            else
                names.AddDnsName(host);
        }

        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using X509Certificate2 made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        // Not every platform's TLS takes a key that was never stored.
        return new TestCertificate(X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null));
    }

    /// <summary>The options of a client that trusts this certificate and no other; the host name is checked as ever.</summary>
    internal SslClientAuthenticationOptions Trusted()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(Certificate);
        return new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }

    /// <summary>Writes certificate and key as PEM, for peers in other languages.</summary>
    /// <returns>The two paths.</returns>
    internal (string Certificate, string Key) WriteTo(string folder)
    {
        string certificate = Path.Combine(folder, "certificate.pem");
        string key = Path.Combine(folder, "key.pem");
        File.WriteAllText(certificate, Certificate.ExportCertificatePem());
        using ECDsa own = Certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(key, own.ExportPkcs8PrivateKeyPem());
        return (certificate, key);
    }

    public void Dispose() => Certificate.Dispose();
}
