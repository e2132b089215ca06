using System;
using System.Collections.Generic;
using System.Threading;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Client.Hosting;

/// <summary>The state of a request or a WebSocket. It is the <see cref="EngineIOClientRequest.Tag"/>.</summary>
internal sealed class Exchange : IDisposable
{
    private readonly CancellationTokenSource _over;

    internal Exchange(CancellationToken disposing)
    {
        _over = CancellationTokenSource.CreateLinkedTokenSource(disposing);
        Over = _over.Token;
    }

    /// <summary>Cancelled when the request is abandoned.</summary>
    internal CancellationToken Over { get; }

    /// <summary>The exception with which it failed.</summary>
    internal Exception? Exception { get; set; }

    /// <summary>The headers of the response.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Headers { get; set; } = [];

    internal WebSocketCarrier? WebSocket { get; init; }

    internal static Exchange? Of(EngineIOClientRequest? request) => request?.Tag as Exchange;

    /// <summary>Abandons the request. Callbacks run on another thread, because the caller holds a lock.</summary>
    internal void Abandon()
    {
        if (!_over.IsCancellationRequested)
            _ = _over.CancelAsync();
    }

    /// <summary>Releases the resources of a request that has ended.</summary>
    public void Dispose() => _over.Dispose();
}
