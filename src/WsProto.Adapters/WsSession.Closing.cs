using System;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationToken _aborted;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _writerIdle;
    private TaskCompletionSource? _readerIdle;
    private TaskCompletionSource? _peerClosed;
    private CloseConnection? _closed;
    private WsCloseCause? _cause;
    private Exception? _failure;

    /// <summary>Whether the transport takes no more bytes.</summary>
    private bool _broken;
    private bool _closeSent;
    private bool _closeWritten;
    private bool _readingEnded;
    private bool _tearingDown;
    private bool _closesByHand;

    /// <summary>Whether our Close is out and the application still wants what comes before the peer's.</summary>
    private bool _receivesOn;

    /// <summary>
    /// How the session was closed: by which code and reason of the peer, or with <see cref="CloseConnection.Error"/>, or
    /// <see cref="CloseCode.AbnormalClosure"/> where no Close came (RFC 6455 §7.1.5, §7.1.6). Null while it is not.
    /// </summary>
    public CloseConnection? Closed
    {
        get
        {
            lock (_lock)
                return _closed;
        }
    }

    /// <summary>Who or what ended the session; null while it goes on.</summary>
    public WsCloseCause? CloseCause
    {
        get
        {
            lock (_lock)
                return _cause;
        }
    }

    /// <summary>Whether both sides have sent a Close and neither broke the protocol («closed cleanly», RFC 6455 §7.1.4).</summary>
    public bool ClosedCleanly
    {
        get
        {
            lock (_lock)
                return _closeWritten && _closed is { Error: null, Code: not CloseCode.AbnormalClosure };
        }
    }

    /// <summary>What the transport threw when it was lost; null for nothing.</summary>
    public Exception? Failure
    {
        get
        {
            lock (_lock)
                return _failure;
        }
    }

    /// <summary>Ends when the session has: both ways closed and the transport disposed of. It never fails.</summary>
    public Task Completion => _ended.Task;

    /// <summary>
    /// Closes the session: sends what was accepted and a Close, waits for the peer's, and closes the transport, the server first (RFC 6455 §7.1.1). All of that takes no
    /// longer than <see cref="WsSessionOptions.CloseTimeout"/>; then the transport is closed anyway.
    /// </summary>
    /// <param name="code">Why; 1000-1003, 1007-1014 (1010 from a client only), 3000-4999, or <see cref="CloseCode.NoStatusReceived"/> for none.</param>
    /// <param name="reason">More in words, cut at 123 bytes of UTF-8.</param>
    /// <param name="cancellationToken">Stops waiting. The session goes on closing.</param>
    /// <returns>How it was closed, as in <see cref="Closed"/>. If it is closed or closing already, that is waited for, and the arguments do not matter.</returns>
    /// <remarks>Messages that still arrive can be received afterwards, as many as <see cref="WsSessionOptions.MaxReceiveBacklog"/> allows; others are dropped.</remarks>
    /// <exception cref="ArgumentException">The code or the reason cannot be sent. Nothing was done.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<CloseConnection> CloseAsync(
        CloseCode code = CloseCode.NormalClosure, string? reason = null, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!TryBeginClose(code, reason, WsCloseCause.Local))
            EndReceiving();
        await _ended.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        return Closed!;
    }

    /// <summary>Breaks the session off: no Close, no waiting. What has arrived can still be received.</summary>
    public void Abort() => Abort(WsCloseCause.Local);

    /// <summary>
    /// Closes the session with <see cref="CloseCode.NormalClosure"/> if it is open, and waits until it has ended, at most
    /// <see cref="WsSessionOptions.CloseTimeout"/>. It never throws. What has arrived can still be received.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (!TryBeginClose(CloseCode.NormalClosure, null, WsCloseCause.Local))
            EndReceiving();
        await _ended.Task.ConfigureAwait(false);
    }

    /// <summary>The limit of one Close, from <see cref="SendAsync(WsEvent, CancellationToken)"/>.</summary>
    private void BeginClose(CloseCode code, string? reason)
    {
        if (TryBeginClose(code, reason, WsCloseCause.Local))
            return;
        lock (_lock)
            throw NewClosedException();
    }

    /// <summary>Sends a Close; false if there is none to send any more.</summary>
    private bool TryBeginClose(CloseCode code, string? reason, WsCloseCause cause)
    {
        lock (_lock)
        {
            if (_broken || !_connection.CanSend(new CloseConnection(code, reason)))
                return false;
            SendClose(code, reason, cause);
        }

        FlushNow();
        _room.Wake(here: false);
        return true;
    }

    private void SendClose(CloseCode code, string? reason, WsCloseCause cause)
    {
        SendAccepted();
        _connection.SendClose(code, reason, _batch);
        _closeSent = true;
        _cause ??= cause;
        if (_observer is not null)
            Observe(WsDirection.Sent, new CloseConnection(code, reason));
        FailPending();
        if (!_receivesOn || _connection.State == ConnectionState.Closed)
            StartCloseTimer();
        TearDownIfClosed();
    }

    private void ReceiveClose(CloseConnection close)
    {
        _closed = close;
        _peerClosed?.TrySetResult();
        _inputEnded = true;
        _cause ??= close.Error is not null ? WsCloseCause.ProtocolError
            : close.Code == CloseCode.AbnormalClosure ? WsCloseCause.Lost
            : WsCloseCause.Peer;
        FailPending();
        FailPings();
        bool answer = _connection.State == ConnectionState.RemoteClosing && !_broken && (!_closesByHand || close.Error is not null);
        if (answer)
        {
            CloseConnection response = close.Response();
            SendClose(response.Code, response.Reason, _cause.Value);
        }

        if (!_closesByHand || _closeSent || _connection.State == ConnectionState.Closed)
            StartCloseTimer();
        TearDownIfClosed();
    }

    /// <summary>The peer takes messages more slowly than they are sent, and the options say that this ends the session.</summary>
    private void Overflow()
    {
        SendClose(CloseCode.PolicyViolation, "Too much waits to be sent.", WsCloseCause.Overflow);
        QueueFlush();
        _room.Wake(here: false);
    }

    private void Abort(WsCloseCause cause)
    {
        lock (_lock)
        {
            _cause ??= cause;
            _receivesOn = false;
            _connection.ReceiveEndOfStream();
            while (_connection.TryReadEvent(out WsEvent? e))
                Take(e);
            _closed ??= new CloseConnection(CloseCode.AbnormalClosure);
            _peerClosed?.TrySetResult();
            _inputEnded = true;
            _broken = true;
            FailPending();
            FailPings();
            TearDown();
        }

        _room.Wake(here: false);
        _arrived.Wake(here: false);
        try
        {
            _abort.Cancel();
        }
        catch (AggregateException e)
        {
            // Of a transport, by what it does when its token is cancelled.
            lock (_lock)
                Fail(e);
        }
    }

    /// <summary>The reader has ended: everything that came was read.</summary>
    private void EndReading()
    {
        lock (_lock)
        {
            _readingEnded = true;
            _readerIdle?.TrySetResult();
            if (_connection.State == ConnectionState.Closed)
                TearDown();
        }

        _arrived.Wake(here: false);
    }

    /// <summary>Keeps what the transport threw, unless it was told to stop.</summary>
    private void Fail(Exception? failure)
    {
        if (!_aborted.IsCancellationRequested)
            _failure ??= failure;
    }

    private void TearDownIfClosed()
    {
        if (_connection.State == ConnectionState.Closed)
            TearDown();
    }

    private void TearDown()
    {
        if (_tearingDown)
            return;
        _tearingDown = true;
        ThreadPool.UnsafeQueueUserWorkItem(static session => _ = session.TearDownAsync(), this, preferLocal: false);
    }

    /// <summary>
    /// «The underlying TCP connection, in most normal cases, SHOULD be closed first by the server», and a client waits for that; in a clean way, by
    /// ending one's own direction and reading on until the peer has ended the other (RFC 6455 §7.1.1).
    /// </summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws when it is closed no longer matters.")]
    private async Task TearDownAsync()
    {
        try
        {
            await WriterIdleAsync().WaitAsync(_aborted).ConfigureAwait(false);
            bool completes = _transport.CanCompleteWrites;
            if (Role == ConnectionRole.Server && completes && !_broken)
                await _transport.CompleteWritesAsync(_aborted).AsTask().LimitAsync(_aborted).ConfigureAwait(false);
            if (Role == ConnectionRole.Client || completes)
                await ReaderIdleAsync().WaitAsync(_aborted).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // The end comes all the same.
        }

        Task disposal = DisposeTransportAsync();
        try
        {
            await disposal.WaitAsync(_aborted).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // Disposal goes on, and nobody waits for it.
        }

        lock (_lock)
        {
            _connection.Dispose();
            _timer?.Dispose();
            _batch.Release();
            if (!_writing)
                _flight.Release();
            // As long as the transport may still read the memory, its sender waits.
            if (!_writing || disposal.IsCompleted)
                EndLoan(written: false);
            _inputEnded = true;
        }

        _arrived.Wake(here: false);
        Telemetry.Closed(Role, _isCounted, _closed!, _cause!.Value);
        _ended.TrySetResult();
    }

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws when it is closed no longer matters.")]
    private async Task DisposeTransportAsync()
    {
        try
        {
            await _transport.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception)
        {
            // It is gone either way.
        }
    }

    private Task WriterIdleAsync()
    {
        lock (_lock)
        {
            if (!_writing && (_batch.Count == 0 || _broken))
                return Task.CompletedTask;
            if (_writerIdle is null or { Task.IsCompleted: true })
                _writerIdle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _writerIdle.Task;
        }
    }

    private Task ReaderIdleAsync()
    {
        lock (_lock)
        {
            if (_readingEnded)
                return Task.CompletedTask;
            _readerIdle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _readerIdle.Task;
        }
    }

    private void ThrowIfClosing(in Outgoing message)
    {
        if (_cause is null && !_broken)
            return;
        // «An endpoint MAY delay sending a Close frame until its current message is sent» (RFC 6455 §5.5.1), if it closes by hand.
        if (_closesByHand && !_broken && _connection.State == ConnectionState.RemoteClosing && message.Event is { } e && _connection.CanSend(e))
            return;
        throw NewClosedException();
    }

    private WsClosedException NewClosedException() =>
        new(_closed ?? new CloseConnection(CloseCode.AbnormalClosure), _cause ?? WsCloseCause.Lost, _failure);
}
