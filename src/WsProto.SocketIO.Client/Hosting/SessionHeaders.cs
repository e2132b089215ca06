using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.Client.Hosting;

/// <summary>The headers for all requests of one session. The application is asked for them once.</summary>
internal sealed class SessionHeaders(Endpoint endpoint, CancellationToken disposing)
{
    private readonly Lock _lock = new();
    private Task<IReadOnlyList<KeyValuePair<string, string>>>? _headers;

    internal Task<IReadOnlyList<KeyValuePair<string, string>>> GetAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            _headers ??= Task.Run(() => endpoint.HeadersAsync(disposing).AsTask(), disposing);
        return _headers.WaitAsync(cancellationToken);
    }
}
