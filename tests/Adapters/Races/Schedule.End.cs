using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests.Races;

internal sealed partial class Schedule
{
    /// <summary>One of the two sessions and those who use it.</summary>
    private sealed partial class End
    {
        private readonly Schedule _schedule;
        private readonly string _name;
        private readonly TransportPair _pair;
        private readonly List<string> _accepted = [];
        private readonly List<string> _uncertain = [];
        private bool _dropsOnClose;

        internal End(
            Schedule schedule, string name, ConnectionRole role, WsTransport transport, TransportPair pair, WsSessionOptions options)
        {
            (_schedule, _name, _pair) = (schedule, name, pair);
            Session = WsSession.FromEstablished(transport, WsConnection.Established(role, options: options.Connection), options);
        }

        internal WsSession Session { get; }

        public override string ToString() =>
            $"{_name} {Session.State} {Session.CloseCause} {Session.BufferedBytes} buffered "
            + $"{(Session.Completion.IsCompleted ? "ended" : "")}";

        internal IEnumerable<Task> Start()
        {
            yield return ReceiveAsync();
            int senders = _schedule.Draw(1, 5);
            for (int i = 0; i < senders; i++)
                yield return SendAsync(i);
            if (_schedule.Chance(70))
                yield return PingAsync();
            if (_schedule.Chance(20))
                yield return SendPiecesAsync();
            if (_schedule.Chance(30))
                yield return SendStreamsAsync();
            yield return CloseAsync();
        }

        /// <summary>A token that is cancelled at some time, or never.</summary>
        private CancellationTokenSource Cancellation()
        {
            if (!_schedule.Chance(30))
                return new CancellationTokenSource();
            int after = _schedule.Pick(0, 1, 5, 40);
            return after > 0
                ? new CancellationTokenSource(TimeSpan.FromMilliseconds(after), _schedule._time)
                : CancelSoon();
        }

        private static CancellationTokenSource CancelSoon()
        {
            var source = new CancellationTokenSource();
            ThreadPool.UnsafeQueueUserWorkItem(static s => s.Cancel(), source, preferLocal: false);
            return source;
        }

        private async Task SendAsync(int sender)
        {
            for (int i = 0; i < 12; i++)
            {
                await _schedule.PauseAsync();
                string text = $"{sender}.{i}." + new string((char)('a' + sender), _schedule.Pick(0, 1, 130, 300));
                try
                {
                    CancellationTokenSource cancellation = Cancellation();
                    lock (_schedule._lock)
                        _uncertain.Add(text);
                    await (_schedule.Chance(50)
                        ? Session.SendAsync(text, cancellation.Token)
                        : Session.SendAsync(Encoding.UTF8.GetBytes(text), cancellation.Token));
                    Accept(text);
                }
                catch (OperationCanceledException)
                {
                    Refuse(text, "cancelled");
                    _schedule.Cancelled++;
                }
                catch (WsClosedException e)
                {
                    Refuse(text, $"closed {e.Cause}");
                    return;
                }
            }
        }

        /// <summary>A message in three pieces. Whoever begins one has to finish it, so nothing is cancelled here.</summary>
        private async Task SendPiecesAsync()
        {
            string text = "9.0.pieces";
            lock (_schedule._lock)
                _uncertain.Add(text);
            try
            {
                for (int i = 0; i < 3; i++)
                {
                    await _schedule.PauseAsync();
                    await Session.SendAsync(new TextMessage(i < 2 ? text[(4 * i)..((4 * i) + 4)] : text[8..]) { MessageFinished = i == 2 });
                }

                Accept(text);
            }
            catch (WsClosedException e)
            {
                Refuse(text, $"closed {e.Cause}");
            }
        }

        /// <summary>Messages that are written as streams, cancelled or given up anywhere.</summary>
        private async Task SendStreamsAsync()
        {
            for (int i = 0; i < 4; i++)
            {
                await _schedule.PauseAsync();
                string text = $"8.{i}." + new string('s', _schedule.Pick(0, 1, 60, 300));
                lock (_schedule._lock)
                    _uncertain.Add(text);
                try
                {
                    CancellationTokenSource cancellation = Cancellation();
                    await Session.SendStreamAsync(Opcode.Text, (stream, stop) => WriteAsync(stream, text, stop), cancellation.Token);
                    Accept(text);
                    lock (_schedule._lock)
                        _schedule.Streams++;
                }
                catch (Exception e) when (e is OperationCanceledException or InvalidDataException)
                {
                    // What had begun to go out has closed the session.
                    _dropsOnClose = true;
                    Refuse(text, "gave up");
                    _schedule.Cancelled++;
                }
                catch (WsClosedException e)
                {
                    Refuse(text, $"closed {e.Cause}");
                    return;
                }
            }
        }

