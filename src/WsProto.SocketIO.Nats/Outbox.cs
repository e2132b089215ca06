using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.Nats;

/// <summary>
/// The messages that wait to be stored, in order. A message is sent again, with the same id, until it is stored, is refused, or is too old
/// for NATS to recognize its id.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds no resources.")]
internal sealed class Outbox(
    NatsSocketIOOptions options, Func<string, ReadOnlyMemory<byte>, CancellationToken, Task> send, Predicate<Exception> isRefusal)
{
    /// <summary>The timeout of one attempt.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan _retryDelay = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan _longestMemory = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Queue<(long Number, ReadOnlyMemory<byte> Message, long Time)> _waiting = [];
    private readonly string _name = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
    private CancellationTokenSource _resumed = new();
    private Task _sending = Task.CompletedTask;
    private long _lastNumber;
    private long _bytes;
    private bool _isSending;
    private bool _isClosed;

    /// <summary>Called once for each message that is lost.</summary>
    internal Action<Exception?> Lost { get; set; } = _ => { };

    private TimeSpan MaxAge => options.MaxAge < _longestMemory ? options.MaxAge : _longestMemory;

    internal void Add(ReadOnlyMemory<byte> message)
    {
        bool fits;
        lock (_lock)
        {
            fits = !_isClosed && _bytes + message.Length <= options.MaxPendingBytes;
            if (fits)
            {
                _bytes += message.Length;
                _waiting.Enqueue((++_lastNumber, message, Stopwatch.GetTimestamp()));
                if (!_isSending)
                {
                    _isSending = true;
                    _sending = Task.Run(SendAllAsync);
                }
            }
        }

        if (!fits)
            Lost(new TimeoutException($"More than {options.MaxPendingBytes} bytes wait for NATS, or the server has stopped."));
    }

    /// <summary>Ends the delay before the next attempt, because there is a connection.</summary>
    internal void Resume()
    {
        CancellationTokenSource former;
        lock (_lock)
        {
            former = _resumed;
            _resumed = new CancellationTokenSource();
        }

        _ = former.CancelAsync();
    }

    /// <summary>Accepts no more messages, and sends those that wait for a short time. The rest is lost.</summary>
    internal async Task CloseAsync()
    {
        lock (_lock)
            _isClosed = true;
        await _sending.WaitAsync(_patience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        int rest;
        lock (_lock)
        {
            rest = _waiting.Count;
            _waiting.Clear();
        }

        for (int i = 0; i < rest; i++)
            Lost(new TimeoutException("The server stopped before NATS had stored the message."));
    }

    [SuppressMessage("Design", "CA1031", Justification = "The message is sent again, or reported as lost.")]
    private async Task SendAllAsync()
    {
        while (TryPeek(out (long Number, ReadOnlyMemory<byte> Message, long Time) next, out CancellationToken resumed))
        {
            try
            {
                using var limit = new CancellationTokenSource(_patience);
                string id = string.Create(CultureInfo.InvariantCulture, $"{_name}-{next.Number}");
                await send(id, next.Message, limit.Token).ConfigureAwait(false);
                _ = TryRemove();
            }
            catch (Exception e)
            {
                // A refused message is dropped, because all others would wait for it.
                if (!isRefusal(e) && Stopwatch.GetElapsedTime(next.Time) < MaxAge)
                    await Task.Delay(_retryDelay, resumed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                else if (TryRemove())
                    Lost(e);
            }
        }
    }

    private bool TryPeek(out (long Number, ReadOnlyMemory<byte> Message, long Time) next, out CancellationToken resumed)
    {
        lock (_lock)
        {
            resumed = _resumed.Token;
            return _isSending = _waiting.TryPeek(out next);
        }
    }

    /// <returns>False if the message is lost, because the server has stopped meanwhile.</returns>
    private bool TryRemove()
    {
        lock (_lock)
        {
            bool isThere = _waiting.TryDequeue(out (long Number, ReadOnlyMemory<byte> Message, long Time) first);
            _bytes -= first.Message.Length;
            return isThere;
        }
    }
}
