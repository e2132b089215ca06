// The session as a System.Net.WebSockets.WebSocket. What that class means by its states is what the application was told, not what has
// arrived: a Close of the peer that lies behind messages nobody received yet changes nothing. So the state is kept here, and moves with
// what is handed out.
//
//   Open ──▶ CloseSent ──▶ Closed      our Close first, then the peer's is received
//   Open ──▶ CloseReceived ──▶ Closed  the other way round
//   ──▶ Aborted                        lost, broken by the peer, or Abort()
//   ──▶ Closed                         Dispose()
//
// Exceptions are those of the class of the base class library. Arguments are refused by the call, everything else by its task.

using System;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

[DebuggerDisplay("{State}")]
internal sealed class SessionWebSocket(WsSession session) : WebSocket
{
    private readonly Lock _lock = new();
    private readonly MessageReader _reader = new();
    private readonly MessageWriter _writer = new(session);
    private WebSocketState _state = WebSocketState.Open;
    private WebSocketCloseStatus? _closeStatus;
    private string? _closeStatusDescription;
    private int _receivers;

    public override WebSocketState State => _state;

    public override WebSocketCloseStatus? CloseStatus => _closeStatus;

    public override string? CloseStatusDescription => _closeStatusDescription;

    public override string? SubProtocol => session.Subprotocol;

    public override Task SendAsync(
        ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
    {
        WebSocketArguments.ThrowIfNoData(messageType);
        WebSocketArguments.ThrowIfNoArray(buffer);
        return SendAsync(buffer.AsMemory(), messageType, endOfMessage, cancellationToken).AsTask();
    }

    public override ValueTask SendAsync(
        ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        SendAsync(buffer, messageType, endOfMessage ? WebSocketMessageFlags.EndOfMessage : WebSocketMessageFlags.None, cancellationToken);

    public override ValueTask SendAsync(
        ReadOnlyMemory<byte> buffer,
        WebSocketMessageType messageType,
        WebSocketMessageFlags messageFlags,
        CancellationToken cancellationToken)
    {
        WebSocketArguments.ThrowIfNoData(messageType);
        if (_state is not (WebSocketState.Open or WebSocketState.CloseReceived))
            return ValueTask.FromException(WrongState());
        try
        {
            ValueTask sending = _writer.SendAsync(buffer, messageType, messageFlags, cancellationToken);
            if (!sending.IsCompletedSuccessfully)
                return CompleteAsync(sending);
            ThrowIfNotWritten();
            return sending;
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            return ValueTask.FromException(translated);
        }
    }

    public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        WebSocketArguments.ThrowIfNoArray(buffer);
        return ReceiveSegmentAsync(buffer, cancellationToken);
    }

    public override ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_state is not (WebSocketState.Open or WebSocketState.CloseSent))
            return ValueTask.FromException<ValueWebSocketReceiveResult>(WrongState());
        cancellationToken = session.Meant(cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<ValueWebSocketReceiveResult>(cancellationToken);
        if (Interlocked.Exchange(ref _receivers, 1) != 0)
        {
            return ValueTask.FromException<ValueWebSocketReceiveResult>(
                new InvalidOperationException("Another receive is waiting; one at a time, please."));
        }

        if (!_reader.IsEmpty)
            return new ValueTask<ValueWebSocketReceiveResult>(Read(buffer));

        ValueTask<Message?> receiving;
        try
        {
            receiving = session.ReceiveAsync(cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            // The session has a receiver already, which did not come by this WebSocket.
            Volatile.Write(ref _receivers, 0);
            return ValueTask.FromException<ValueWebSocketReceiveResult>(e);
        }

        if (!receiving.IsCompletedSuccessfully)
            return ReceiveAsync(receiving, buffer);
        if (receiving.Result is not { } message)
            return ReceiveAsync(default, buffer);
        _reader.Begin(message);
        return new ValueTask<ValueWebSocketReceiveResult>(Read(buffer));
    }

    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        WebSocketArguments.ThrowIfNoClose(closeStatus, statusDescription);
        return _state is WebSocketState.Open or WebSocketState.CloseReceived or WebSocketState.CloseSent
            ? CloseBothAsync(closeStatus, statusDescription, cancellationToken)
            : Task.FromException(WrongState());
    }

