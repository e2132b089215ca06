using System;
using System.Collections.Generic;
using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace WsProto.SocketIO.AspNetCore;

/// <summary>
/// The request that opened the session of a client, as middleware had left it: what was copied of it, as the request itself ends with its
/// answer.
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

    /// <summary>The user, as authentication had it.</summary>
    public ClaimsPrincipal User { get; }

    /// <summary>The headers.</summary>
    public IReadOnlyDictionary<string, StringValues> Headers { get; }

    /// <summary>The query, unescaped, with what the client has added to it.</summary>
    public IReadOnlyDictionary<string, StringValues> Query { get; }

    /// <summary>
    /// Where the client is; null if the server does not know. Behind a proxy it is the proxy, unless <c>UseForwardedHeaders</c> runs
    /// before.
    /// </summary>
    public IPAddress? RemoteAddress { get; }

    /// <summary>The host that the client has asked for.</summary>
    public string Host { get; }

    /// <summary>Whether it was asked over TLS.</summary>
    public bool IsSecure { get; }

    /// <summary>When it was asked.</summary>
    public DateTimeOffset Time { get; }
}
