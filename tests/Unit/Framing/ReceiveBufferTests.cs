
using WsProto.Framing;

namespace WsProto.Tests.Framing;

/// <summary>The bytes of a connection that have arrived: <c>Unread</c> looks, <c>Skip</c> and <c>MoveToMessage</c> take.</summary>
public class ReceiveBufferTests
{
    private readonly CountingPool _pool = new();

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_consume_at_most_zero_bytes")]
    public void Taking_zero_bytes_takes_nothing()
    {
        ReceiveBuffer buffer = Holding("xx");
        buffer.MoveToMessage(0, key: 0);
        AssertHolds(buffer, message: "", unread: "xx");
    }

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_consume_at_most_with_no_data")]
    public void A_new_buffer_has_nothing_to_take()
    {
        var buffer = new ReceiveBuffer(_pool);
        AssertHolds(buffer, message: "", unread: "");
        Assert.Equal(0, _pool.Rented);
    }

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_consume_at_most_with_sufficient_data")]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_consume_exactly_with_sufficient_data")]
    public void Taking_all_bytes_leaves_none()
    {
        ReceiveBuffer buffer = Holding("xx");
        buffer.MoveToMessage(2, key: 0);
        AssertHolds(buffer, message: "xx", unread: "");
    }

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_consume_at_most_with_more_than_sufficient_data")]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_consume_exactly_with_more_than_sufficient_data")]
    public void Taking_some_bytes_takes_the_first()
    {
        ReceiveBuffer buffer = Holding("xxyyy");
        buffer.MoveToMessage(2, key: 0);
        AssertHolds(buffer, message: "xx", unread: "yyy");
    }

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_consume_at_most_with_insufficient_data")]
    public void The_count_tells_how_many_bytes_there_are_to_take()
    {
        ReceiveBuffer buffer = Holding("xx");
        Assert.Equal(2, Math.Min(3, buffer.UnreadCount));
        buffer.MoveToMessage(2, key: 0);
        AssertHolds(buffer, message: "xx", unread: "");
    }

    [Theory]
    [BothRoles]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_consume_exactly_with_insufficient_data")]
    public void Both_wait_for_three_bytes_where_two_have_come(ConnectionRole role)
    {
        byte[] ping = Wire.FrameFor(role, Opcode.Ping, Wire.Ascii("xxy"));
        using WsConnection connection = Ends.Open(role);
        Assert.Empty(connection.Read(ping[..^1]));
        Assert.Equal([new Ping("xxy"u8.ToArray())], connection.Read(ping[^1..]));
    }

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_feed")]
    public void Taking_goes_on_with_bytes_that_came_later()
    {
        ReceiveBuffer buffer = Holding("xxx");
        buffer.MoveToMessage(3, key: 0);
        buffer.Append("yyy"u8);
        AssertHolds(buffer, message: "xxx", unread: "yyy");
        buffer.MoveToMessage(3, key: 0);
        AssertHolds(buffer, message: "xxxyyy", unread: "");
    }

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_rollback")]
    public void Looking_takes_nothing()
    {
        ReceiveBuffer buffer = Holding("xxyyy");
        Assert.Equal("xx"u8, buffer.Unread[..2]);
        Assert.Equal("xxyyy"u8, buffer.Unread);
    }

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_commit")]
    public void Bytes_that_were_passed_over_are_gone()
    {
        ReceiveBuffer buffer = Holding("xxyyy");
        buffer.Skip(2);
        AssertHolds(buffer, message: "", unread: "yyy");
    }

    [Fact]
    [Trait("wsproto", "test_frame_protocol.py::TestBuffer::test_length")]
    public void What_is_held_is_the_message_and_what_was_not_read()
    {
        ReceiveBuffer buffer = Holding("xxyyy");
        Assert.Equal((5, 5), (buffer.Held, buffer.UnreadCount));
        buffer.MoveToMessage(2, key: 0);
        Assert.Equal((5, 3), (buffer.Held, buffer.UnreadCount));
        buffer.Skip(3);
        Assert.Equal((2, 0), (buffer.Held, buffer.UnreadCount));
        buffer.DropFromMessage(2);
        Assert.Equal((0, 0), (buffer.Held, buffer.UnreadCount));
    }

    [Theory]
    [InlineData("aa", true)]
    [InlineData("", true)]
    [InlineData("é", false)]
    public void What_was_announced_is_unmasked_as_it_comes_and_what_is_lent_in_between_when_it_is_taken(string first, bool isAscii)
    {
        byte[] plain = Wire.Utf8(first + "bcdefghij");
        byte[] masked = Wire.Mask(plain, Wire.Key);
        uint key = BitConverter.ToUInt32(Wire.Key);
        int cut = Wire.Utf8(first).Length;
        ReceiveBuffer buffer = Holding("message--");
        buffer.MoveToMessage(7, key: 0);
        buffer.Skip(2);
        buffer.Announce(plain.Length, key);
        buffer.Append(masked.AsSpan(0, cut));
        buffer.Append(masked.AsSpan(cut, 2));
        Assert.Equal(Wire.Utf8(first + "bc"), buffer.Unread.ToArray());
        masked.AsSpan(cut + 2, 3).CopyTo(buffer.GetSpan(3));
        buffer.Advance(3);
        buffer.Append([.. masked[(cut + 5)..], (byte)'-', (byte)'x']);
        Assert.Equal(isAscii, buffer.MoveToMessage(plain.Length, key));
        Assert.Equal(Wire.Utf8("message" + first + "bcdefghij"), buffer.Message.ToArray());
        Assert.Equal("-x"u8.ToArray(), buffer.Unread.ToArray());
    }

    [Fact]
    public void What_follows_an_announced_payload_stays_as_it_came()
    {
        var buffer = new ReceiveBuffer(_pool);
        uint key = BitConverter.ToUInt32(Wire.Key);
        buffer.Announce(2, key);
        buffer.Append([.. Wire.Mask("ab"u8.ToArray(), Wire.Key), (byte)'-']);
        buffer.Append("y"u8);
        AssertHolds(buffer, message: "", unread: "ab-y");
        Assert.True(buffer.MoveToMessage(2, key));
        AssertHolds(buffer, message: "ab", unread: "-y");
        Assert.False(buffer.MoveToMessage(2, key: 0));
        AssertHolds(buffer, message: "ab-y", unread: "");
    }

    [Fact]
    public void Payloads_join_over_the_headers_between_them()
    {
        ReceiveBuffer buffer = Holding("aa--bbb-c");
        buffer.MoveToMessage(2, key: 0);
        buffer.Skip(2);
        buffer.MoveToMessage(3, key: 0);
        buffer.Skip(1);
        buffer.MoveToMessage(1, key: 0);
        AssertHolds(buffer, message: "aabbbc", unread: "");
    }

    [Fact]
    public void Holding_more_moves_the_bytes_to_one_larger_array_and_gives_the_old_one_back()
    {
        ReceiveBuffer buffer = Holding("message, unread");
        buffer.MoveToMessage(7, key: 0);
        buffer.Skip(2);
        buffer.Append(new byte[5000]);
        AssertHolds(buffer, message: "message", unread: "unread" + new string('\0', 5000));
        Assert.Equal((2, 1, 1), (_pool.Rented, _pool.Returned, _pool.Outstanding));
    }

    [Fact]
    public void Dead_bytes_make_room_without_a_new_array()
    {
        ReceiveBuffer buffer = Holding(new string('-', 4000) + "ab");
        buffer.Skip(4000);
        buffer.MoveToMessage(1, key: 0);
        buffer.Append(new byte[2000]);
        AssertHolds(buffer, message: "a", unread: "b" + new string('\0', 2000));
        Assert.Equal(1, _pool.Rented);
    }

    /// <summary>So a copy always makes room for at least as much again.</summary>
    [Theory]
    [InlineData(2048, 2048, 1)]
    [InlineData(2047, 1000, 2)]
    [InlineData(2048, 2049, 2)]
    public void Bytes_move_within_the_array_where_half_of_it_is_dead_and_all_fits(int dead, int more, int arrays)
    {
        ReceiveBuffer buffer = Holding(new string('-', dead) + new string('a', 4096 - dead));
        buffer.Skip(dead);
        buffer.Append(new byte[more]);
        AssertHolds(buffer, message: "", unread: new string('a', 4096 - dead) + new string('\0', more));
        Assert.Equal(arrays, _pool.Rented);
    }

    [Theory]
    [InlineData(0, 32 * 1024, 32 * 1024)]
    [InlineData(0, (32 * 1024) + 1, 40_000)]
    [InlineData(30_000, 10_000, 30_000 + 40_000)]
    public void Beyond_32_KiB_an_array_has_its_large_size_at_once(int first, int second, int peak)
    {
        var buffer = new ReceiveBuffer(_pool, large: 40_000);
        buffer.Append(new byte[first]);
        buffer.Append(new byte[second]);
        Assert.Equal(peak, _pool.Peak);
    }

    [Theory]
    [InlineData(95, 96, 1)]
    [InlineData(96, 96, 1)]
    [InlineData(97, 200, 2)]
    public void A_large_array_gives_what_it_has_left_where_that_is_enough(int least, int given, int arrays)
    {
        var buffer = new ReceiveBuffer(_pool, large: 4096);
        buffer.Append(new byte[4000]);
        Assert.Equal((given, arrays), (buffer.GetMemory(least, 200).Length, _pool.Rented));
    }

    [Fact]
    public void Bytes_one_by_one_are_copied_a_bounded_number_of_times()
    {
        var buffer = new ReceiveBuffer(_pool);
        for (int i = 0; i < 1 << 16; i++)
            buffer.Append([1]);
        Assert.Equal(1 << 16, buffer.UnreadCount);
        Assert.Equal(5, _pool.Rented); // 4 KiB, doubled four times.
    }

    /// <summary>Three bytes stay with what comes, so what is not validated yet is never put aside.</summary>
    [Fact]
    public void A_large_array_that_is_full_is_put_aside_and_joined_when_the_message_is_asked_for()
    {
        const int Large = 40_000;
        const int Whole = 100_000;
        var buffer = new ReceiveBuffer(_pool, Large);
        byte[] message = [.. Enumerable.Range(0, Whole).Select(i => (byte)(i * 7 / 3))];
        for (int done = 0; done < Whole;)
        {
            buffer.PutAside(Whole - done);
            Memory<byte> room = buffer.GetMemory(1, Math.Min(3_000, Whole - done));
            Assert.InRange(room.Length, 1, 3_000);
            message.AsSpan(done, room.Length).CopyTo(room.Span);
            buffer.Advance(room.Length);
            buffer.MoveToMessage(room.Length, key: 0);
            done += room.Length;
            Assert.Equal(message[(done - 3)..done], buffer.MessageFrom(done - 3).ToArray());
        }

        Assert.Equal(3, _pool.Outstanding);
        Assert.InRange(_pool.Peak, Whole, Whole + (32 * 1024));
        Assert.Equal(message, buffer.Message.ToArray());
        Assert.Equal((1, Whole), (_pool.Outstanding, buffer.Held));
        buffer.DropFromMessage(Whole);
        Assert.Equal(3_000, buffer.GetMemory(1, 3_000).Length);
        buffer.Advance(0);
        Assert.Equal(1, _pool.Outstanding);
        buffer.ReleaseIfEmpty();
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void A_buffer_that_put_arrays_aside_gives_all_back_when_it_is_released()
    {
        var buffer = new ReceiveBuffer(_pool, 4096);
        buffer.Append(new byte[4096]);
        buffer.MoveToMessage(4096, key: 0);
        buffer.PutAside(1);
        Assert.Equal((2, 3), (_pool.Outstanding, buffer.Held));
        buffer.Release();
        AssertHolds(buffer, message: "", unread: "");
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void A_large_array_that_is_half_dead_is_not_put_aside()
    {
        var buffer = new ReceiveBuffer(_pool, 4096);
        buffer.Append(new byte[4096]);
        buffer.MoveToMessage(4096, key: 0);
        buffer.DropFromMessage(2048);
        buffer.PutAside(1);
        buffer.GetMemory(1, 1);
        Assert.Equal((1, 2048), (_pool.Rented, buffer.Held));
    }

    [Fact]
    public void A_released_buffer_is_empty_and_has_no_array()
    {
        ReceiveBuffer buffer = Holding("xx");
        buffer.Release();
        AssertHolds(buffer, message: "", unread: "");
        Assert.Equal(0, _pool.Outstanding);
        buffer.Release();
        Assert.Equal(1, _pool.Returned);
    }

    [Fact]
    public void An_empty_buffer_is_released_and_one_that_holds_something_is_not()
    {
        ReceiveBuffer buffer = Holding("xx");
        buffer.MoveToMessage(1, key: 0);
        buffer.Skip(1);
        buffer.ReleaseIfEmpty();
        Assert.Equal(1, _pool.Outstanding);
        buffer.DropFromMessage(1);
        buffer.ReleaseIfEmpty();
        Assert.Equal(0, _pool.Outstanding);
    }

    [Fact]
    public void What_a_transport_writes_and_advances_over_is_received()
    {
        ReceiveBuffer buffer = Holding("ab");
        "cd"u8.CopyTo(buffer.GetSpan(2));
        buffer.Advance(2);
        "ef"u8.CopyTo(buffer.GetMemory().Span);
        buffer.Advance(1);
        AssertHolds(buffer, message: "", unread: "abcde");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(100_000)]
    public void Lent_memory_is_at_least_as_long_as_was_asked(int sizeHint)
    {
        ReceiveBuffer buffer = Holding("ab");
        Assert.InRange(buffer.GetMemory(sizeHint).Length, sizeHint, int.MaxValue);
        Assert.InRange(buffer.GetSpan(sizeHint).Length, sizeHint, int.MaxValue);
        AssertHolds(buffer, message: "", unread: "ab");
    }

    [Fact]
    public void Asking_for_memory_always_gives_some()
    {
        ReceiveBuffer buffer = Holding(new string('x', 4096));
        Assert.NotEqual(0, buffer.GetMemory().Length);
    }

    [Fact]
    public void Advancing_over_more_than_was_lent_is_refused()
    {
        ReceiveBuffer buffer = Holding("ab");
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(1));
        buffer.Advance(0);
        int lent = buffer.GetMemory().Length;
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(lent + 1));
        buffer.Advance(lent);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.GetMemory(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.GetSpan(-1));
        Assert.Equal(2 + lent, buffer.UnreadCount);
    }

    /// <summary>As after a cancelled read, which may still write: the array must not reach another connection through the pool.</summary>
    [Fact]
    public void Memory_that_was_lent_and_abandoned_is_neither_used_again_nor_given_back()
    {
        ReceiveBuffer buffer = Holding("ab");
        Span<byte> abandoned = buffer.GetSpan();
        buffer.Append("cd"u8);
        abandoned.Fill((byte)'!');
        AssertHolds(buffer, message: "", unread: "abcd");
        Assert.Equal((2, 0), (_pool.Rented, _pool.Returned));

        buffer.Release();
        Assert.Equal((1, 1), (_pool.Outstanding, _pool.Returned));
    }

    [Fact]
    public void Much_that_is_held_survives_memory_that_was_lent_and_abandoned()
    {
        string held = new('x', 10_000);
        ReceiveBuffer buffer = Holding(held);
        _ = buffer.GetMemory();
        buffer.Append("y"u8);
        AssertHolds(buffer, message: "", unread: held + "y");
    }

    [Fact]
    public void Memory_that_is_lent_survives_a_release_of_the_empty_buffer()
    {
        var buffer = new ReceiveBuffer(_pool);
        Memory<byte> lent = buffer.GetMemory();
        buffer.ReleaseIfEmpty();
        "ab"u8.CopyTo(lent.Span);
        buffer.Advance(2);
        AssertHolds(buffer, message: "", unread: "ab");
    }

    [Fact]
    public void Memory_that_is_lent_is_not_given_back_when_the_buffer_is_released_or_grows()
    {
        var buffer = new ReceiveBuffer(_pool);
        _ = buffer.GetMemory();
        _ = buffer.GetMemory(10_000);
        Assert.Equal((2, 0), (_pool.Rented, _pool.Returned));
        buffer.Release();
        Assert.Equal(0, _pool.Returned);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Advance(1));
    }

    private ReceiveBuffer Holding(string text)
    {
        var buffer = new ReceiveBuffer(_pool);
        buffer.Append(Wire.Ascii(text));
        return buffer;
    }

    private static void AssertHolds(ReceiveBuffer buffer, string message, string unread) =>
        Assert.Equal(
            (message, unread),
            (System.Text.Encoding.ASCII.GetString(buffer.Message), System.Text.Encoding.ASCII.GetString(buffer.Unread)));
}
