using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    /// <summary>Receives the next message, or the next piece of one where the options want pieces.</summary>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <returns>
    /// The message, which owns its data. Null when the session is closed and all earlier messages were received; then
    /// <see cref="CloseResult"/> says how it was closed.
    /// </returns>
    /// <remarks>
    /// The code after it may run on the thread that reads from the transport, until it awaits something. If it blocks there, another thread
    /// continues to read after at most 100 milliseconds.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask<Message?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken = Meant(cancellationToken);
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<Message?>(cancellationToken);
        return Reader.TryReceive(out Message? message) ? new ValueTask<Message?>(message) : WaitForMessageAsync(cancellationToken);
    }

    /// <summary>Receives the next message, and waits for it no longer than a time.</summary>
    /// <param name="timeout">How long to wait. Zero: do not wait. <see cref="Timeout.InfiniteTimeSpan"/>: no limit.</param>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <returns>
    /// The message, which owns its data. Null when the session is closed and all earlier messages were received.
    /// </returns>
    /// <exception cref="TimeoutException">No message came in time. No message is lost, and the session is as before.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative or longer than 49 days.</exception>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<Message?> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
            return await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, Durations.Longest);
        cancellationToken = Meant(cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        if (Reader.TryReceive(out Message? message))
            return message;
        using var timer = new CancellationTokenSource(timeout, _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        try
        {
            return await WaitForMessageAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken);
        }
        catch (OperationCanceledException e)
        {
            throw new TimeoutException("No message came in time.", e);
        }
    }

    /// <summary>
    /// Receives all messages until the session is closed: <c>await foreach (Message message in session.ReadAllAsync())</c>.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async IAsyncEnumerable<Message> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
            yield return message;
    }

    /// <summary>
    /// Receives all messages as views until the session is closed: <c>await foreach (ReceivedMessage message in
    /// session.ReceiveAllAsync())</c>. Each is valid within its pass of the loop.
    /// </summary>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async IAsyncEnumerable<ReceivedMessage> ReceiveAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await WaitToReceiveAsync(cancellationToken).ConfigureAwait(false))
        {
            while (TryReceive(out ReceivedMessage message))
                yield return message;
        }
    }

    /// <summary>
    /// Waits until <see cref="TryReceive"/> has a message. Together they receive without a copy and without an object for each message:
    /// <c>while (await session.WaitToReceiveAsync()) while (session.TryReceive(out ReceivedMessage message)) …</c>
    /// </summary>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <returns>
    /// False when the session is closed and all earlier messages were received; then <see cref="CloseResult"/> says how it was closed.
    /// </returns>
    /// <remarks>
    /// It is a receive, so earlier views are no longer valid. The remarks of <see cref="ReceiveAsync(CancellationToken)"/> on threads
    /// apply.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask<bool> WaitToReceiveAsync(CancellationToken cancellationToken = default) =>
        Reader.WaitAsync(cancellationToken);

    /// <summary>Receives the next message if it is here, as a view that is valid until the next receive.</summary>
    /// <param name="message">The message.</param>
    /// <returns>
    /// False if none is here, or if this session has kept its thread for 2 milliseconds or 256 KiB of messages, after which
    /// <see cref="WaitToReceiveAsync"/> lets others run.
    /// </returns>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    public bool TryReceive(out ReceivedMessage message) => Reader.TryReceive(out message);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Message?> WaitForMessageAsync(CancellationToken cancellationToken)
    {
        while (await Reader.WaitAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Reader.TryReceive(out Message? message))
                return message;
        }

        return null;
    }
}
