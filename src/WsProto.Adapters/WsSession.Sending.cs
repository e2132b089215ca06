using System;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

// What all sends have in common stands in the remarks of SendTextAsync(string).
public sealed partial class WsSession
{
    private BatchBuffer? _spareBatch;

    /// <summary>
    /// How many bytes wait to be sent: encoded bytes that the transport has not taken, and payloads of messages that are not encoded yet.
    /// </summary>
    public long BufferedBytes => SendQueue.BufferedBytes;

    /// <summary>Sends a text message.</summary>
    /// <param name="text">Whole characters, without a lone surrogate.</param>
    /// <param name="cancellationToken">
    /// Stops waiting for room; then nothing of the message is sent. Once it is accepted, cancelling does nothing.
    /// </param>
    /// <returns>
    /// A task that completes when the message is accepted: it has its place in the order of the wire, and is written as soon as the
    /// transport takes it. The task fails with <see cref="WsClosedException"/> if the session is closed or closing, and is cancelled by the
    /// token. In both cases nothing was sent.
    /// </returns>
    /// <remarks>
    /// The send waits while <see cref="WsSessionOptions.MaxSendBacklog"/> is reached, and while a message that is sent in fragments is not
    /// finished. If the session is the reason of a failure, the task fails. A wrong argument throws from the call itself, or from the task
    /// if the message had to wait. Messages that a receiver sends while it has more messages to receive are written together: when there
    /// are no more, when it waits for something, or when they reach 32 KiB.
    /// </remarks>
    /// <exception cref="ArgumentException">The text holds a lone surrogate. Nothing was sent.</exception>
    public ValueTask SendTextAsync(string text, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendQueue.SendAsync(Outgoing.Text(text), cancellationToken);
    }

    /// <summary>Sends a text message that is already UTF-8, as JSON often is.</summary>
    /// <param name="utf8">Whole characters in UTF-8, which must not change before it completes.</param>
    /// <param name="cancellationToken">
    /// Stops waiting for room; then nothing of the message is sent. Once it is accepted, cancelling does nothing.
    /// </param>
    /// <returns><inheritdoc cref="SendTextAsync(string, CancellationToken)" path="/returns"/></returns>
    /// <remarks>As <see cref="SendTextAsync(string, CancellationToken)"/>.</remarks>
    /// <exception cref="ArgumentException">It is not UTF-8, or cuts a character (RFC 6455 §5.6). Nothing was sent.</exception>
    public ValueTask SendTextAsync(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken = default) =>
        SendQueue.SendAsync(Outgoing.Utf8(utf8), cancellationToken);

    /// <summary>Sends a binary message.</summary>
    /// <param name="data">The bytes, which must not change before it completes.</param>
    /// <param name="cancellationToken">
    /// Stops waiting for room; then nothing of the message is sent. Once it is accepted, cancelling does nothing.
    /// </param>
    /// <returns>
    /// <inheritdoc cref="SendTextAsync(string, CancellationToken)" path="/returns"/> If the bytes are not copied, a part of them may have
    /// been sent when it fails.
    /// </returns>
    /// <remarks>
    /// As <see cref="SendTextAsync(string, CancellationToken)"/>. From 256 KiB on, a server without extensions that is writing nothing else
    /// does not copy the bytes (with <see cref="SendOverflow.Wait"/>, and without a token that can be cancelled): it then completes when
    /// the transport has taken them all.
    /// </remarks>
    public ValueTask SendBytesAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        SendQueue.SendAsync(Outgoing.Bytes(data), cancellationToken);

    /// <summary>Sends a message that was encoded once for many sessions.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">
    /// Stops waiting for room; then nothing of the message is sent. Once it is accepted, cancelling does nothing.
    /// </param>
    /// <returns><inheritdoc cref="SendTextAsync(string, CancellationToken)" path="/returns"/></returns>
    /// <remarks>
    /// As <see cref="SendTextAsync(string, CancellationToken)"/>. To send to many sessions, use <see cref="WsSessionGroup"/> or <see
    /// cref="TrySend(PreparedMessage)"/>.
    /// </remarks>
    public ValueTask SendAsync(PreparedMessage message, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendQueue.SendAsync(Outgoing.Prepared(message), cancellationToken);
    }

