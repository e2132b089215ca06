using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace WsProto.AspNetCore;

/// <summary>Tokens of browsers, which cannot set headers of a WebSocket's request.</summary>
public static class WsTokenExtensions
{
    private const string Protocols = "Sec-WebSocket-Protocol";

    /// <summary>
    /// Takes a token from among the subprotocols that a client offers, as <c>new WebSocket(url, ["chat", "bearer.TOKEN"])</c>, and hands it on as an
    /// <c>Authorization: Bearer</c>. Put it before <c>UseAuthentication</c>.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="prefix">What comes before the token. Default: <c>bearer.</c></param>
    /// <returns>The same application.</returns>
    /// <remarks>
    /// The entry is removed from the request, so no route can choose it or see it, and it is in no answer. A token has to be made of characters that a
    /// subprotocol may have (RFC 9110 §5.6.2), as one in base64url is. Browsers want one of the other subprotocols chosen, so offer one. A request
    /// that has an <c>Authorization</c> already keeps it.
    /// </remarks>
    public static IApplicationBuilder UseWebSocketToken(this IApplicationBuilder app, string prefix = "bearer.")
    {
        ArgumentNullException.ThrowIfNull(app);
        ArgumentException.ThrowIfNullOrEmpty(prefix);
        return app.Use(next => context =>
        {
            TakeToken(context.Request.Headers, prefix);
            return next(context);
        });
    }

    private static void TakeToken(IHeaderDictionary headers, string prefix)
    {
        if (headers[Protocols].Count == 0)
            return;
        List<string> offers = [.. headers[Protocols].SelectMany(line => (line ?? "").Split(',', StringSplitOptions.TrimEntries))];
        if (offers.Find(offer => offer.StartsWith(prefix, StringComparison.Ordinal)) is not { } entry)
            return;
        offers.RemoveAll(offer => offer.StartsWith(prefix, StringComparison.Ordinal));
        if (offers.Count == 0)
            headers.Remove(Protocols);
        else
            headers[Protocols] = string.Join(", ", offers);
        if (headers.Authorization.Count == 0)
            headers.Authorization = "Bearer " + entry[prefix.Length..];
    }
}
