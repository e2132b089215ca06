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

    /// <summary>How many reads that end at once follow each other before others get the thread.</summary>
    private const int ReadsAtOnce = 32;

    /// <summary>How often a receiver may keep the reader's thread too long before it gets no more than its own.</summary>
    private const int MostOverstays = 3;

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

    /// <summary>Whether the reader waits until messages are received.</summary>
    internal bool IsPaused => _room.IsAwaited;

    /// <summary>Receives the next message, or the next piece of one where <see cref="MessageDelivery.Chunks"/> is set.</summary>
    /// <param name="cancellationToken">Stops waiting. No message is lost and the session is as before.</param>
    /// <returns>The message; null once the session is closed and all messages that came before were received. <see cref="Closed"/> says why.</returns>
    /// <remarks>
    /// What follows it may run on the thread that reads from the transport, up to where it waits for something. Rather await than block there: blocking holds up reading,
    /// and what was sent, until that is noticed after 10 to 20 milliseconds; then another thread goes on.
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

    /// <summary>The reader: from the first byte to the end of the stream, or until the transport fails.</summary>
    private async Task ReadToEndAsync()
    {
        // What came with the handshake is there when the session is; the rest is not read by whoever opens it, as a transport may always have more at hand.
        ReadSlices();
        FlushNow();
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await ReadOnAsync().ConfigureAwait(false);
    }

    /// <summary>Goes on reading, until another thread does.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever a transport throws is its loss.")]
    private async Task ReadOnAsync()
    {
        Exception? failure = null;
        try
        {
            int count;
            int atOnce = 0;
            do
            {
                if (!await ReadEventsAsync().ConfigureAwait(false))
                    return;
                // Within a frame there may be a buffer already.
                if (!HasBuffer)
                {
                    ValueTask waiting = _transport.WaitToReadAsync(_aborted);
                    FlushBefore(waiting.IsCompleted);
                    await waiting.ConfigureAwait(false);
                }

                ValueTask<int> reading = _transport.ReadAsync(LendBuffer(), _aborted);
                FlushBefore(reading.IsCompleted);
                atOnce = reading.IsCompleted ? atOnce + 1 : 0;
                count = await reading.ConfigureAwait(false);
                TakeBytes(count);
                if (atOnce == ReadsAtOnce)
                {
                    atOnce = 0;
                    FlushNow();
                    await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
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
            // Nothing is left to read on for.
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

    /// <summary>What was answered goes out before the reader waits. As long as it need not wait, answers of several reads go out together, for up to a millisecond.</summary>
    private void FlushBefore(bool isCompleted)
    {
        if (!isCompleted || Environment.TickCount64 != _heldSince)
            FlushNow();
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
            lock (_lock)
            {
                status = ReadSlice();
                _moreToRead = status == Reading.More;
            }

            if (!LendThread())
                return Reading.Elsewhere;
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
    /// Wakes the receiver and lets it run on the reader's thread, without a switch to another, until it waits for something. What it sends meanwhile goes out
    /// at the end. One that keeps the thread for long loses it as reader: then another reads on.
    /// </summary>
    /// <returns>False if another thread reads on.</returns>
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
                _heldSince = Environment.TickCount64;
        }

        if (thread is null)
        {
            _arrived.Wake(here: false);
            return true;
        }

        try
        {
            _arrived.Wake(here: true);
        }
        finally
        {
            thread.Return();
        }

        lock (_lock)
        {
            if (_lent != thread)
                return false;
            _lent = null;
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
        _ = ReadOnAsync();
    }

    /// <summary>A message in a queue; as a structure, for arrays of classes look at what they are given.</summary>
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
