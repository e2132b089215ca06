using System;
using System.Collections.Generic;
using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>
/// The request that opened the session of a client. It is a copy, as middleware left the request, because the request itself ends with its
/// response.
/// </summary>
public sealed class SocketIOHandshake
{
    internal SocketIOHandshake(HttpContext context, DateTimeOffset time)
    {
        User = context.User;
        Headers = new Dictionary<string, StringValues>(context.Request.Headers, StringComparer.OrdinalIgnoreCase);
        var query = new Dictionary<string, StringValues>(StringComparer.OrdinalIgnoreCase);
        foreach ((string name, StringValues values) in context.Request.Query)
            query[name] = values;
        Query = query;
        RemoteAddress = context.Connection.RemoteIpAddress;
        Host = context.Request.Host.Value ?? "";
        IsSecure = context.Request.IsHttps;
        Time = time;
    }

    /// <summary>The authenticated user.</summary>
    public ClaimsPrincipal User { get; }

    /// <summary>The headers.</summary>
    public IReadOnlyDictionary<string, StringValues> Headers { get; }

    /// <summary>The query, unescaped, including the parameters of the client.</summary>
    public IReadOnlyDictionary<string, StringValues> Query { get; }

    /// <summary>
    /// The address of the client; null if it is unknown. Behind a proxy it is the proxy's, unless <c>UseForwardedHeaders</c> runs before.
    /// </summary>
    public IPAddress? RemoteAddress { get; }

    /// <summary>The host that the client used.</summary>
    public string Host { get; }

    /// <summary>Whether the request came over TLS.</summary>
    public bool IsSecure { get; }

    /// <summary>The time of the request.</summary>
    public DateTimeOffset Time { get; }
}
