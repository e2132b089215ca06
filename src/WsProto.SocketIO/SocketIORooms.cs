// Who is in which room. A room is there as long as somebody is in it; who has left is in none, and cannot join any more.

using System;
using System.Collections.Generic;

namespace WsProto.SocketIO;

/// <summary>The members of a namespace and their rooms.</summary>
/// <typeparam name="T">A member.</typeparam>
/// <remarks>Not safe for concurrent use.</remarks>
public sealed class SocketIORooms<T>
    where T : class
{
    private readonly Dictionary<T, HashSet<string>> _members = [];
    private readonly Dictionary<string, HashSet<T>> _rooms = new(StringComparer.Ordinal);

    /// <summary>How many members there are.</summary>
    public int MemberCount => _members.Count;

    /// <summary>How many rooms there are, those that members are named by included.</summary>
    public int RoomCount => _rooms.Count;

    /// <summary>The rooms that have members.</summary>
    public IReadOnlyCollection<string> Rooms => _rooms.Keys;

    /// <summary>Somebody is there from now on, in no room.</summary>
    /// <param name="member">The member.</param>
    /// <returns>False if it was there already.</returns>
    public bool Add(T member) => _members.TryAdd(member, []);

    /// <summary>Somebody is gone, from all rooms.</summary>
    /// <param name="member">The member.</param>
    /// <returns>False if it was not there.</returns>
    public bool Remove(T member)
    {
        if (!_members.Remove(member, out HashSet<string>? rooms))
            return false;
        foreach (string room in rooms)
            RemoveFrom(room, member);
        return true;
    }

    /// <summary>A member joins a room.</summary>
    /// <param name="member">The member.</param>
    /// <param name="room">The room.</param>
    /// <returns>False if it is not there, or not any more; then nothing has changed.</returns>
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

    /// <summary>A member leaves a room.</summary>
    /// <param name="member">The member.</param>
    /// <param name="room">The room.</param>
    /// <returns>False if it was not in it.</returns>
    public bool Leave(T member, string room)
    {
        ArgumentNullException.ThrowIfNull(room);
        if (!_members.TryGetValue(member, out HashSet<string>? rooms) || !rooms.Remove(room))
            return false;
        RemoveFrom(room, member);
        return true;
    }

    /// <summary>The rooms that a member is in.</summary>
    /// <param name="member">The member.</param>
    public IReadOnlyCollection<string> RoomsOf(T member) => _members.TryGetValue(member, out HashSet<string>? rooms) ? [.. rooms] : [];

    /// <summary>Everybody who is in one of some rooms and in none of some others, each once.</summary>
    /// <param name="rooms">The rooms; empty for everybody.</param>
    /// <param name="except">The others.</param>
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
