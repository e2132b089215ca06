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

    /// <summary>The other end of the transport: the peer, or the proxy before it. Null where the transport does not know.</summary>
    public EndPoint? RemoteEndPoint => _transport.RemoteEndPoint;

    /// <summary>This end of the transport. Null where the transport does not know.</summary>
    public EndPoint? LocalEndPoint => _transport.LocalEndPoint;

    /// <summary>What TLS agreed on. Null where the connection is not encrypted by this process.</summary>
    public WsTlsDetails? Tls => _transport.Tls;

    /// <summary>
    /// Whom the application has recognized: as <see cref="WsAcceptOptions.OnRequest"/> has set it in <see cref="WsRequestContext.User"/>, or
    /// as it was set here; null for nobody.
    /// </summary>
    public ClaimsPrincipal? User
    {
        get => field ?? _context?.User;
        set;
    }

    /// <summary>
    /// Whatever the application keeps with the session; on a server first what was put into <see cref="WsRequestContext.Items"/>. Made when it is first asked
    /// for. Not safe for concurrent use.
    /// </summary>
    public IDictionary<object, object?> Items => _context?.Items ?? (_items ??= new Dictionary<object, object?>());
}
