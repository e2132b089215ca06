using System.Text;
using WsProto.EngineIO;

namespace WsProto.SocketIO.Tests;

/// <summary>What a client that comes back has missed, on made-up time.</summary>
public class RecoveryTests
{
    private readonly SocketIORecovery<string> _recovery = new(options: null, "e");

    [Fact]
    public void Missed_is_what_has_a_higher_number_and_went_to_a_room_of_the_client()
    {
        Keep("1");
        Keep("2", rooms: ["red"]);
        Keep("3", rooms: ["blue", "green"]);
        Keep("4", except: ["red"]);
        Keep("5", rooms: ["red", "blue"], except: ["muted"]);
        Assert.Equal(["1", "2", "5"], Missed(0, 0, "red"));
        Assert.Equal(["2", "5"], Missed(1, 1, "red"));
        Assert.Equal(["1", "3", "4", "5"], Missed(0, 0, "blue"));
        Assert.Equal(["3", "4"], Missed(2, 5, "blue", "muted"));
        Assert.Equal(["1", "4"], Missed(0, 0));
        Assert.Equal([], Missed(5, 5, "red"));
        _recovery.Missed(1, 5, new HashSet<string>(), out long last);
        Assert.Equal(4, last);
        _recovery.Missed(4, 5, new HashSet<string>(), out last);
        Assert.Equal(4, last);
    }

    [Fact]
    public void Offsets_are_those_of_one_beginning()
    {
        Assert.Equal(0, _recovery.NumberOf("e.0"));
        Keep("1");
        Assert.Equal("e.1", _recovery.OffsetOf(_recovery.LastNumber));
        Assert.Equal(1, _recovery.NumberOf("e.1"));
        foreach (string wrong in new[] { "e.2", "e.-1", "e.", "e", "", "x.1", "e.1 ", "ee.1", "e1", "e.99999999999999999999" })
            Assert.Null(_recovery.NumberOf(wrong));
        Assert.Throws<ArgumentException>(() => new SocketIORecovery<string>(null, "a.b"));
    }

    [Fact]
    public void Lost_clients_are_remembered_for_two_minutes()
    {
        _recovery.Lose("p", "state", TimeSpan.Zero);
        Assert.Equal("state", _recovery.Find("p", TimeSpan.FromSeconds(120)));
        Assert.Null(_recovery.Find("x", TimeSpan.FromSeconds(120)));
        Assert.Null(_recovery.Find("p", TimeSpan.FromSeconds(120.001)));
        Assert.Equal(0, _recovery.LostCount);
        _recovery.Lose("p", "again", TimeSpan.FromSeconds(200));
        _recovery.Lose("p", "and again", TimeSpan.FromSeconds(300));
        Assert.Equal("and again", _recovery.Find("p", TimeSpan.FromSeconds(400)));
        _recovery.Forget("p");
        Assert.Null(_recovery.Find("p", TimeSpan.FromSeconds(400)));
    }

    [Fact]
    public void Lost_clients_are_limited_and_the_oldest_go_first()
    {
        var recovery = new SocketIORecovery<string>(new() { MaxLost = 2 }, "e");
        foreach (string pid in new[] { "a", "b", "c" })
            recovery.Lose(pid, pid, TimeSpan.Zero);
        Assert.Equal(
            (null, "b", "c"),
            (recovery.Find("a", TimeSpan.Zero), recovery.Find("b", TimeSpan.Zero), recovery.Find("c", TimeSpan.Zero)));
    }

    /// <summary>The reference server forgets the event of the offset, and cannot tell any more that nothing was missed.</summary>
    [Fact]
    [Trait("Demand", "Q20")]
    public void Long_silence_is_nothing_missed()
    {
        Keep("1", rooms: ["red"]);
        for (int minute = 1; minute <= 20; minute++)
            Keep("others", rooms: ["blue"], minute: minute);
        Assert.Equal(4, _recovery.EventCount - 1);
        Assert.Equal([], Missed(1, 1, "red"));
        // The client has not got what was sent to it last, and that is gone: nobody knows.
        Assert.Null(_recovery.Missed(0, 1, new HashSet<string>(), out _));
    }

    [Fact]
    public void What_had_no_room_may_have_been_missed()
    {
        var recovery = new SocketIORecovery<string>(new() { MaxBytes = 1000 }, "e");
        recovery.Keep([Packet.Text("a")], [], [], TimeSpan.Zero);
        for (int i = 0; i < 100; i++)
            recovery.Keep([Packet.Text("b")], ["others"], [], TimeSpan.Zero);
        Assert.Equal(7, recovery.EventCount);
        Assert.Null(recovery.Missed(1, 1, new HashSet<string>(), out _));
        Assert.Empty(recovery.Missed(94, 94, new HashSet<string>(), out _)!);
        Assert.Equal(7, recovery.Missed(94, 94, new HashSet<string> { "others" }, out _)!.Count);
    }

    [Fact]
    public void Limits_are_checked()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIORecoveryOptions { MaxDuration = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIORecoveryOptions { MaxDuration = TimeSpan.FromDays(2) });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIORecoveryOptions { MaxBytes = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SocketIORecoveryOptions { MaxLost = 0 });
        Assert.Equal(TimeSpan.FromSeconds(1), new SocketIORecoveryOptions { MaxDuration = TimeSpan.FromSeconds(1) }.MaxDuration);
    }

    private void Keep(string text, string[]? rooms = null, string[]? except = null, int minute = 0) =>
        _recovery.Keep([Packet.Text(text)], rooms ?? [], except ?? [], TimeSpan.FromMinutes(minute));

    private IEnumerable<string>? Missed(long received, long sent, params string[] rooms) =>
        _recovery.Missed(received, sent, rooms.ToHashSet(), out _)?.Select(packets => Encoding.UTF8.GetString(packets[0].Data.Span));
}
