using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;
using WsProto.Events;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    private const int LeastRead = 4 * 1024;
    private const int MostRead = 64 * 1024;

    /// <summary>How many events are read before others get the lock.</summary>
    private const int EventsAtOnce = 64;

    private readonly Signal _arrived;
    private readonly Signal _room;

    /// <summary>What the receiver took over and has not handed out; nobody else touches it.</summary>
    private Queue<Message> _taken = new();

    /// <summary>What arrived since.</summary>
    private Queue<Message> _inbox = new();
    private long _inboxSize;
    private int _receivers;
    private bool _inputEnded;
    private bool _dropping;
    private int _readSize = LeastRead;

    /// <summary>Whether the reader waits until messages are received.</summary>
    internal bool IsPaused => _room.IsAwaited;

    /// <summary>Receives the next message, or the next piece of one where <see cref="MessageDelivery.Chunks"/> is set.</summary>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <returns>The message; null once the session is closed and all messages that came before were received. <see cref="Closed"/> says why.</returns>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public ValueTask<Message?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<Message?>(cancellationToken);
        BeginReceive();
        if (!TryTake(out Message? message))
            return WaitForMessageAsync(cancellationToken);
        EndReceive();
        return new ValueTask<Message?>(message);
    }

    /// <summary>Receives the next message, if it comes in time.</summary>
    /// <param name="timeout">How long to wait; zero to look only. <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <returns>The message; null once the session is closed and all messages that came before were received.</returns>
    /// <exception cref="TimeoutException">None came in time. No message is lost and the session is as before.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The timeout is negative or longer than 49 days.</exception>
    /// <exception cref="InvalidOperationException">Another receive is waiting.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async ValueTask<Message?> ReceiveAsync(TimeSpan timeout, CancellationToken cancellationToken = default)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
            return await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        ArgumentOutOfRangeException.ThrowIfLessThan(timeout, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(timeout, WsSessionOptions.LongestTimer);
        cancellationToken.ThrowIfCancellationRequested();
        BeginReceive();
        if (TryTake(out Message? message))
        {
            EndReceive();
            return message;
        }

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

    /// <summary>Receives all messages until the session is closed: <c>await foreach (Message message in session.ReadAllAsync())</c>.</summary>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public async IAsyncEnumerable<Message> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (await ReceiveAsync(cancellationToken).ConfigureAwait(false) is { } message)
            yield return message;
    }

    private void BeginReceive()
    {
        if (Interlocked.Exchange(ref _receivers, 1) != 0)
            throw new InvalidOperationException("Another receive is waiting; one at a time, please.");
    }

    private void EndReceive() => Volatile.Write(ref _receivers, 0);

    /// <summary>Takes a message that is there. False if none is and more may come; true with null if none will.</summary>
    private bool TryTake(out Message? message)
    {
        if (_taken.TryDequeue(out message))
            return true;
        bool paused;
        lock (_lock)
        {
            if (_inbox.Count == 0)
                return _inputEnded;
            (_taken, _inbox) = (_inbox, _taken);
            _inboxSize = 0;
            paused = _room.IsAwaited;
        }

        if (paused)
            _room.Wake(here: false);
        message = _taken.Dequeue();
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Message?> WaitForMessageAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Answers to the messages of before were held back as long as there were more.
            FlushNow();
            Message? message;
            while (!TryTake(out message))
            {
                ValueTask arrival;
                lock (_lock)
                {
                    if (_inbox.Count > 0 || _inputEnded)
                        continue;
                    arrival = _arrived.WaitAsync(cancellationToken);
                }

                await arrival.ConfigureAwait(false);
            }

            return message;
        }
        finally
        {
            EndReceive();
        }
    }

    /// <summary>Whether reading pauses where too much waits; otherwise that is dropped.</summary>
    private bool WantsMessages => _cause is null || _receivesOn;

    /// <summary>The reader: from the first byte to the end of the stream, or until the transport fails.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws is its loss.")]
    [SuppressMessage("Reliability", "CA2012", Justification = "To park takes no result.")]
    private async Task ReadToEndAsync()
    {
        Exception? failure = null;
        try
        {
            // What came with the handshake is there when the session is; the rest is not read by whoever opens it, as a transport may always have more at hand.
            await ReadEventsAsync().ConfigureAwait(false);
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            int count;
            do
            {
                await ReadEventsAsync().ConfigureAwait(false);
                // Within a frame there may be a buffer already.
                if (!HasBuffer)
                {
                    ValueTask waiting = _transport.WaitToReadAsync(_aborted);
                    await Park(waiting);
                    await waiting.ConfigureAwait(false);
                }

                ValueTask<int> reading = _transport.ReadAsync(LendBuffer(), _aborted);
                await Park(reading);
                count = await reading.ConfigureAwait(false);
                TakeBytes(count);
            }
            while (count > 0);
        }
        catch (Exception e)
        {
            failure = e;
        }

        lock (_lock)
        {
            Fail(failure);
            _connection.ReceiveEndOfStream();
        }

        try
        {
            await ReadEventsAsync().ConfigureAwait(false);
        }
        finally
        {
            EndReading();
        }
    }

    private bool HasBuffer
    {
        get
        {
            lock (_lock)
                return _connection.ReceiveRoom >= _readSize / 2;
        }
    }

    private Memory<byte> LendBuffer()
    {
        lock (_lock)
        {
            int room = _connection.ReceiveRoom;
            Memory<byte> memory = _connection.ReceiveBuffer.GetMemory(room >= _readSize / 2 ? Math.Min(room, _readSize) : _readSize);
            return memory.Length > MostRead ? memory[..MostRead] : memory;
        }
    }

    private void TakeBytes(int count)
    {
        lock (_lock)
        {
            _connection.ReceiveBuffer.Advance(count);
            // A read that fills its buffer is followed by a larger one, so that a busy session makes few calls and an idle one takes little memory.
            _readSize = count >= _readSize ? Math.Min(MostRead, 2 * _readSize) : Math.Max(LeastRead, _readSize / 2);
            ObserveLife();
        }
    }

    /// <summary>Reads the events of what has arrived; where too many messages wait, not before some of them were received.</summary>
    private ValueTask ReadEventsAsync()
    {
        Reading status = ReadSlices(out ValueTask room);
        return status == Reading.Done ? default : ReadOnAsync(room);
    }

    [SuppressMessage("Reliability", "CA2012", Justification = "To park takes no result.")]
    private async ValueTask ReadOnAsync(ValueTask room)
    {
        do
        {
            await Park(room);
            await room.ConfigureAwait(false);
        }
        while (ReadSlices(out room) == Reading.Full);
    }

    /// <param name="room">What to wait for where it is full.</param>
    private Reading ReadSlices(out ValueTask room)
    {
        Reading status;
        do
        {
            lock (_lock)
                status = ReadSlice(out room);
            FlushNow();
        }
        while (status == Reading.More);
        return status;
    }

    private Reading ReadSlice(out ValueTask room)
    {
        room = default;
        for (int i = 0; i < EventsAtOnce; i++)
        {
            if (_inboxSize >= _options.MaxReceiveBacklog && WantsMessages)
            {
                room = _room.WaitAsync();
                return Reading.Full;
            }

            if (!_connection.TryReadEvent(out WsEvent? e))
                return Reading.Done;
            Take(e);
        }

        return Reading.More;
    }

    private void Take(WsEvent e)
    {
        Observe(WsDirection.Received, e);
        switch (e)
        {
            case Message message:
                Store(message);
                break;
            case Ping ping:
                Answer(ping);
                break;
            case Pong pong:
                ObservePong(pong);
                break;
            case CloseConnection close:
                ReceiveClose(close);
                break;
        }
    }

    /// <summary>Where the application closes without receiving, what comes beyond the backlog is dropped.</summary>
    private void Store(Message message)
    {
        int size = message is TextMessage text ? text.Data.Length * sizeof(char) : ((BytesMessage)message).Data.Length;
        Telemetry.Message(WsDirection.Received, size);
        // What follows a piece that was dropped is dropped too: a prefix is delivered, and nothing with holes.
        _dropping |= _inboxSize >= _options.MaxReceiveBacklog && !WantsMessages;
        if (_dropping)
            return;
        _inbox.Enqueue(message);
        _inboxSize += size + MessageOverhead;
    }

    private void WakeReceiver(bool here)
    {
        if (_arrived.IsAwaited && (_inbox.Count > 0 || _inputEnded))
            _arrived.Wake(here);
    }

    private Parked<ConfiguredValueTaskAwaitable.ConfiguredValueTaskAwaiter> Park(ValueTask task) =>
        new(task.IsCompleted, task.ConfigureAwait(false).GetAwaiter(), this);

    private Parked<ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter> Park(ValueTask<int> task) =>
        new(task.IsCompleted, task.ConfigureAwait(false).GetAwaiter(), this);

    private enum Reading
    {
        Done,
        More,
        Full,
    }

    /// <summary>
    /// Wakes the receiver when the reader is about to wait. Its code then runs on this thread, without a switch to another, and yet cannot hold the
    /// reader up: by then the reader's continuation is registered and comes on a thread of its own. Awaiting it takes no result.
    /// </summary>
    private readonly struct Parked<TAwaiter>(bool isCompleted, TAwaiter awaiter, WsSession session) : ICriticalNotifyCompletion
        where TAwaiter : ICriticalNotifyCompletion
    {
        public bool IsCompleted
        {
            get
            {
                if (isCompleted)
                    session.WakeReceiver(here: false);
                return isCompleted;
            }
        }

        public Parked<TAwaiter> GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation)
        {
            awaiter.UnsafeOnCompleted(continuation);
            session.WakeReceiver(here: true);
        }
    }
}