    /// <summary>
    /// Sends any event: a message or a fragment of one, with or without compression; a Ping or Pong, which goes ahead of messages that
    /// wait; a Close.
    /// </summary>
    /// <param name="e">
    /// A message or a piece of one, Ping, Pong or Close. A piece that does not finish its message opens it: until it is finished, only
    /// pieces and control frames are sent, and the other methods wait. A Close is sent without waiting for the peer's; what was accepted
    /// before goes out first.
    /// </param>
    /// <param name="cancellationToken">
    /// Stops waiting for room; then nothing of the event is sent. Once it is accepted, cancelling does nothing.
    /// </param>
    /// <returns><inheritdoc cref="SendTextAsync(string, CancellationToken)" path="/returns"/></returns>
    /// <remarks>As <see cref="SendTextAsync(string, CancellationToken)"/>.</remarks>
    /// <exception cref="LocalProtocolException">
    /// An event of the handshake, or a piece of another kind than the message that is open. Nothing was sent.
    /// </exception>
    /// <exception cref="ArgumentException">The event holds what cannot be sent. Nothing was sent.</exception>
    public ValueTask SendAsync(WsEvent e, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(e);
        cancellationToken = Meant(cancellationToken);
        if (e is not CloseConnection close)
            return SendQueue.SendAsync(Outgoing.Of(e), cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled(cancellationToken);
        return TryClose(close, WsCloseCause.Local) ? default : ValueTask.FromException(NewClosedException());
    }

    /// <summary>Sends a text message if it can be sent without waiting.</summary>
    /// <param name="text">Whole characters, without a lone surrogate.</param>
    /// <returns>
    /// True if the message is accepted. False if the session is closed or closing, or if the message would have to wait. With <see
    /// cref="SendOverflow.DropOldest"/> a message never waits; with <see cref="SendOverflow.Close"/> a message that finds the backlog full
    /// closes the session.
    /// </returns>
    /// <exception cref="ArgumentException">The text holds a lone surrogate. Nothing was sent.</exception>
    public bool TrySendText(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return SendQueue.TrySend(Outgoing.Text(text));
    }

    /// <summary>Sends a text message that is already UTF-8, if it can be sent without waiting.</summary>
    /// <param name="utf8">Whole characters in UTF-8, which may be used again when the call returns.</param>
    /// <returns><inheritdoc cref="TrySendText(string)" path="/returns"/></returns>
    /// <exception cref="ArgumentException">It is not UTF-8, or cuts a character (RFC 6455 §5.6). Nothing was sent.</exception>
    public bool TrySendText(ReadOnlyMemory<byte> utf8) => SendQueue.TrySend(Outgoing.Utf8(utf8));

    /// <summary>Sends a binary message if it can be sent without waiting.</summary>
    /// <param name="data">The bytes, which may be used again when the call returns.</param>
    /// <returns><inheritdoc cref="TrySendText(string)" path="/returns"/></returns>
    public bool TrySendBytes(ReadOnlyMemory<byte> data) => SendQueue.TrySend(Outgoing.Bytes(data));

    /// <summary>Sends a message that was encoded once for many sessions, if it can be sent without waiting.</summary>
    /// <param name="message">The message.</param>
    /// <returns><inheritdoc cref="TrySendText(string)" path="/returns"/></returns>
    public bool TrySend(PreparedMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return SendQueue.TrySend(Outgoing.Prepared(message));
    }

    /// <summary>Begins a batch: messages that are encoded together and written at once, when the batch is flushed or disposed of.</summary>
    /// <returns>The batch, for one caller at a time.</returns>
    /// <remarks>
    /// A batch takes no lock for its messages and does not delay others: what others send meanwhile is written before it. If an extension
    /// transforms messages, each message of the batch takes its place at once.
    /// </remarks>
    public SendBatch BeginBatch()
    {
        BatchBuffer buffer = Interlocked.Exchange(ref _spareBatch, null) ?? new BatchBuffer(this, _options);
        return new SendBatch(buffer, buffer.Begin());
    }

    /// <summary>Sends a Ping and waits for the Pong, at most <see cref="WsSessionOptions.KeepAliveTimeout"/>.</summary>
    /// <param name="payload">0 to 125 bytes to tell it from others; empty for 8 bytes that are different each time.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>
    /// The time from this call to the Pong. "A Pong frame sent in response to a Ping frame" answers all Pings before it too (RFC 6455
    /// §5.5.3).
    /// </returns>
    /// <exception cref="WsClosedException">The session is closed, or was before the Pong came.</exception>
    /// <exception cref="TimeoutException">No Pong came in time. The session is as before.</exception>
    /// <exception cref="ArgumentException">The payload is longer than 125 bytes.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<TimeSpan> PingAsync(ReadOnlyMemory<byte> payload = default, CancellationToken cancellationToken = default)
    {
        cancellationToken = Meant(cancellationToken);
        PendingPings pings = Liveness.Pings;
        PendingPings.Pending ping = pings.Add(new Ping(payload.IsEmpty ? pings.NextPayload() : payload.ToArray()), Liveness.Now);
        using var timer = new CancellationTokenSource(_options.KeepAliveTimeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            await SendQueue.SendAsync(Outgoing.Of(ping.Event), either.Token).ConfigureAwait(false);
            SendQueue.Flush();
            // The caller may be the receiver: then the loop has to read the Pong.
            Reader.TryReclaim();
            return await ping.Answer.Task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException("No Pong came in time.", e);
        }
        finally
        {
            pings.Remove(ping);
        }
    }

    /// <summary>Keeps one buffer for the next batch.</summary>
    internal void Return(BatchBuffer buffer) => Interlocked.CompareExchange(ref _spareBatch, buffer, null);

    /// <summary>Answers a Ping of the peer.</summary>
    internal void Answer(ReadOnlySpan<byte> payload)
    {
        SendQueue.Answer(payload);
        SendQueue.ShowEncoded();
    }

    internal void ReceivePong(ReadOnlySpan<byte> payload) => Liveness.NotePong(payload);

    internal void NoteRead() => Liveness.NoteRead();

    /// <summary>Writes what was encoded.</summary>
    internal void Flush() => SendQueue.Flush();
}
