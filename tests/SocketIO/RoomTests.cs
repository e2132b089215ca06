using FsCheck;
using FsCheck.Fluent;
using WsProto.Testing;

namespace WsProto.SocketIO.Tests;

public class RoomTests
{
    private static readonly string[] _names = ["a", "b", "c", "d"];

    private readonly SocketIORooms<string> _rooms = new();

    [Fact]
    public void Members_join_and_leave()
    {
        Assert.True(_rooms.Add("ann"));
        Assert.False(_rooms.Add("ann"));
        Assert.True(_rooms.Join("ann", "red"));
        Assert.True(_rooms.Join("ann", "red"));
        Assert.Equal(["red"], _rooms.RoomsOf("ann"));
        Assert.Equal(["red"], _rooms.Rooms);
        Assert.True(_rooms.Leave("ann", "red"));
        Assert.False(_rooms.Leave("ann", "red"));
        Assert.Equal(0, _rooms.RoomCount);
        Assert.Equal(1, _rooms.MemberCount);
    }

    [Fact]
    [Trait("Demand", "Q23")]
    public void Who_has_left_joins_nothing_and_leaves_nothing_behind()
    {
        _rooms.Add("ann");
        _rooms.Join("ann", "red");
        Assert.True(_rooms.Remove("ann"));
        Assert.False(_rooms.Remove("ann"));
        Assert.False(_rooms.Join("ann", "red"));
        Assert.False(_rooms.Leave("ann", "red"));
        Assert.Empty(_rooms.RoomsOf("ann"));
        Assert.Equal((0, 0), (_rooms.MemberCount, _rooms.RoomCount));
    }

    /// <summary>The oracle is a list of pairs.</summary>
    [Fact]
    public void Selection_is_that_of_a_list_of_pairs() =>
        Law.Holds(
            Arb.From(
                from steps in Gen.Choose(0, 1000).ListOf()
                from rooms in Gen.SubListOf(_names)
                from except in Gen.SubListOf(_names)
                select (steps, rooms, except)),
            1_000,
            example =>
            {
                var rooms = new SocketIORooms<string>();
                var members = new HashSet<string>();
                var pairs = new HashSet<(string Member, string Room)>();
                foreach (int step in example.steps)
                {
                    string member = $"m{step % 5}";
                    string room = _names[step / 5 % 4];
                    switch (step / 20 % 4)
                    {
                        case 0:
                            Assert.Equal(members.Add(member), rooms.Add(member));
                            break;
                        case 1:
                            Assert.Equal(members.Contains(member), rooms.Join(member, room));
                            if (members.Contains(member))
                                pairs.Add((member, room));
                            break;
                        case 2:
                            Assert.Equal(pairs.Remove((member, room)), rooms.Leave(member, room));
                            break;
                        default:
                            Assert.Equal(members.Remove(member), rooms.Remove(member));
                            pairs.RemoveWhere(pair => pair.Member == member);
                            break;
                    }
                }

                Assert.Equal(members.Count, rooms.MemberCount);
                Assert.Equal(pairs.Select(pair => pair.Room).Distinct().Order(), rooms.Rooms.Order());
                IEnumerable<string> expected = members
                    .Where(member => example.rooms.Count == 0 || example.rooms.Any(room => pairs.Contains((member, room))))
                    .Where(member => !example.except.Any(room => pairs.Contains((member, room))));
                Assert.Equal(expected.Order(), rooms.Select([.. example.rooms], [.. example.except]).Order());
            });
}
