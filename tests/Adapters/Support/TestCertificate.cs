using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace WsProto.Adapters.Tests.Support;

/// <summary>A certificate made for one test, for the names and addresses that it wants, by an authority that nobody else trusts.</summary>
internal sealed class TestCertificate : IDisposable
{
    private TestCertificate(X509Certificate2 authority, X509Certificate2 certificate) =>
        (Authority, Certificate) = (authority, certificate);

    /// <summary>What the other side has to trust.</summary>
    internal X509Certificate2 Authority { get; }

    /// <summary>With its private key.</summary>
    internal X509Certificate2 Certificate { get; }

    internal static TestCertificate For(params string[] hosts)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=WsProto tests", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        authority.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        var authorityId = new X509SubjectKeyIdentifierExtension(authority.PublicKey, critical: false);
        authority.CertificateExtensions.Add(authorityId);
        DateTimeOffset from = DateTimeOffset.UtcNow.AddDays(-1);
        X509Certificate2 issuer = authority.CreateSelfSigned(from, from.AddDays(9));

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
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(authorityId));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        using X509Certificate2 signed = request.Create(issuer, from, from.AddDays(8), RandomNumberGenerator.GetBytes(8));
        using X509Certificate2 made = signed.CopyWithPrivateKey(key);
        // Not every platform's TLS takes a key that was never stored.
        return new TestCertificate(issuer, X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null));
    }

    /// <summary>The options of a client that trusts the authority and no other; the host name is checked as ever.</summary>
    internal SslClientAuthenticationOptions Trusted()
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(Authority);
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

    public void Dispose()
    {
        Authority.Dispose();
        Certificate.Dispose();
    }
}
