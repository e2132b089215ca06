using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Sessions;

namespace WsProto.Adapters;

public sealed partial class WsSession
{
    private const int LeastRead = 4 * 1024;
    private const int MostRead = 64 * 1024;

    /// <summary>How many events are read before others get the lock.</summary>
    private const int EventsAtOnce = 64;

    /// <summary>How many reads that end at once follow each other before others get the thread.</summary>
    private const int ReadsAtOnce = 32;

    /// <summary>How often a receiver may keep the reader's thread too long before it is always woken on another.</summary>
    private const int MostOverstays = 3;

    /// <summary>After how many loans that were returned in time one that was not is forgotten: it may have been the machine that stood still.</summary>
    private const int LoansToForgive = 1024;

    private readonly Signal _arrived;
    private readonly Signal _room;

    /// <summary>What the receiver took over and has not handed out; nobody else touches it.</summary>
    private Queue<Arrived> _taken = new();

    /// <summary>What arrived since.</summary>
    private Queue<Arrived> _inbox = new();
    private long _inboxSize;
    private int _receivers;
    private bool _inputEnded;
    private bool _dropping;
    private int _readSize = LeastRead;

    /// <summary>The reader's thread while the receiver runs on it.</summary>
    private LentThread? _lent;

    /// <summary>Whether the reader has events left that it can read at once.</summary>
    private bool _moreToRead;
    private int _overstays;
    private int _goodLoans;

    /// <summary>Whether the reader waits until messages are received.</summary>
    internal bool IsPaused => _room.IsAwaited;

