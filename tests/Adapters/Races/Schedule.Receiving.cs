// How an end receives: by messages, with and without a timeout, by views and by streams, in any order. A view and a stream are good until
// the next receive, and are used after it too, which must be refused; the pool overwrites what comes back, so memory of others would show.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Tests.Races;

internal sealed partial class Schedule
{
    private sealed partial class End
    {
        private readonly List<Received> _received = [];

        /// <summary>What came of a message that is received in pieces; null while none is.</summary>
        private StringBuilder? _begun;

        /// <summary>Whether the rest of a message has to be dropped, which a stream does.</summary>
        private bool _isToSkip;

        private ReceivedMessage? _lastView;
        private WsMessageStream? _lastStream;

        /// <summary>A message, or as much of it as was read.</summary>
        private readonly record struct Received(string Text, bool IsWhole)
        {
            public override string ToString() => IsWhole ? Text : $"{Text}...";
        }

        private async Task ReceiveAsync()
        {
            while (true)
            {
                if (_schedule.Chance(20))
                    await _schedule.PauseAsync();
                try
                {
                    CancellationTokenSource cancellation = Cancellation();
                    int way = _isToSkip ? 9 : _schedule.Draw(0, _begun is null ? 10 : 8);
                    bool isMore = way switch
                    {
                        < 5 => TakeMessage(await Session.ReceiveAsync(cancellation.Token)),
                        5 => TakeMessage(
                            await Session.ReceiveAsync(TimeSpan.FromMilliseconds(_schedule.Pick(0, 1, 50)), cancellation.Token)),
                        < 8 => await ReceiveViewsAsync(cancellation.Token),
                        _ => await ReceiveStreamAsync(cancellation.Token),
                    };
                    if (!isMore)
                        return;
                }
                catch (Exception e) when (e is OperationCanceledException or TimeoutException)
                {
                    await RestAsync();
                }
            }
        }

        /// <summary>After a receive that was cancelled. Time only goes on when nobody runs.</summary>
        private async Task RestAsync()
        {
            _schedule.Cancelled++;
            _schedule.Note($"{_name} receives no more for now");
            await Task.Delay(TimeSpan.FromMilliseconds(1), _schedule._time);
        }

        private bool TakeMessage(Message? message)
        {
            if (message is null)
                return false;
            ExpectStale();
            string text = message is TextMessage { Data: var data } ? data : Encoding.UTF8.GetString(((BytesMessage)message).Data.Span);
            Take(text, message.MessageFinished);
            return true;
        }

        private async Task<bool> ReceiveViewsAsync(CancellationToken cancellationToken)
        {
            if (!await Session.WaitToReceiveAsync(cancellationToken))
                return false;
            for (int most = _schedule.Draw(1, 4); most > 0 && Session.TryReceive(out ReceivedMessage view); most--)
            {
                ExpectStale();
                // The session may read on without a receiver that stays away.
                if (_schedule.Chance(20))
                    await _schedule.PauseAsync();
                Take(view.Kind == Opcode.Text ? view.Text : Encoding.UTF8.GetString(view.Bytes.Span), view.MessageFinished);
                _lastView = view;
                _schedule.Views++;
            }

            return true;
        }

        /// <summary>Reads a stream to its end, or to where it is given up.</summary>
        private async Task<bool> ReceiveStreamAsync(CancellationToken cancellationToken)
        {
            WsMessageStream? stream = await Session.ReceiveStreamAsync(cancellationToken);
            _isToSkip = false;
            if (stream is null)
                return false;
            ExpectStale();
            _begun = new StringBuilder();
            byte[] buffer = new byte[_schedule.Pick(1, 30, 1000)];
            while (!_schedule.Chance(3))
            {
                try
                {
                    CancellationTokenSource cancellation = Cancellation();
                    int count = await stream.ReadAsync(buffer, cancellation.Token);
                    Take(Encoding.UTF8.GetString(buffer, 0, count), isLast: count == 0);
                    if (count > 0)
                        continue;
                    lock (_schedule._lock)
                        _schedule.Streams++;
                    return true;
                }
                catch (OperationCanceledException)
                {
                    await RestAsync();
                }
                catch (WsClosedException)
                {
                    // It will have no end.
                    _begun = null;
                    return true;
                }
            }

            _received.Add(new Received(_begun.ToString(), IsWhole: false));
            _schedule.Note($"{_name} gives up {_begun}");
            _begun = null;
            _isToSkip = true;
            _lastStream = stream;
            return true;
        }

        private void Take(string text, bool isLast)
        {
            _begun = (_begun ?? new StringBuilder()).Append(text);
            if (!isLast)
                return;
            _received.Add(new Received(_begun.ToString(), IsWhole: true));
            _begun = null;
            _schedule.Received++;
            _schedule.Note($"{_name} received {_received[^1]}");
        }

        /// <summary>Whatever the last receive gave is refused after the next one.</summary>
        private void ExpectStale()
        {
            if (_lastView is { } view)
            {
                Expect(IsRefused(() => _ = view.Bytes) && IsRefused(() => _ = view.Text), $"{_name} used a view of an earlier receive");
                _schedule.Stale++;
            }

            if (_lastStream is { } stream)
            {
                // It has bytes left, or waits for them, or was at its end.
                ValueTask<int> reading = stream.ReadAsync(new byte[1]);
                Expect(
                    reading.IsCompleted && (reading.IsFaulted || reading.Result == 0),
                    $"{_name} read a stream of an earlier receive");
                _schedule.Stale++;
            }

            (_lastView, _lastStream) = (null, null);
        }

        private static bool IsRefused(Action use)
        {
            try
            {
                use();
                return false;
            }
            catch (InvalidOperationException)
            {
                return true;
            }
        }

        /// <summary>Each message is the one that came at its place, or begins it where it was given up.</summary>
        private bool HasReceivedTheBeginningOf(string[] came)
        {
            // The last that was given up may have had no end.
            bool hasNoEnd = _received.Count > came.Length && !_received[^1].IsWhole;
            return _received.Count - (hasNoEnd ? 1 : 0) <= came.Length
                && _received.Zip(came).All(pair => pair.First.IsWhole
                    ? pair.First.Text == pair.Second
                    : pair.Second.StartsWith(pair.First.Text, StringComparison.Ordinal));
        }
    }
}
