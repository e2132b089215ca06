using System;
using System.Net;

namespace WsProto.Adapters.Client;

/// <summary>One proxy, and what it may be told.</summary>
/// <param name="Uri">Where it is.</param>
/// <param name="Options">Headers and TLS.</param>
/// <param name="Credentials">Those that are not in the URI; null for none.</param>
internal sealed record ProxyTarget(Uri Uri, WsProxy Options, ICredentials? Credentials)
{
    internal bool IsSocks => Uri.Scheme is "socks5" or "socks5h";

    /// <summary>The port of the URI, or the scheme's; .NET knows none for SOCKS (RFC 1928 §3).</summary>
    internal int Port => Uri.Port >= 0 ? Uri.Port : 1080;

    /// <summary>User and password of the URI; null for none.</summary>
    internal NetworkCredential? FromUri
    {
        get
        {
            if (Uri.UserInfo.Length == 0)
                return null;
            int colon = Uri.UserInfo.IndexOf(':', StringComparison.Ordinal);
            string user = colon < 0 ? Uri.UserInfo : Uri.UserInfo[..colon];
            string password = colon < 0 ? "" : Uri.UserInfo[(colon + 1)..];
            return new NetworkCredential(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password));
        }
    }
}
