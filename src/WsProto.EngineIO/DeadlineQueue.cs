// The sessions ordered by deadline: a binary heap. Each session is in it at most once and knows its index, so that it can be moved or
// removed.

using System;
using System.Collections.Generic;

namespace WsProto.EngineIO;

internal sealed class DeadlineQueue
{
    internal const int NotQueued = -1;

    private readonly List<(TimeSpan Deadline, EngineIOSession Session)> _heap = [];

    internal int Count => _heap.Count;

    /// <summary>The earliest deadline; null if the queue is empty.</summary>
    internal TimeSpan? Next => _heap.Count == 0 ? null : _heap[0].Deadline;

    /// <summary>Adds a session, or changes its deadline.</summary>
    internal void Set(EngineIOSession session, TimeSpan deadline)
    {
        if (session.QueuePlace == NotQueued)
        {
            session.QueuePlace = _heap.Count;
            _heap.Add((deadline, session));
        }

        _heap[session.QueuePlace] = (deadline, session);
        Settle(session.QueuePlace);
    }

    /// <summary>Removes a session if it is in the queue.</summary>
    internal void Remove(EngineIOSession session)
    {
        int place = session.QueuePlace;
        if (place == NotQueued)
            return;
        session.QueuePlace = NotQueued;
        int last = _heap.Count - 1;
        (TimeSpan, EngineIOSession Session) moved = _heap[last];
        _heap.RemoveAt(last);
        if (place == last)
            return;
        _heap[place] = moved;
        moved.Session.QueuePlace = place;
        Settle(place);
    }

    /// <summary>Removes the session with the earliest deadline and returns it. The queue must not be empty.</summary>
    internal EngineIOSession Take()
    {
        EngineIOSession session = _heap[0].Session;
        Remove(session);
        return session;
    }

    private void Settle(int place)
    {
        while (place > 0 && _heap[place].Deadline < _heap[(place - 1) / 2].Deadline)
            place = Swap(place, (place - 1) / 2);
        while (true)
        {
            int child = (2 * place) + 1;
            if (child + 1 < _heap.Count && _heap[child + 1].Deadline < _heap[child].Deadline)
                child++;
            if (child >= _heap.Count || _heap[place].Deadline <= _heap[child].Deadline)
                return;
            place = Swap(place, child);
        }
    }

    private int Swap(int from, int to)
    {
        (_heap[from], _heap[to]) = (_heap[to], _heap[from]);
        _heap[from].Session.QueuePlace = from;
        _heap[to].Session.QueuePlace = to;
        return to;
    }
}
