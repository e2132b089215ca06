using System;
using System.Net.Security;

namespace WsProto.Adapters.Client;

/// <summary>The options of a client's TLS: the application's, with what the URI says where they leave it open.</summary>
internal static class ClientTls
{
    internal static SslClientAuthenticationOptions For(Uri uri, SslClientAuthenticationOptions? options, SslApplicationProtocol protocol)
    {
        SslClientAuthenticationOptions tls = options is null ? new SslClientAuthenticationOptions() : CopyOf(options);
        // "If this fails (e.g., the server's certificate could not be verified), then the client MUST _Fail the WebSocket Connection_"; it
        // is verified against this name. "Clients MUST use the Server Name Indication extension", which carries it too (RFC 6455 §4.1).
        tls.TargetHost ??= NameOf(uri.IdnHost);
        tls.ApplicationProtocols ??= [protocol];
        return tls;
    }

    /// <summary>The application may use its own for something else, or for many connections at once.</summary>
    private static SslClientAuthenticationOptions CopyOf(SslClientAuthenticationOptions options)
    {
        var copy = new SslClientAuthenticationOptions
        {
            AllowRenegotiation = options.AllowRenegotiation,
            AllowTlsResume = options.AllowTlsResume,
            ApplicationProtocols = options.ApplicationProtocols,
            CertificateChainPolicy = options.CertificateChainPolicy,
            CertificateRevocationCheckMode = options.CertificateRevocationCheckMode,
            CipherSuitesPolicy = options.CipherSuitesPolicy,
            ClientCertificateContext = options.ClientCertificateContext,
            ClientCertificates = options.ClientCertificates,
            EnabledSslProtocols = options.EnabledSslProtocols,
            EncryptionPolicy = options.EncryptionPolicy,
            LocalCertificateSelectionCallback = options.LocalCertificateSelectionCallback,
            RemoteCertificateValidationCallback = options.RemoteCertificateValidationCallback,
            TargetHost = options.TargetHost,
        };
        if (OperatingSystem.IsLinux() || OperatingSystem.IsWindows())
        {
            copy.AllowRsaPkcs1Padding = options.AllowRsaPkcs1Padding;
            copy.AllowRsaPssPadding = options.AllowRsaPssPadding;
        }

        return copy;
    }

    /// <summary>
    /// Without the zone of an address, which means something on this machine alone (RFC 6874 §1), and without the dot of a fully qualified
    /// name: "represented as a byte string using ASCII encoding without a trailing dot" (RFC 6066 §3).
    /// </summary>
    private static string NameOf(string host)
    {
        int percent = host.IndexOf('%', StringComparison.Ordinal);
        return percent >= 0 ? host[..percent] : host.Length > 1 && host[^1] == '.' ? host[..^1] : host;
    }
}
