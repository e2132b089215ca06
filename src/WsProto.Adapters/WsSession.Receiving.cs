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
    /// The message, which owns its data; null once the session is closed and all messages that came before were received.
    /// <see cref="CloseResult"/> then says how.
    /// </returns>
    /// <remarks>
    /// What follows it may run on the thread that reads from the transport, up to where it waits for something. While it blocks there,
    /// another thread reads on after 100 milliseconds at most.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask<Message?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<Message?>(cancellationToken);
        return Reader.TryReceive(out Message? message) ? new ValueTask<Message?>(message) : WaitForMessageAsync(cancellationToken);
    }

    /// <summary>Receives the next message, if it comes in time.</summary>
    /// <param name="timeout">How long to wait; zero to look only. <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <returns>
    /// The message, which owns its data; null once the session is closed and all messages that came before were received.
    /// </returns>
    /// <exception cref="TimeoutException">None came in time. No message is lost and the session is as before.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative or longer than 49 days.</exception>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<Message?> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
            return await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, Durations.Longest);
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
    /// False once the session is closed and all messages that came before were received. <see cref="CloseResult"/> then says how.
    /// </returns>
    /// <remarks>
    /// It is a receive, so it makes views stale. As to threads, <see cref="ReceiveAsync(CancellationToken)"/> says what applies here too.
    /// </remarks>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask<bool> WaitToReceiveAsync(CancellationToken cancellationToken = default) => Reader.WaitAsync(cancellationToken);

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
