using System;
using System.Diagnostics.CodeAnalysis;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace WsProto.Cli;

/// <summary>Certificates that are made here, and those of servers.</summary>
internal static class Certificates
{
    /// <summary>A certificate for this machine that nobody trusts.</summary>
    public static X509Certificate2 Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=wsproto", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        DateTimeOffset from = DateTimeOffset.UtcNow.AddHours(-1);
        using X509Certificate2 made = request.CreateSelfSigned(from, from.AddDays(30));
        // Not every platform's TLS takes a key that was never stored.
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>Judges the certificate of a server.</summary>
    /// <param name="isAnyTrusted">Whether any certificate is taken.</param>
    /// <param name="authorities">A PEM file with the authorities that are trusted; null for those of the system.</param>
    /// <exception cref="CliException">The file cannot be read.</exception>
    [SuppressMessage("Security", "CA5359", Justification = "The user says so.")]
    public static RemoteCertificateValidationCallback? Validation(bool isAnyTrusted, string? authorities)
    {
        if (isAnyTrusted)
            return (_, _, _, _) => true;
        if (authorities is null)
            return null;
        var trusted = new X509Certificate2Collection();
        try
        {
            trusted.ImportFromPemFile(authorities);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new CliException(ExitCode.File, $"{authorities} cannot be read: {e.Message}");
        }

        return (_, presented, chain, errors) => IsTrusted(presented, chain, errors, trusted);
    }

    private static bool IsTrusted(X509Certificate? presented, X509Chain? sent, SslPolicyErrors errors, X509Certificate2Collection trusted)
    {
        if (presented is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        foreach (X509ChainElement element in sent?.ChainElements.ToArray() ?? [])
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build((X509Certificate2)presented);
    }
}
