// Ways to a server that are shown in docs/client.md; nothing here runs, as it would need the proxies.

using System.Net;
using WsProto.Adapters;

internal static class Proxies
{
    internal static WsClientOptions System()
    {
        #region system-proxy
        var options = new WsClientOptions { Proxy = WsProxy.System };
        #endregion
        return options;
    }

    internal static WsClientOptions Corporate()
    {
        #region corporate-proxy
        var options = new WsClientOptions
        {
            Proxy = new WsProxy(new Uri("https://proxy.example:3129"))
            {
                Credentials = CredentialCache.DefaultCredentials,
                Headers = [("User-Agent", "prices/1.0")],
            },
        };
        #endregion
        return options;
    }

    internal static WsClientOptions Socks()
    {
        #region socks-proxy
        var options = new WsClientOptions { Proxy = new WsProxy(new Uri("socks5h://user:password@127.0.0.1:9050")) };
        #endregion
        return options;
    }
}
