using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    /// <summary>What a waiting message counts beside its payload.</summary>
    private const int MessageOverhead = 32;

    /// <summary>How many bytes may wait for the transport before only the newest Ping is answered.</summary>
    private const int PongRoom = 4 * 1024;

    /// <summary>How far control frames may go beyond the backlog.</summary>
    private const int ControlRoom = 4 * 1024;

    /// <summary>Where the oldest may be dropped, a message is encoded as late as possible.</summary>
    private const int DroppableBatch = 4 * 1024;

    /// <summary>From how many bytes on a payload is written from where it lies, where the core lets it be: then the sender waits until it is written. Below that a copy costs less than a write for the header alone.</summary>
    private const int WorthLending = 256 * 1024;

    private LinkedList<PendingSend>? _pending;
    private long _pendingSize;

    /// <summary>Whether a message was begun in fragments and not finished.</summary>
    private bool _fragmented;
    private Pong? _lastPong;

    /// <summary>How many bytes wait: encoded ones that the transport has not taken, and the payloads of messages that are not encoded yet.</summary>
    public long BufferedBytes
    {
        get
        {
            lock (_lock)
                return EncodedBytes + _pendingSize;
        }
    }

    private bool HasRoom =>
        EncodedBytes < (_options.SendOverflow == SendOverflow.DropOldest ? Math.Min(DroppableBatch, _options.MaxSendBacklog) : _options.MaxSendBacklog)
        && _batchMessages + (_writing ? _flightMessages : 0) < _options.MaxSendBacklogMessages;

    /// <summary>Whether what is encoded and what waits, be it for room or for the end of a message in fragments, fill the backlog.</summary>
    private bool IsFull =>
        !HasRoom || EncodedBytes + _pendingSize >= _options.MaxSendBacklog || _pending?.Count >= _options.MaxSendBacklogMessages;

    private bool HasPending => _pending is { Count: > 0 };

    /// <summary>Sends a message of text.</summary>
    /// <param name="text">Whole characters, without a lone surrogate.</param>
    /// <param name="cancellationToken">Stops waiting for room; then nothing of the message is sent. Once it is accepted, cancelling does nothing.</param>
    /// <remarks>
    /// It completes when the message is accepted: it has its place in the order of the wire and goes out as soon as the transport takes it. It waits while
    /// <see cref="WsSessionOptions.MaxSendBacklog"/> is reached, and while a message that is sent in fragments is not finished.
    /// </remarks>
    /// <exception cref="WsClosedException">The session is closed or closing. Nothing was sent.</exception>
    /// <exception cref="ArgumentException">The text holds a lone surrogate. Nothing was sent.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. Nothing was sent.</exception>
    public ValueTask SendAsync(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendAsync(new Outgoing(text), cancellationToken);
    }

    /// <summary>Sends a message of bytes.</summary>
    /// <param name="data">The bytes, which must not change before it completes.</param>
    /// <param name="cancellationToken">Stops waiting for room; then nothing of the message is sent. Once it is accepted, cancelling does nothing.</param>
    /// <remarks>
    /// It completes when the message is accepted: it has its place in the order of the wire and goes out as soon as the transport takes it. It waits while
    /// <see cref="WsSessionOptions.MaxSendBacklog"/> is reached, and while a message that is sent in fragments is not finished. From 256 KiB on, a server without
    /// extensions that is writing nothing else does not copy the bytes (with <see cref="SendOverflow.Wait"/>, and without a token that can be cancelled): it
    /// then completes when the transport has taken them all.
    /// </remarks>
    /// <exception cref="WsClosedException">
    /// The session is closed or closing, and nothing was sent; or it was lost while the bytes were being written without a copy, and a part may have been sent.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled. Nothing was sent.</exception>
    public ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        SendAsync(new Outgoing(data), cancellationToken);

    /// <summary>Sends a message that was encoded once for many sessions.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Stops waiting for room; then nothing of the message is sent. Once it is accepted, cancelling does nothing.</param>
    /// <remarks>It completes when the message is accepted, and waits, as <see cref="SendAsync(string, CancellationToken)"/> does.</remarks>
    /// <exception cref="WsClosedException">The session is closed or closing. Nothing was sent.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. Nothing was sent.</exception>
    public ValueTask SendAsync(PreparedMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendAsync(new Outgoing(message), cancellationToken);
    }

    /// <summary>Sends an event, with full control: messages in fragments, with or without compression; Pings and Pongs, which go ahead of messages that wait; a Close.</summary>
    /// <param name="e">
    /// A message or a piece of one, Ping, Pong or Close. A piece that does not finish its message opens it: until it is finished, only pieces and control frames are
    /// sent, and the other overloads wait. A Close is sent without waiting for the peer's; what was accepted before goes out first.
    /// </param>
    /// <param name="cancellationToken">Stops waiting for room; then nothing of the event is sent. Once it is accepted, cancelling does nothing.</param>
    /// <exception cref="WsClosedException">The session is closed or closing. Nothing was sent.</exception>
    /// <exception cref="LocalProtocolException">An event of the handshake, or a piece of another kind than the message that is open. Nothing was sent.</exception>
    /// <exception cref="ArgumentException">The event holds what cannot be sent. Nothing was sent.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled. Nothing was sent.</exception>
    public ValueTask SendAsync(WsEvent e, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(e);
        if (e is not CloseConnection close)
            return SendAsync(new Outgoing(e), cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        BeginClose(close.Code, close.Reason);
        return default;
    }

    private ValueTask SendAsync(in Outgoing message, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        bool write;
        TaskCompletionSource? lent = null;
        lock (_lock)
        {
            ThrowIfClosing(message);
            if (!MayGo(message))
                return Postpone(message, cancellationToken);
            if (!cancellationToken.CanBeCanceled && MayBeLent(message))
            {
                lent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                Lend(message, lent);
                write = TakeWriter();
            }
            else
            {
                Encode(message);
                if (HasPending)
                    EncodePending();
                write = ShouldWriteNow();
            }
        }

        if (write)
            Write();
        return lent is null ? default : new ValueTask(lent.Task);
    }

    /// <summary>
    /// Only a sender that would wait anyway lends its memory, as it waits until all is written; and only where it can be written at once, right after its header.
    /// </summary>
    private bool MayBeLent(in Outgoing message) =>
        message.IsBytes && message.Size >= WorthLending && !_writing && _options.SendOverflow == SendOverflow.Wait && _connection.CanSendFrameHeader;

    /// <summary>Encodes the header alone. The batch has to be taken before anything else is encoded.</summary>
    private void Lend(in Outgoing message, TaskCompletionSource lent)
    {
        _connection.SendFrameHeader(Opcode.Binary, message.Size, _batch);
        EndEncoding(message);
        _batchLoan = new Loan(message.Data, lent);
    }

    /// <summary>Whether nothing stands in the way: a message that is open, others that wait, too much for the transport.</summary>
    private bool MayGo(in Outgoing message) => message.Kind switch
    {
        OutgoingKind.Control => EncodedBytes < _options.MaxSendBacklog + ControlRoom,
        OutgoingKind.Piece when _fragmented => HasRoom && _pending?.First?.Value.Message.Kind != OutgoingKind.Piece,
        _ => HasRoom && !_fragmented && !HasPending,
    };

    private void Encode(in Outgoing message)
    {
        message.Send(_connection, _batch);
        EndEncoding(message);
    }

    private void EndEncoding(in Outgoing message)
    {
        if (message.Kind != OutgoingKind.Control)
        {
            _fragmented = message.Event is Message { MessageFinished: false };
            Telemetry.Message(WsDirection.Sent, message.Size);
        }
        else if (message.Event is Ping)
        {
            NotePing(message.Event);
        }

        _batchMessages++;
        if (_observer is not null)
            Observe(WsDirection.Sent, message.ToEvent());
    }

    /// <summary>What has to wait, or whatever else the options want done with it.</summary>
    private ValueTask Postpone(in Outgoing message, CancellationToken cancellationToken)
    {
        if (_options.SendOverflow == SendOverflow.Close && IsFull)
        {
            Overflow();
            throw NewClosedException();
        }

        _pending ??= new LinkedList<PendingSend>();
        if (_options.SendOverflow == SendOverflow.DropOldest && message.Kind == OutgoingKind.Whole)
        {
            // Nobody is told later that it could not be encoded.
            if (message.Text is { } text)
                MessageWriter.StrictUtf8.GetByteCount(text);
            Enqueue(new PendingSend(message.ToOwned(), null));
            DropOldest();
            return default;
        }

        var waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        LinkedListNode<PendingSend> node = Enqueue(new PendingSend(message, waiting));
        return new ValueTask(cancellationToken.CanBeCanceled ? WaitAsync(node, waiting.Task, cancellationToken) : waiting.Task);
    }

    private async Task WaitAsync(LinkedListNode<PendingSend> node, Task waiting, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            (_, token) =>
            {
                lock (_lock)
                {
                    if (node.List is null)
                        return;
                    Dequeue(node);
                }

                node.Value.Waiting!.TrySetCanceled(token);
            },
            null);
        await waiting.ConfigureAwait(false);
    }

    private LinkedListNode<PendingSend> Enqueue(PendingSend send)
    {
        _pendingSize += send.Message.Size;
        return _pending!.AddLast(send);
    }

    private void Dequeue(LinkedListNode<PendingSend> node)
    {
        _pendingSize -= node.Value.Message.Size;
        _pending!.Remove(node);
    }

    private void DropOldest()
    {
        LinkedListNode<PendingSend>? node = _pending!.First;
        while (node != _pending.Last && (_pendingSize > _options.MaxSendBacklog || _pending.Count > _options.MaxSendBacklogMessages))
        {
            LinkedListNode<PendingSend>? next = node!.Next;
            if (node.Value.Waiting is null)
            {
                Dequeue(node);
                Telemetry.Dropped();
            }

            node = next;
        }
    }

    /// <summary>Encodes what waits, as far as there is room. While a message is open, only its pieces.</summary>
    private void EncodePending()
    {
        LinkedListNode<PendingSend>? node = _pending!.First;
        while (node is not null && HasRoom)
        {
            LinkedListNode<PendingSend>? next = node.Next;
            if (!_fragmented || node.Value.Message.Kind != OutgoingKind.Whole)
            {
                EncodePending(node);
                next = _pending.First;
            }

            node = next;
        }
    }

    [SuppressMessage("Design", "CA1031", Justification = "It goes to whoever sent the message.")]
    private void EncodePending(LinkedListNode<PendingSend> node)
    {
        Dequeue(node);
        TaskCompletionSource? waiting = node.Value.Waiting;
        try
        {
            Encode(node.Value.Message);
            waiting?.TrySetResult();
        }
        catch (Exception e)
        {
            waiting?.TrySetException(e);
        }
    }

    /// <summary>Before a Close: encodes the messages that were accepted, whether there is room or not.</summary>
    private void SendAccepted()
    {
        LinkedListNode<PendingSend>? node = _pending?.First;
        while (node is not null)
        {
            LinkedListNode<PendingSend>? next = node.Next;
            if (node.Value.Waiting is null && !_fragmented && _connection.State == ConnectionState.Open)
                EncodePending(node);
            node = next;
        }
    }

    /// <summary>Whoever still waits learns that it is too late.</summary>
    private void FailPending()
    {
        while (_pending?.First is { } node)
        {
            Dequeue(node);
            node.Value.Waiting?.TrySetException(NewClosedException());
        }
    }

    /// <summary>Answers a Ping (RFC 6455 §5.5.2). A peer that does not read gets the answer «for only the most recently processed Ping frame» (§5.5.3).</summary>
    private void Answer(Ping ping)
    {
        Pong pong = ping.Response();
        if (EncodedBytes < PongRoom)
            EncodePong(pong);
        else
            _lastPong = pong;
    }

    private void EncodePong(Pong pong)
    {
        _lastPong = null;
        if (_broken || !_connection.CanSend(pong))
            return;
        _connection.Send(pong, _batch);
        Observe(WsDirection.Sent, pong);
    }

    private sealed record PendingSend(Outgoing Message, TaskCompletionSource? Waiting);
}
