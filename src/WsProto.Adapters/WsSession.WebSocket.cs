using System;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    private SessionWebSocket? _webSocket;

    /// <summary>
    /// This session as the base class library's <see cref="WebSocket"/>, for everything in .NET that takes one: <see cref="WebSocketStream"/>, RPC libraries,
    /// proxies. Where it differs from the library's own, and why, is in docs/as-websocket.md.
    /// </summary>
    /// <returns>The same object each time. Its owner closes and disposes of it, and thereby of the session.</returns>
    /// <remarks>
    /// From now on send, receive and close through it and no longer through the session; <see cref="PingAsync"/>, <see cref="Closed"/> and the rest of what is seen of
    /// the session go on as before. A Close of the peer is no longer answered by itself, but by its <see cref="WebSocket.CloseAsync"/> or
    /// <see cref="WebSocket.CloseOutputAsync"/> (RFC 6455 §5.5.1); one that came before this call has its answer already.
    /// </remarks>
    public WebSocket AsWebSocket()
    {
        lock (_lock)
        {
            _closesByHand = true;
            return _webSocket ??= new SessionWebSocket(this);
        }
    }

    /// <summary>Whether our Close is out.</summary>
    internal bool CloseSent
    {
        get
        {
            lock (_lock)
                return _closeSent;
        }
    }

    /// <summary>Whether the transport has failed to take what was sent.</summary>
    internal bool WritingFailed
    {
        get
        {
            lock (_lock)
                return _broken;
        }
    }

    /// <summary>Sends a Close and goes on receiving, without a limit of time, until the peer closes or <see cref="EndReceiving"/> says that it is enough.</summary>
    /// <returns>False if there is none to send any more.</returns>
    /// <exception cref="ArgumentException">The code or the reason cannot be sent.</exception>
    internal bool TryCloseOutput(CloseCode code, string? reason)
    {
        lock (_lock)
        {
            if (_broken || !_connection.CanSend(new CloseConnection(code, reason)))
                return false;
            bool before = _receivesOn;
            _receivesOn = true;
            try
            {
                SendClose(code, reason, WsCloseCause.Local);
            }
            catch
            {
                _receivesOn = before;
                throw;
            }
        }

        FlushNow();
        return true;
    }

    /// <summary>After our Close: nobody receives what still comes, and the peer's Close has to come in time.</summary>
    internal void EndReceiving()
    {
        lock (_lock)
        {
            _receivesOn = false;
            if (_closeSent)
                StartCloseTimer();
        }

        _room.Wake(here: false);
    }

    /// <summary>Waits until the peer has closed, in whatever way; then <see cref="Closed"/> says how.</summary>
    internal Task PeerClosedAsync()
    {
        lock (_lock)
        {
            if (_closed is not null)
                return Task.CompletedTask;
            _peerClosed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _peerClosed.Task;
        }
    }

    /// <summary>Waits until the transport has taken all that was accepted, or no longer does.</summary>
    internal async Task WrittenAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_aborted, cancellationToken);
        try
        {
            await WriterIdleAsync().WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Aborted, so there is nothing to wait for.
        }
    }

    /// <summary>Ends the session without a Close, as soon as the transport has taken what was accepted; in any case within <see cref="WsSessionOptions.CloseTimeout"/>.</summary>
    internal void EndOutput()
    {
        if (_ended.Task.IsCompleted)
            return;
        Task written = WriterIdleAsync();
        if (written.IsCompleted)
        {
            Abort();
            return;
        }

        lock (_lock)
        {
            _cause ??= WsCloseCause.Local;
            _receivesOn = false;
            StartCloseTimer();
        }

        _room.Wake(here: false);
        _ = written.ContinueWith(
            static (_, session) => ((WsSession)session!).Abort(), this, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}
