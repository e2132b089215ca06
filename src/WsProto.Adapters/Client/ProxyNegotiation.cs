using System;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;

namespace WsProto.Adapters.Client;

/// <summary>An authentication of several steps on one connection: Negotiate (RFC 4559) or NTLM.</summary>
internal interface IProxyNegotiation : IDisposable
{
    /// <summary>Takes a step.</summary>
    /// <param name="challenge">What the proxy has sent, in Base64; null at the beginning.</param>
    /// <returns>What to send, in Base64; null if it cannot go on.</returns>
    string? Next(string? challenge);
}

/// <summary>That of .NET.</summary>
internal sealed class ProxyNegotiation(string scheme, NetworkCredential credential, string target) : IProxyNegotiation
{
    private readonly NegotiateAuthentication _authentication = new(new NegotiateAuthenticationClientOptions
    {
        Package = scheme,
        Credential = credential,
        TargetName = target,
    });

    [SuppressMessage(
        "Design", "CA1031", Justification = "That of .NET throws whatever it finds where a proxy sends what is no token of the scheme.")]
    public string? Next(string? challenge)
    {
        try
        {
            string? blob = _authentication.GetOutgoingBlob(challenge ?? "", out NegotiateAuthenticationStatusCode status);
            return status is NegotiateAuthenticationStatusCode.Completed or NegotiateAuthenticationStatusCode.ContinueNeeded ? blob : null;
        }
        catch (Exception)
        {
            return null;
        }
    }

    public void Dispose() => _authentication.Dispose();
}
