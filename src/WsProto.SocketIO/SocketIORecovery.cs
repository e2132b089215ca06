// Events are numbered in the order in which they are sent. A client gets the number of each as a last argument, its offset, and sends the
// last one when it connects again. It has missed the events with a higher number that went to one of its rooms and are still kept.
//
// Whether the client has missed an event that is no longer kept cannot be known from the event. But the number of the last event that was
// sent to the client is known. If that is the one that it has received, it has missed nothing that was sent before it was lost, however
// long ago that was.

using System;
using System.Collections.Generic;
using System.Globalization;
using WsProto.EngineIO;

namespace WsProto.SocketIO;

/// <summary>
/// Keeps the events of a namespace and the state of lost clients, so that they can recover (Socket.IO, "Connection state recovery").
/// </summary>
/// <typeparam name="T">The state of a lost client.</typeparam>
/// <remarks>Not thread-safe.</remarks>
public sealed class SocketIORecovery<T>
    where T : class
{
    /// <summary>The memory of a kept event in addition to its packets, in bytes.</summary>
    private const int EntryCost = 128;

    /// <summary>
    /// How much longer events are kept than clients: an event may have been sent before the loss was noticed, and not have arrived.
    /// </summary>
    private static readonly TimeSpan _margin = TimeSpan.FromMinutes(2);

    private readonly SocketIORecoveryOptions _options;
    private readonly string _epoch;
    private readonly Queue<Entry> _entries = new();
    private readonly Dictionary<string, (LinkedListNode<string> Place, TimeSpan Until, T State)> _lost = new(StringComparer.Ordinal);
    private readonly LinkedList<string> _order = [];
    private long _bytes;

    /// <summary>The highest number of an event that is no longer kept.</summary>
    private long _purged;

    /// <summary>The highest number of an event that was dropped for lack of room, before its time.</summary>
    private long _dropped;

    /// <summary>Creates an instance without events and clients.</summary>
    /// <param name="options">The limits; null for the defaults.</param>
    /// <param name="epoch">Identifies this instance: the offsets of another one are not accepted. It must not contain a dot.</param>
    /// <exception cref="ArgumentException"><paramref name="epoch"/> contains a dot.</exception>
    public SocketIORecovery(SocketIORecoveryOptions? options, string epoch)
    {
        ArgumentNullException.ThrowIfNull(epoch);
        if (epoch.Contains('.', StringComparison.Ordinal))
            throw new ArgumentException("The epoch must not contain a dot.", nameof(epoch));
        _options = options ?? new();
        _epoch = epoch;
    }

    /// <summary>The number of the last event; 0 before the first.</summary>
    public long LastNumber { get; private set; }

    /// <summary>The number of lost clients that are kept.</summary>
    public int LostCount => _lost.Count;

    /// <summary>The number of events that are kept.</summary>
    public int EventCount => _entries.Count;

    /// <summary>Gets the offset of an event, for its last argument.</summary>
    /// <param name="number">The number of the event.</param>
    /// <returns>The offset.</returns>
    public string OffsetOf(long number) => string.Create(CultureInfo.InvariantCulture, $"{_epoch}.{number}");

    /// <summary>Gets the number of an event by its offset.</summary>
    /// <param name="offset">The offset, as a client sent it.</param>
    /// <returns>The number; null if the offset is not from this instance.</returns>
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

    /// <summary>Keeps an event that is about to be sent. Its number is <see cref="LastNumber"/> + 1.</summary>
    /// <param name="packets">The event, with its offset.</param>
    /// <param name="rooms">The rooms that it is sent to; empty for all clients.</param>
    /// <param name="except">The rooms whose clients are left out.</param>
    /// <param name="now">The current time.</param>
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

    /// <summary>Keeps the state of a lost client.</summary>
    /// <param name="pid">The secret with which it can recover.</param>
    /// <param name="state">The state.</param>
    /// <param name="now">The current time.</param>
    public void Lose(string pid, T state, TimeSpan now)
    {
        Forget(pid);
        _lost.Add(pid, (_order.AddLast(pid), now + _options.MaxDuration, state));
        Purge(now);
        if (_lost.Count > _options.MaxLost)
            Forget(_order.First!.Value);
    }

    /// <summary>Finds the state of a lost client.</summary>
    /// <param name="pid">The secret that the client sent.</param>
    /// <param name="now">The current time.</param>
    /// <returns>The state; null if there is none, or it has expired.</returns>
    public T? Find(string pid, TimeSpan now)
    {
        Purge(now);
        return _lost.TryGetValue(pid, out (LinkedListNode<string>, TimeSpan, T State) lost) ? lost.State : null;
    }

    /// <summary>Removes a lost client, because it has recovered or cannot recover.</summary>
    /// <param name="pid">Its secret.</param>
    public void Forget(string pid)
    {
        if (_lost.Remove(pid, out (LinkedListNode<string> Place, TimeSpan, T) lost))
            _order.Remove(lost.Place);
    }

    /// <summary>Gets the events that a client has missed, in order.</summary>
    /// <param name="received">The number of the last event that it received.</param>
    /// <param name="sent">The number of the last event that was sent to it.</param>
    /// <param name="rooms">The rooms that it was in.</param>
    /// <param name="last">The number of the last event that it has received once it has these too.</param>
    /// <returns>The events; null if they are no longer known.</returns>
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
