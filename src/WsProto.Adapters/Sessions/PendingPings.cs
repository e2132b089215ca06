using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

/// <summary>The Pings of callers that wait for their Pongs, in the order of the wire.</summary>
/// <param name="gate">The lock that guards them. Nothing is called while it is held.</param>
internal sealed class PendingPings(Lock gate)
{
    /// <summary>Tells our own payloads from those of <see cref="KeepAlive"/>, which count from 1.</summary>
    private const ulong OwnPings = 1UL << 63;

    private readonly Lock _gate = gate;
    private List<Pending>? _pings;
    private ulong _count;

    /// <summary>8 bytes that are different each time.</summary>
    internal byte[] NextPayload()
    {
        byte[] payload = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(payload, OwnPings | Interlocked.Increment(ref _count));
        return payload;
    }

    /// <summary>Begins to wait for the answer to a Ping that is not sent yet.</summary>
    internal Pending Add(Ping ping, TimeSpan now)
    {
        var pending = new Pending(ping, now);
        lock (_gate)
            (_pings ??= []).Add(pending);
        return pending;
    }

    internal void Remove(Pending pending)
    {
        lock (_gate)
            _pings!.Remove(pending);
    }

    /// <summary>Puts a Ping where it stands on the wire, behind those that were sent before.</summary>
    internal void NoteSent(Ping ping)
    {
        lock (_gate)
        {
            int i = _pings?.FindIndex(pending => ReferenceEquals(pending.Event, ping)) ?? -1;
            if (i < 0)
                return;
            Pending sent = _pings![i];
            sent.IsSent = true;
            _pings.RemoveAt(i);
            _pings.Add(sent);
        }
    }

    /// <summary>
    /// Puts a Ping of ours behind those of callers: its Pong may be the only one that comes, and then answers theirs. The newest is enough
    /// for that.
    /// </summary>
    internal void NoteKeepAlive(Ping ping, TimeSpan now)
    {
        lock (_gate)
        {
            if (_pings?.Exists(static pending => !pending.IsKeepAlive) != true)
                return;
            _pings.RemoveAll(static pending => pending.IsKeepAlive);
            _pings.Add(new Pending(ping, now) { IsSent = true, IsKeepAlive = true });
        }
    }

    /// <summary>
    /// Completes the last Ping of that payload, and all before it: a peer may answer "only the most recently processed Ping frame" (RFC
    /// 6455 §5.5.3).
    /// </summary>
    internal void Answer(ReadOnlySpan<byte> payload, TimeSpan now)
    {
        lock (_gate)
        {
            int last = -1;
            for (int i = 0; i < (_pings?.Count ?? 0); i++)
            {
                if (_pings![i].IsSent && payload.SequenceEqual(_pings[i].Event.Payload.Span))
                    last = i;
            }

            for (int i = 0; i <= last; i++)
            {
                if (_pings![i].IsSent)
                    _pings[i].Answer.TrySetResult(now - _pings[i].CalledAt);
            }
        }
    }

    /// <summary>No Pong will come any more.</summary>
    internal void Fail(Exception exception)
    {
        lock (_gate)
        {
            foreach (Pending ping in _pings ?? [])
            {
                // One that still waits for room fails there, and nobody looks here.
                if (ping.Answer.TrySetException(exception))
                    _ = ping.Answer.Task.Exception;
            }
        }
    }

    /// <summary>One of them.</summary>
    internal sealed class Pending(Ping e, TimeSpan calledAt)
    {
        internal Ping Event { get; } = e;

        internal TimeSpan CalledAt { get; } = calledAt;

        internal bool IsSent { get; set; }

        internal bool IsKeepAlive { get; init; }

        internal TaskCompletionSource<TimeSpan> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