    public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        WebSocketArguments.ThrowIfNoClose(closeStatus, statusDescription);
        return _state is WebSocketState.Open or WebSocketState.CloseReceived
            ? SendCloseAsync(closeStatus, statusDescription, cancellationToken)
            : Task.FromException(WrongState());
    }

    public override void Abort()
    {
        Enter(WebSocketState.Aborted);
        session.Abort();
    }

    /// <summary>Ends the session. After both Closes it ends by itself, the server first (RFC 6455 §7.1.1).</summary>
    public override void Dispose()
    {
        bool closed = _state == WebSocketState.Closed && session.CloseResult?.IsClean == true;
        Enter(WebSocketState.Closed);
        if (!closed)
            session.EndOutput();
    }

    private async ValueTask CompleteAsync(ValueTask sending)
    {
        try
        {
            await sending.ConfigureAwait(false);
            ThrowIfNotWritten();
        }
        catch (Exception e) when (Translate(e) is { } translated)
        {
            throw translated;
        }
    }

    private async Task<WebSocketReceiveResult> ReceiveSegmentAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        ValueWebSocketReceiveResult result = await ReceiveAsync(buffer.AsMemory(), cancellationToken).ConfigureAwait(false);
        return new WebSocketReceiveResult(result.Count, result.MessageType, result.EndOfMessage, _closeStatus, _closeStatusDescription);
    }

    private async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(ValueTask<Message?> receiving, Memory<byte> buffer)
    {
        try
        {
            if (await receiving.ConfigureAwait(false) is { } message)
            {
                _reader.Begin(message);
                return _reader.Read(buffer.Span);
            }

            ReceiveClose();
            return new ValueWebSocketReceiveResult(0, WebSocketMessageType.Close, endOfMessage: true);
        }
        finally
        {
            Volatile.Write(ref _receivers, 0);
        }
    }

    private ValueWebSocketReceiveResult Read(Memory<byte> buffer)
    {
        ValueWebSocketReceiveResult result = _reader.Read(buffer.Span);
        Volatile.Write(ref _receivers, 0);
        return result;
    }

    private async Task SendCloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        cancellationToken = session.Meant(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        bool sent = session.TryCloseOutput((CloseCode)closeStatus, statusDescription);
        if (!sent && session.PeerClose is { Code: CloseCode.AbnormalClosure } or { Error: not null })
            throw Lost();
        if (sent)
        {
            await session.WrittenAsync(cancellationToken).ConfigureAwait(false);
            // What is lost after the Close went out is for the receive to say.
            if (!session.CloseIsWritten)
                ThrowIfNotWritten();
        }

        Enter(WebSocketState.CloseSent);
    }

    private async Task CloseBothAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken)
    {
        if (_state != WebSocketState.CloseSent)
            await SendCloseAsync(closeStatus, statusDescription, cancellationToken).ConfigureAwait(false);
        session.EndReceiving();
        await session.PeerClosedAsync().WaitAsync(session.Meant(cancellationToken)).ConfigureAwait(false);
        ReceiveClose();
    }

    /// <summary>
    /// Tells the application that the session is closed: by the state where the peer did it by a Close, by an exception otherwise.
    /// </summary>
    private void ReceiveClose()
    {
        CloseConnection close = session.PeerClose!;
        if (_state == WebSocketState.Aborted)
            throw Aborted();
        if (close.Error is not null || close.Code == CloseCode.AbnormalClosure)
        {
            Enter(WebSocketState.Aborted);
            throw Lost();
        }

        if (session.CloseSent)
            Enter(WebSocketState.CloseSent);
        lock (_lock)
        {
            // The library's own calls a Close without a code a normal one, and its users compare with that. The session has it as it is
            // (§7.1.5).
            _closeStatus = close.Code == CloseCode.NoStatusReceived ? WebSocketCloseStatus.NormalClosure : (WebSocketCloseStatus)close.Code;
            _closeStatusDescription = close.Reason ?? "";
        }

        Enter(WebSocketState.CloseReceived);
    }

    /// <summary>Moves the state; a state that has been left does not come back.</summary>
    private void Enter(WebSocketState next)
    {
        lock (_lock)
        {
            _state = (_state, next) switch
            {
                (WebSocketState.Closed or WebSocketState.Aborted, _) => _state,
                (WebSocketState.CloseSent, WebSocketState.CloseReceived) => WebSocketState.Closed,
                (WebSocketState.CloseReceived, WebSocketState.CloseSent) => WebSocketState.Closed,
                _ => next,
            };
        }
    }

    /// <summary>A transport that fails at once is reported by the send that finds it so.</summary>
    private void ThrowIfNotWritten()
    {
        if (session.WritingFailed)
            throw _state == WebSocketState.Aborted ? Aborted() : Lost();
    }

    private OperationCanceledException Aborted() => new("The WebSocket was aborted.", session.Fault);

    private Exception? Translate(Exception e) => e is WsClosedException closed
        ? closed.Cause is WsCloseCause.Peer or WsCloseCause.Local
            ? new WebSocketException(WebSocketError.InvalidState, closed.Message, closed)
            : Lost()
        : e is WebSocketException ? e : null;

    private WebSocketException Lost()
    {
        CloseConnection? close = session.PeerClose;
        return close?.Error is { }
            ? new WebSocketException(WebSocketError.Faulted, close.Reason ?? "The peer broke the protocol.", session.Fault)
            : new WebSocketException(WebSocketError.ConnectionClosedPrematurely, session.Fault);
    }

    private WebSocketException WrongState() =>
        new(WebSocketError.InvalidState, $"The WebSocket is in a state that does not allow this: {_state}.");
}
