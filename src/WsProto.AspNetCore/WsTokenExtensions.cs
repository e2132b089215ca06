using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace WsProto.AspNetCore;

/// <summary>Accepts access tokens from browsers, whose WebSocket API cannot set request headers.</summary>
public static class WsTokenExtensions
{
    private const string Protocols = "Sec-WebSocket-Protocol";

    /// <summary>
    /// Takes an access token from the subprotocols that a client offers, and sets it as the <c>Authorization</c> header of the request.
    /// </summary>
    /// <param name="app">The application.</param>
    /// <param name="prefix">The prefix that marks the token. Default: <c>bearer.</c></param>
    /// <returns>The same application.</returns>
    /// <remarks>
    /// <para>
    /// A browser offers the token with <c>new WebSocket(url, ["chat", "bearer.TOKEN"])</c>. The request then has <c>Authorization: Bearer
    /// TOKEN</c>, unless it has an <c>Authorization</c> header already. Call this method before <c>UseAuthentication</c>.
    /// </para>
    /// <para>
    /// The entry is removed from the request, so that no route sees it, and no response contains it. The token may contain only the
    /// characters of a subprotocol (RFC 9110 §5.6.2), for example base64url. Offer a second subprotocol beside it, because browsers expect
    /// the server to choose one.
    /// </para>
    /// </remarks>
    /// <exception cref="ArgumentException"><paramref name="prefix"/> is empty.</exception>
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
