// The members of rooms. A room exists as long as it has members. A member that was removed is in no room and cannot join one.

using System;
using System.Collections.Generic;

namespace WsProto.SocketIO;

/// <summary>The members of a namespace and their rooms.</summary>
/// <typeparam name="T">The type of a member.</typeparam>
/// <remarks>Not thread-safe.</remarks>
public sealed class SocketIORooms<T>
    where T : class
{
    private readonly Dictionary<T, HashSet<string>> _members = [];
    private readonly Dictionary<string, HashSet<T>> _rooms = new(StringComparer.Ordinal);

    /// <summary>The number of members.</summary>
    public int MemberCount => _members.Count;

    /// <summary>The number of rooms, including those that are named by the id of a member.</summary>
    public int RoomCount => _rooms.Count;

    /// <summary>The rooms that have members.</summary>
    public IReadOnlyCollection<string> Rooms => _rooms.Keys;

    /// <summary>Adds a member, which is in no room.</summary>
    /// <param name="member">The member.</param>
    /// <returns>False if it was added before.</returns>
    public bool Add(T member) => _members.TryAdd(member, []);

    /// <summary>Removes a member from all rooms and from the namespace.</summary>
    /// <param name="member">The member.</param>
    /// <returns>False if it is not a member.</returns>
    public bool Remove(T member)
    {
        if (!_members.Remove(member, out HashSet<string>? rooms))
            return false;
        foreach (string room in rooms)
            RemoveFrom(room, member);
        return true;
    }

    /// <summary>Adds a member to a room.</summary>
    /// <param name="member">The member.</param>
    /// <param name="room">The room.</param>
    /// <returns>False if it is not a member of the namespace; then nothing has changed.</returns>
    public bool Join(T member, string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        if (!_members.TryGetValue(member, out HashSet<string>? rooms))
            return false;
        if (!rooms.Add(room))
            return true;
        if (!_rooms.TryGetValue(room, out HashSet<T>? members))
            _rooms.Add(room, members = []);
        members.Add(member);
        return true;
    }

    /// <summary>Removes a member from a room.</summary>
    /// <param name="member">The member.</param>
    /// <param name="room">The room.</param>
    /// <returns>False if it was not in the room.</returns>
    public bool Leave(T member, string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        if (!_members.TryGetValue(member, out HashSet<string>? rooms) || !rooms.Remove(room))
            return false;
        RemoveFrom(room, member);
        return true;
    }

    /// <summary>Gets the rooms of a member.</summary>
    /// <param name="member">The member.</param>
    /// <returns>A copy of the list; empty if it is not a member.</returns>
    public IReadOnlyCollection<string> RoomsOf(T member) => _members.TryGetValue(member, out HashSet<string>? rooms) ? [.. rooms] : [];

    /// <summary>Selects the members in at least one of some rooms, except those in others. Each occurs once.</summary>
    /// <param name="rooms">The rooms; empty for all members.</param>
    /// <param name="except">The rooms whose members are left out.</param>
    /// <returns>The members.</returns>
    public IReadOnlyList<T> Select(IReadOnlyCollection<string> rooms, IReadOnlyCollection<string> except)
    {
        ArgumentNullException.ThrowIfNull(rooms);
        ArgumentNullException.ThrowIfNull(except);
        var selected = new List<T>();
        if (rooms.Count == 0)
        {
            selected.AddRange(_members.Keys);
        }
        else
        {
            HashSet<T>? seen = rooms.Count > 1 ? [] : null;
            foreach (string room in rooms)
            {
                if (!_rooms.TryGetValue(room, out HashSet<T>? members))
                    continue;
                foreach (T member in members)
                {
                    if (seen?.Add(member) != false)
                        selected.Add(member);
                }
            }
        }

        if (except.Count > 0)
            selected.RemoveAll(IsExcepted);
        return selected;

        bool IsExcepted(T member)
        {
            foreach (string room in except)
            {
                if (_members[member].Contains(room))
                    return true;
            }

            return false;
        }
    }

    private void RemoveFrom(string room, T member)
    {
        HashSet<T> members = _rooms[room];
        members.Remove(member);
        if (members.Count == 0)
            _rooms.Remove(room);
    }
}
