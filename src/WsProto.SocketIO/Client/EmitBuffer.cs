using System;
using System.Collections.Generic;

namespace WsProto.SocketIO;

/// <summary>Counts the emits that wait in all namespaces of a client, and finds the one that is due next.</summary>
internal sealed class EmitBuffer(SocketIOClientConnectionOptions options)
{
    private readonly SortedSet<SocketIOEmit> _deadlines = new(Comparer<SocketIOEmit>.Create(
        static (left, right) => (left.Deadline, left.Serial).CompareTo((right.Deadline, right.Serial))));

    internal int Count { get; private set; }

    internal long Bytes { get; private set; }

    internal TimeSpan? NextDeadline => _deadlines.Min?.Deadline;

    internal bool HasRoomFor(SocketIOEmit emit) => Count < options.MaxBufferedEmits && Bytes + emit.Size <= options.MaxBufferedBytes;

    internal void Add(LinkedList<SocketIOEmit> list, SocketIOEmit emit)
    {
        emit.Place = list.AddLast(emit);
        Count++;
        Bytes += emit.Size;
    }

    /// <summary>Removes an emit if it waits.</summary>
    internal void Remove(SocketIOEmit emit)
    {
        if (emit.Place is not { } place)
            return;
        place.List!.Remove(place);
        emit.Place = null;
        Count--;
        Bytes -= emit.Size;
    }

    internal void SetDeadline(SocketIOEmit emit, TimeSpan? deadline)
    {
        if (emit.Deadline is not null)
            _deadlines.Remove(emit);
        emit.Deadline = deadline;
        if (deadline is not null)
            _deadlines.Add(emit);
    }

    internal SocketIOEmit? FindDue(TimeSpan now) => _deadlines.Min is { } first && first.Deadline!.Value <= now ? first : null;
}
