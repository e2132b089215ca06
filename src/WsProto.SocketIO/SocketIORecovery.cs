// Events are numbered in the order in which they are sent. A client gets the number of each as a last argument, its offset, and brings the
// last one with it when it comes back. What it has missed is then what has a higher number, went to a room that it was in, and is still
// kept.
//
// Whether an event that is not kept any more has been missed cannot be seen from the event. But the number of the last event that was sent
// to the client is known: if that is the one which it has got, then it has missed nothing that was sent before its loss, however old that
// is.

using System;
using System.Collections.Generic;
using System.Globalization;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>
/// What was sent in a namespace, and who was lost, so that clients come back to what they were (Socket.IO, "Connection state recovery").
/// </summary>
/// <typeparam name="T">What is kept of a lost client.</typeparam>
/// <remarks>Not safe for concurrent use.</remarks>
public sealed class SocketIORecovery<T>
    where T : class
{
    /// <summary>What a kept event takes beside its bytes.</summary>
    private const int EntryCost = 128;

    /// <summary>Events are kept longer than clients: one may have been sent before the loss was noticed, and not have arrived.</summary>
    private static readonly TimeSpan _margin = TimeSpan.FromMinutes(2);

    private readonly SocketIORecoveryOptions _options;
    private readonly string _epoch;
    private readonly Queue<Entry> _entries = new();
    private readonly Dictionary<string, (LinkedListNode<string> Place, TimeSpan Until, T State)> _lost = new(StringComparer.Ordinal);
    private readonly LinkedList<string> _order = [];
    private long _bytes;

    /// <summary>The highest number of those that are not kept any more.</summary>
    private long _purged;

    /// <summary>The highest number of those that would be kept, if there was room.</summary>
    private long _dropped;

    /// <summary>Begins with nothing.</summary>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="epoch">Names this beginning: no client's offset of another one counts here. No dot may be in it.</param>
    public SocketIORecovery(SocketIORecoveryOptions? options, string epoch)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        if (epoch.Contains('.', StringComparison.Ordinal))
            throw new ArgumentException("No dot may be in it.", nameof(epoch));
        _options = options ?? new();
        _epoch = epoch;
    }

    /// <summary>The number of the last event; 0 before the first.</summary>
    public long LastNumber { get; private set; }

    /// <summary>How many lost clients are remembered.</summary>
    public int LostCount => _lost.Count;

    /// <summary>How many events are kept.</summary>
    public int EventCount => _entries.Count;

    /// <summary>The offset of an event, for its last argument.</summary>
    /// <param name="number">The number of the event.</param>
    public string OffsetOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{_epoch}.{number}");

    /// <summary>The number of the event that has this offset; null if it is none of here.</summary>
    /// <param name="offset">The offset, as a client has sent it.</param>
    public long? NumberOf(string offset)
    {
        ArgumentNullException.ThrowIfNull(offset);
        if (!offset.StartsWith(_epoch, StringComparison.Ordinal) || offset.Length <= _epoch.Length || offset[_epoch.Length] != '.')
            return null;
        return long.TryParse(offset.AsSpan(_epoch.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && number <= LastNumber
            ? number
            : null;
    }

    /// <summary>Keeps an event that is about to be sent. Its number is the next after <see cref="LastNumber"/>.</summary>
    /// <param name="packets">The event, with its offset.</param>
    /// <param name="rooms">The rooms that it goes to; empty for all.</param>
    /// <param name="except">The rooms that it does not go to.</param>
    /// <param name="now">The time.</param>
    public void Keep(IReadOnlyList<Packet> packets, IReadOnlyCollection<string> rooms, IReadOnlyCollection<string> except, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(packets);
        long size = EntryCost;
        foreach (Packet packet in packets)
            size += packet.Data.Length;
        _entries.Enqueue(new Entry(++LastNumber, packets, rooms, except, now, size));
        _bytes += size;
        Purge(now);
    }

    /// <summary>A client was lost.</summary>
    /// <param name="pid">The secret by which it may come back.</param>
    /// <param name="state">What is kept of it.</param>
    /// <param name="now">The time.</param>
    public void Lose(string pid, T state, TimeSpan now)
    {
        Forget(pid);
        _lost.Add(pid, (_order.AddLast(pid), now + _options.MaxDuration, state));
        Purge(now);
        if (_lost.Count > _options.MaxLost)
            Forget(_order.First!.Value);
    }

    /// <summary>What is kept of a lost client; null if there is none, or not any more.</summary>
    /// <param name="pid">The secret that it has brought.</param>
    /// <param name="now">The time.</param>
    public T? Find(string pid, TimeSpan now)
    {
        Purge(now);
        return _lost.TryGetValue(pid, out (LinkedListNode<string>, TimeSpan, T State) lost) ? lost.State : null;
    }

    /// <summary>A lost client is back, or will never be.</summary>
    /// <param name="pid">Its secret.</param>
    public void Forget(string pid)
    {
        if (_lost.Remove(pid, out (LinkedListNode<string> Place, TimeSpan, T) lost))
            _order.Remove(lost.Place);
    }

    /// <summary>The events that a client has missed, in their order; null if that cannot be known any more.</summary>
    /// <param name="received">The number of the last event that it has got.</param>
    /// <param name="sent">The number of the last event that was sent to it.</param>
    /// <param name="rooms">The rooms that it was in.</param>
    /// <param name="last">The number of the last event that it has got when it has got these too.</param>
    public IReadOnlyList<IReadOnlyList<Packet>>? Missed(long received, long sent, IReadOnlySet<string> rooms, out long last)
    {
        ArgumentNullException.ThrowIfNull(rooms);
        last = received;
        if (received < _purged && !(received == sent && _dropped <= sent))
            return null;
        var missed = new List<IReadOnlyList<Packet>>();
        foreach (Entry entry in _entries)
        {
            if (entry.Number <= received || (entry.Rooms.Count > 0 && !rooms.Overlaps(entry.Rooms)) || rooms.Overlaps(entry.Except))
                continue;
            missed.Add(entry.Packets);
            last = entry.Number;
        }

        return missed;
    }

    private void Purge(TimeSpan now)
    {
        while (_entries.TryPeek(out Entry? oldest))
        {
            bool isOld = now - oldest.Time > _options.MaxDuration + _margin;
            if (!isOld && _bytes <= _options.MaxBytes)
                break;
            _entries.Dequeue();
            _bytes -= oldest.Size;
            _purged = oldest.Number;
            if (!isOld)
                _dropped = oldest.Number;
        }

        while (_order.First is { } first && _lost[first.Value].Until < now)
            Forget(first.Value);
    }

    private sealed record Entry(
        long Number,
        IReadOnlyList<Packet> Packets,
        IReadOnlyCollection<string> Rooms,
        IReadOnlyCollection<string> Except,
        TimeSpan Time,
        long Size);
}
