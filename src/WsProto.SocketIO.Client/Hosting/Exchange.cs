using System;
using System.Collections.Generic;
using System.Threading;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Client.Hosting;

/// <summary>What the driver knows of a request or a WebSocket. It is the <see cref="EngineIOClientRequest.Tag"/>.</summary>
internal sealed class Exchange : IDisposable
{
    private readonly CancellationTokenSource _over;

    internal Exchange(CancellationToken disposing)
    {
        _over = CancellationTokenSource.CreateLinkedTokenSource(disposing);
        Over = _over.Token;
    }

    /// <summary>Cancelled when nobody wants it any more.</summary>
    internal CancellationToken Over { get; }

    /// <summary>What was thrown on the way.</summary>
    internal Exception? Exception { get; set; }

    /// <summary>The headers of the answer.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Headers { get; set; } = [];

    internal WebSocketCarrier? WebSocket { get; init; }

    internal static Exchange? Of(EngineIOClientRequest? request) => request?.Tag as Exchange;

    /// <summary>Gives it up. Callbacks run elsewhere, as the caller has a lock.</summary>
    internal void Abandon()
    {
        if (!_over.IsCancellationRequested)
            _ = _over.CancelAsync();
    }

    /// <summary>It is over by itself.</summary>
    public void Dispose() => _over.Dispose();
}