    /// <summary>Receives the next message, or the next piece of one where <see cref="MessageDelivery.Chunks"/> is set.</summary>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <returns>The message; null once the session is closed and all messages that came before were received. <see cref="Closed"/> says why.</returns>
    /// <remarks>
    /// What follows it may run on the thread that reads from the transport, up to where it waits for something. Rather await than block there: blocking holds up reading,
    /// and what was sent, until that is noticed after 10 to 20 milliseconds; then another thread of the pool goes on.
    /// </remarks>
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
        message = null;
        if (_taken.TryDequeue(out Arrived arrived))
        {
            message = arrived.Message;
            return true;
        }

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
        message = _taken.Dequeue().Message;
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<Message?> WaitForMessageAsync(CancellationToken cancellationToken)
    {
        try
        {
            // Answers to the messages of before were held back as long as there were more; on the reader's thread the reader sends them off.
            if (_lent?.IsCurrent != true)
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

    /// <summary>The reader: from the first byte to the end of the stream, or until the transport fails, or another thread goes on.</summary>
    /// <param name="begins">Whether it is the first.</param>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws is its loss.")]
    private async Task ReadAsync(bool begins)
    {
        Exception? failure = null;
        try
        {
            if (begins)
            {
                // What came with the handshake is there when the session is; the rest is not read by whoever opens it, as a transport may always have more at hand.
                ReadSlices();
                FlushNow();
                await default(PoolTurn);
            }

            int count;
            int atOnce = 0;
            do
            {
                if (!await ReadEventsAsync().ConfigureAwait(false))
                    return;
                atOnce++;
                // Within a frame there may be a buffer already.
                if (!HasBuffer)
                {
                    ValueTask waiting = _transport.WaitToReadAsync(_aborted);
                    FlushBefore(waiting.IsCompleted, ref atOnce);
                    await waiting.ConfigureAwait(false);
                }

                ValueTask<int> reading = _transport.ReadAsync(LendBuffer(), _aborted);
                FlushBefore(reading.IsCompleted, ref atOnce);
                count = await reading.ConfigureAwait(false);
                TakeBytes(count);
                if (atOnce == ReadsAtOnce)
                {
                    atOnce = 0;
                    FlushNow();
                    await default(PoolTurn);
                }
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
            // There is nothing left to read on for.
            _overstays = MostOverstays;
        }

        try
        {
            await ReadEventsAsync().ConfigureAwait(false);
        }
        finally
        {
            FlushNow();
            EndReading();
        }
    }

    /// <summary>What was answered goes out before the reader waits. As long as it need not wait, answers to several reads go out together, unless they were held for long.</summary>
    private void FlushBefore(bool isCompleted, ref int atOnce)
    {
        if (!isCompleted)
            atOnce = 0;
        if (!isCompleted || IsHeldLong)
            FlushNow();
    }

    private bool HasBuffer
    {
        get
        {
            lock (_lock)
                return _connection.ReceiveBuffer.FreeCapacity >= _readSize / 2;
        }
    }

    private Memory<byte> LendBuffer()
    {
        lock (_lock)
        {
            int room = _connection.ReceiveBuffer.FreeCapacity;
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
            if (count >= _readSize)
                _readSize = Math.Min(MostRead, 2 * _readSize);
            else if (count < _readSize / 4)
                _readSize = Math.Max(LeastRead, _readSize / 2);
            ObserveLife();
        }
    }

    /// <summary>Reads the events of what has arrived and lets the receiver have them; where too many messages wait, not before some of them were received.</summary>
    /// <returns>False if another thread reads on.</returns>
    private ValueTask<bool> ReadEventsAsync()
    {
        Reading status = ReadSlices();
        return status == Reading.Full ? ReadMoreEventsAsync() : new ValueTask<bool>(status != Reading.Elsewhere);
    }

    private async ValueTask<bool> ReadMoreEventsAsync()
    {
        Reading status;
        do
        {
            FlushNow();
            await RoomAsync().ConfigureAwait(false);
            status = ReadSlices();
        }
        while (status == Reading.Full);
        return status != Reading.Elsewhere;
    }

    /// <summary>Waits until the backlog has room; in vain, if nobody receives.</summary>
    private ValueTask RoomAsync()
    {
        lock (_lock)
            return IsBacklogFull ? _room.WaitAsync() : default;
    }

    private bool IsBacklogFull => _inboxSize >= _options.MaxReceiveBacklog && WantsMessages;

    private Reading ReadSlices()
    {
        Reading status;
        do
        {
            bool due;
            lock (_lock)
            {
                status = ReadSlice();
                _moreToRead = status == Reading.More;
                due = ReceiverIsDue;
            }

            if (due && !LendThread())
                return Reading.Elsewhere;
            if (_moreToRead && IsHeldLong)
                FlushNow();
        }
        while (status == Reading.More);
        return status;
    }

    private Reading ReadSlice()
    {
        for (int i = 0; i < EventsAtOnce; i++)
        {
            if (IsBacklogFull)
                return Reading.Full;
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
            case BytesMessage bytes:
                Store(bytes, bytes.Data.Length);
                break;
            case TextMessage text:
                Store(text, text.Data.Length * sizeof(char));
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
    private void Store(Message message, int size)
    {
        Telemetry.Message(WsDirection.Received, size);
        // What follows a piece that was dropped is dropped too: a prefix is delivered, and nothing with holes.
        _dropping |= _inboxSize >= _options.MaxReceiveBacklog && !WantsMessages;
        if (_dropping)
            return;
        _inbox.Enqueue(new Arrived(message));
        _inboxSize += size + MessageOverhead;
    }

    private bool ReceiverIsDue => _arrived.IsAwaited && (_inbox.Count > 0 || _inputEnded);

    /// <summary>
    /// Wakes the receiver and lets it run on the reader's thread, without a switch to another, until it waits for something. Most of what it sends meanwhile goes out
    /// when the reader is about to wait. One that keeps the thread for long loses it as reader: then another reads on.
    /// </summary>
    /// <returns>False if another thread reads on.</returns>
    [SuppressMessage("Design", "CA1031", Justification = "It is thrown again where nobody else is hit.")]
    private bool LendThread()
    {
        LentThread? thread;
        lock (_lock)
        {
            if (!ReceiverIsDue)
                return true;
            thread = _overstays < MostOverstays ? LentThread.TryLend(this) : null;
            _lent = thread;
            if (_batch.Count == 0)
                _heldSince = Stopwatch.GetTimestamp();
        }

        if (thread is null)
        {
            _arrived.Wake(here: false);
            return true;
        }

        ExecutionContext? own = ExecutionContext.Capture();
        try
        {
            _arrived.Wake(here: true);
        }
        catch (Exception e)
        {
            // Of a continuation that is no task. Its thread would have ended the process, had it had one of its own.
            ThreadPool.UnsafeQueueUserWorkItem(static fault => fault.Throw(), ExceptionDispatchInfo.Capture(e), preferLocal: false);
        }

        // A receiver that suppressed the flow of its context leaves what it set.
        if (own is not null)
            ExecutionContext.Restore(own);
        thread.Return();
        lock (_lock)
        {
            if (_lent != thread)
                return false;
            _lent = null;
            if (_overstays > 0 && ++_goodLoans % LoansToForgive == 0)
                _overstays--;
            return true;
        }
    }

    /// <summary>The receiver has kept the reader's thread for too long.</summary>
    internal void ReadOn(LentThread thread, int loan)
    {
        lock (_lock)
        {
            if (_lent != thread || thread.Loans != loan)
                return;
            _lent = null;
            _overstays++;
        }

        FlushNow();
        _ = ReadAsync(begins: false);
    }

    /// <summary>A message in a queue; a structure, as each store into an array of references checks the type.</summary>
    private readonly record struct Arrived(Message Message);

    private enum Reading
    {
        Done,
        More,
        Full,

        /// <summary>Another thread does.</summary>
        Elsewhere,
    }
}
