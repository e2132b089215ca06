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
/// What waits to be taken, in order. Each message is sent again, with the same id, until it was taken, or never will be, or is too old for
/// its id to be known.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "A source without a timer holds nothing.")]
internal sealed class Outbox(
    NatsSocketIOOptions options, Func<string, ReadOnlyMemory<byte>, CancellationToken, Task> send, Predicate<Exception> isRefusal)
{
    /// <summary>How long one attempt has.</summary>
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

    /// <summary>Is told of each message that is lost.</summary>
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

    /// <summary>There is a connection: what waits need not wait longer.</summary>
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

    /// <summary>Takes nothing more, and sends for a little what waits; the rest is lost.</summary>
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
            Lost(new TimeoutException("The server has stopped before NATS took it."));
    }

    [SuppressMessage("Design", "CA1031", Justification = "It is sent again, or reported.")]
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
                // All others would wait for one that is refused for what it is.
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

    /// <returns>False if it was lost meanwhile, as the server has stopped.</returns>
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
