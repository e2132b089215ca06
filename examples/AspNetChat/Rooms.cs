using WsProto.Adapters;

namespace AspNetChat;

/// <summary>The rooms that somebody is in. Their number is bounded by that of sessions.</summary>
internal sealed class Rooms(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Room> _rooms = [];

    internal int Count
    {
        get
        {
            lock (_lock)
                return _rooms.Count;
        }
    }

    /// <summary>The room of that name, which is made if there is none. The caller leaves it, whatever happens.</summary>
    internal Room Enter(string name, WsSession session, string member)
    {
        lock (_lock)
        {
            if (!_rooms.TryGetValue(name, out Room? room))
                _rooms.Add(name, room = new Room(time));
            room.Add(session, member);
            return room;
        }
    }

    /// <summary>Removes a member, and the room if nobody is left.</summary>
    internal ValueTask<int> LeaveAsync(string name, Room room, WsSession session)
    {
        lock (_lock)
        {
            ValueTask<int> sending = room.LeaveAsync(session);
            if (room.IsEmpty)
                _rooms.Remove(name);
            return sending;
        }
    }
}
