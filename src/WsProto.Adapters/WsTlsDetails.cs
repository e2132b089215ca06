using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace WsProto.Adapters;

/// <summary>What a handshake of TLS has agreed on.</summary>
public sealed record WsTlsDetails
{
    /// <summary>The version.</summary>
    public required SslProtocols Protocol { get; init; }

    /// <summary>The cipher suite (RFC 8446 §B.4).</summary>
    public required TlsCipherSuite CipherSuite { get; init; }

    /// <summary>The name of the server that the client asked for (RFC 6066 §3); null where it asked for none.</summary>
    public string? ServerName { get; init; }

    /// <summary>
    /// The peer's certificate: the client's where a server asked for it, the server's on a client. Null where there is none.
    /// </summary>
    public X509Certificate2? RemoteCertificate { get; init; }

    /// <summary>The details of a stream whose handshake is done.</summary>
    /// <param name="stream">An authenticated stream.</param>
    public static WsTlsDetails From(SslStream stream)
    {
        System.ArgumentNullException.ThrowIfNull(stream);
        return new WsTlsDetails
        {
            Protocol = stream.SslProtocol,
            CipherSuite = stream.NegotiatedCipherSuite,
            ServerName = stream.TargetHostName is { Length: > 0 } name ? name : null,
            // A copy, as the stream's goes with it.
            RemoteCertificate = stream.RemoteCertificate is { } certificate
                ? X509CertificateLoader.LoadCertificate(certificate.GetRawCertData())
                : null,
        };
    }
}