        private async Task WriteAsync(Stream stream, string text, CancellationToken stop)
        {
            byte[] data = Encoding.UTF8.GetBytes(text);
            int most = _schedule.Pick(1, 30, 1000);
            for (int at = 0; at < data.Length; at += most)
            {
                await stream.WriteAsync(data.AsMemory(at, Math.Min(most, data.Length - at)), stop);
                if (_schedule.Chance(20))
                    await stream.FlushAsync(stop);
                if (_schedule.Chance(10))
                    await _schedule.PauseAsync();
                if (_schedule.Chance(1))
                    throw new InvalidDataException("Given up.");
            }
        }

        private void Accept(string text)
        {
            lock (_schedule._lock)
            {
                _uncertain.Remove(text);
                _accepted.Add(text);
                _schedule.Sent++;
            }

            _schedule.Note($"{_name} sent {text}");
        }

        private void Refuse(string text, string why)
        {
            lock (_schedule._lock)
                _uncertain.Remove(text);
            _schedule.Note($"{_name} {why}, not sent {text}");
        }

        private async Task PingAsync()
        {
            for (int i = 0; i < 6; i++)
            {
                await _schedule.PauseAsync();
                try
                {
                    CancellationTokenSource cancellation = Cancellation();
                    TimeSpan time = await Session.PingAsync(default, cancellation.Token);
                    _schedule.Note($"{_name} pong after {time}");
                }
                catch (Exception e) when (e is OperationCanceledException or TimeoutException)
                {
                    _schedule.Cancelled++;
                }
                catch (WsClosedException)
                {
                    return;
                }
            }
        }

        private async Task CloseAsync()
        {
            await Task.Delay(TimeSpan.FromMilliseconds(_schedule.Pick(0, 1, 20, 200, 200, 2000, 2000, 30_000)), _schedule._time);
            int way = _schedule.Draw(0, 10);
            _schedule.Note($"{_name} closes, way {way}");
            // Who closes drops what comes beyond the backlog.
            _dropsOnClose = true;
            try
            {
                switch (way)
                {
                    case 0:
                        Session.Abort();
                        break;
                    case 1:
                        await Session.DisposeAsync();
                        break;
                    case 2:
                        await _pair.BreakAsync();
                        break;
                    case 3:
                        await Session.SendAsync(new CloseConnection(CloseCode.GoingAway));
                        break;
                    case 4:
                        await Task.WhenAll(Session.CloseAsync((CloseCode)4001).AsTask(), Session.CloseAsync((CloseCode)4002).AsTask());
                        break;
                    default:
                        CancellationTokenSource cancellation = Cancellation();
                        await Session.CloseAsync((CloseCode)4000, "done", cancellation.Token);
                        break;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or WsClosedException)
            {
            }

            _schedule.Note($"{_name} closed");
        }

        /// <param name="written">What this end wrote.</param>
        /// <param name="arriving">What the other end wrote.</param>
        /// <param name="other">The other end.</param>
        internal void Check(WireReader written, WireReader arriving, End other)
        {
            Expect(written.Error is null, $"{_name} wrote {written.Error}");
            Expect(Session.Closed is not null && Session.CloseCause is not null, $"{_name} does not know how it was closed");
            Expect(Session.BufferedBytes == 0, $"{_name} has {Session.BufferedBytes} bytes buffered");
            string[] wire = [.. written.Messages.Select(message => Encoding.UTF8.GetString(message.Payload))];
            Expect(wire.Distinct().Count() == wire.Length, $"{_name} wrote a message twice");
            foreach (IGrouping<char, string> each in wire.GroupBy(text => text[0]))
                Expect(each.Select(Number).SequenceEqual(each.Select(Number).Order()), $"{_name} changed the order of sender {each.Key}");
            Expect(!wire.Except(_accepted).Any(), $"{_name} wrote what it said it had not: {string.Join(", ", wire.Except(_accepted))}");
            // Whole closing handshake: all that was accepted went out.
            if (written.HasClosed)
                Expect(!_accepted.Except(wire).Any(), $"{_name} lost {string.Join(", ", _accepted.Except(wire))}");
            string[] came = [.. arriving.Messages.Select(message => Encoding.UTF8.GetString(message.Payload))];
            Expect(
                HasReceivedTheBeginningOf(came),
                $"{_name} received {string.Join(", ", _received)} of {string.Join(", ", came)}");
            if (Session.Closed!.Code != CloseCode.AbnormalClosure && !_dropsOnClose)
                Expect(_received.Count == came.Length, $"{_name} received {_received.Count} of {came.Length} messages before the close");
            if (Session.ClosedCleanly)
                Expect(written.HasClosed && arriving.HasClosed, $"{_name} closed cleanly without two Closes ({other})");
        }

        private static int Number(string text) => int.Parse(text.Split('.')[1], CultureInfo.InvariantCulture);
    }
}
