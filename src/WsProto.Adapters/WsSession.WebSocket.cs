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
    /// This session as the base class library's <see cref="WebSocket"/>, for everything in .NET that takes one: <see
    /// cref="WebSocketStream"/>, RPC libraries, proxies. Where it differs from the library's own, and why, is in docs/as-websocket.md.
    /// </summary>
    /// <returns>The same object each time. Its owner closes and disposes of it, and thereby of the session.</returns>
    /// <remarks>
    /// From then on, send, receive and close through it and no longer through the session. <see cref="PingAsync"/>, <see
    /// cref="CloseResult"/> and the other properties of the session work as before. The session no longer answers the peer's Close; <see
    /// cref="WebSocket.CloseAsync"/> and <see cref="WebSocket.CloseOutputAsync"/> do (RFC 6455 §5.5.1). A Close that came before this call
    /// is answered already.
    /// </remarks>
    public WebSocket AsWebSocket()
    {
        ClosesByHand = true;
        Interlocked.CompareExchange(ref _webSocket, new SessionWebSocket(this), null);
        return _webSocket;
    }

    /// <summary>Whether a Close of the peer is answered by the application alone.</summary>
    internal bool ClosesByHand { get; private set; }

    /// <summary>Whether our Close is out.</summary>
    internal bool CloseSent =>
        _closing.State is CloseState.Queued or CloseState.Sent or CloseState.Answering || CloseResult?.IsClean == true;

    /// <summary>Whether the transport has taken our Close.</summary>
    internal bool CloseIsWritten => SendQueue.Writer.CloseIsWritten;

    /// <summary>Whether the transport has failed to take what was sent.</summary>
    internal bool WritingFailed => SendQueue.Writer.IsBroken && CloseResult?.IsClean != true;

    /// <summary>The Close of the peer, or what stands for it; null as long as none came.</summary>
    internal CloseConnection? PeerClose =>
        Volatile.Read(ref _peerClose) ?? (_closing.IsOver ? new CloseConnection(CloseCode.AbnormalClosure) : null);

    /// <summary>What was thrown so far.</summary>
    internal Exception? Fault => _closing.Exception;

    /// <summary>Who or what began to end the session; null while it goes on.</summary>
    internal WsCloseCause? Cause => _closing.Cause;

    /// <summary>
    /// Sends a Close and goes on receiving, without a limit of time, until the peer closes or <see cref="EndReceiving"/> says that it is
    /// enough.
    /// </summary>
    /// <returns>False if there is none to send any more.</returns>
    /// <exception cref="ArgumentException">The code or the reason cannot be sent.</exception>
    internal bool TryCloseOutput(CloseCode code, string? reason)
    {
        bool before = _receivesOn;
        _receivesOn = true;
        bool isSent = false;
        try
        {
            isSent = TryClose(new CloseConnection(code, reason), WsCloseCause.Local);
            return isSent;
        }
        finally
        {
            _receivesOn = isSent || before;
        }
    }

    /// <summary>After our Close: nobody receives what still comes, and the peer's Close has to come in time.</summary>
    internal void EndReceiving()
    {
        _receivesOn = false;
        if (_closing.State != CloseState.Open)
            StartCloseTimer();
        Reclaim();
    }

    /// <summary>Waits until the peer has closed, in whatever way; then <see cref="PeerClose"/> says how.</summary>
    internal Task PeerClosedAsync()
    {
        Interlocked.CompareExchange(ref _peerClosed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), null);
        if (PeerClose is not null)
            _peerClosed.TrySetResult();
        return _peerClosed.Task;
    }

    /// <summary>Waits until the transport has taken all that was accepted, or no longer does.</summary>
    internal async Task WrittenAsync(CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_aborted, cancellationToken);
        try
        {
            await SendQueue.Writer.IdleAsync().WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Aborted, so there is nothing to wait for.
        }
    }

    /// <summary>
    /// Ends the session without a Close, as soon as the transport has taken what was accepted; in any case within <see
    /// cref="WsSessionOptions.CloseTimeout"/>.
    /// </summary>
    internal void EndOutput()
    {
        if (_ended.Task.IsCompleted)
            return;
        Task written = SendQueue.Writer.IdleAsync();
        if (written.IsCompleted)
        {
            Abort();
            return;
        }

        _receivesOn = false;
        StartCloseTimer();
        Reclaim();
        _ = written.ContinueWith(
            static (_, session) => ((WsSession)session!).Abort(),
            this,
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }
}
