using System.Collections.Generic;
using System.Net;
using System.Security.Claims;
using System.Threading;

namespace WsProto.Adapters;

/// <content>Who is at the other end, and what the application keeps with a session.</content>
public sealed partial class WsSession
{
    private static long _lastId;

    private WsRequestContext? _context;
    private IDictionary<object, object?>? _items;

    /// <summary>A number for logs that no other session of this process has.</summary>
    public long Id { get; } = Interlocked.Increment(ref _lastId);

    /// <summary>The remote end point: the peer, or the proxy in front of it. Null if the transport does not know it.</summary>
    public EndPoint? RemoteEndPoint => _transport.RemoteEndPoint;

    /// <summary>The local end point. Null if the transport does not know it.</summary>
    public EndPoint? LocalEndPoint => _transport.LocalEndPoint;

    /// <summary>The details of TLS. Null if this process does not encrypt the connection.</summary>
    public WsTlsDetails? Tls => _transport.Tls;

    /// <summary>
    /// The authenticated user: what <see cref="WsAcceptOptions.OnRequest"/> has set in <see cref="WsRequestContext.User"/>, or what was set
    /// here. Null if there is none.
    /// </summary>
    public ClaimsPrincipal? User
    {
        get => field ?? _context?.User;
        set;
    }

    /// <summary>
    /// Data of the application that belongs to the session. On a server it begins with the contents of <see
    /// cref="WsRequestContext.Items"/>. Not safe for concurrent use.
    /// </summary>
    public IDictionary<object, object?> Items => _context?.Items ?? (_items ??= new Dictionary<object, object?>());
}
