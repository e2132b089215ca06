namespace WsProto.SocketIO.MessagePack.Tests;

/// <summary>Messages of somebody who means harm end in an error, without an exception and without much memory.</summary>
public class HostileTests
{
    [Theory]
    [InlineData("dfffffffff")]
    [InlineData("df7fffffff")]
    [InlineData("deffff")]
    public void Map_of_more_keys_than_bytes_is_no_packet(string hex) => AssertMalformed(hex);

    /// <summary>Lengths that are larger than what is there, those included that are negative in 32 bits.</summary>
    [Theory]
    [InlineData("ddffffffff")]
    [InlineData("dd7fffffff")]
    [InlineData("dcffff")]
    [InlineData("dfffffffff")]
    [InlineData("dbffffffff")]
    [InlineData("db80000000")]
    [InlineData("db7fffffff")]
    [InlineData("d9ff")]
    [InlineData("c6ffffffff")]
    [InlineData("c680000000")]
    [InlineData("c67fffffff")]
    [InlineData("c9ffffffff00")]
    [InlineData("c9ffffffffff")]
    [InlineData("c97fffffffff")]
    [InlineData("c70dff")]
    [InlineData("d8ff00")]
    [InlineData("d4")]
    [InlineData("cf00")]
    [InlineData("cb")]
    [InlineData("c1")]
    [InlineData("91 c1")]
    [InlineData("81 a161 c1")]
    [InlineData("81 a161")]
    [InlineData("81 a1ff 01")]
    [InlineData("a1ff")]
    [InlineData("a3eda0bd")]
    public void Value_that_is_not_there_or_none_is_no_packet(string hex)
    {
        AssertMalformed(Peer.WithArgument(hex));
        // The same where nobody looks at it, as far as it is wrong in itself.
        byte[] ignored = Peer.Bytes($"83 a474797065 01 a36e7370 a12f a178 {hex}");
        Assert.True(Peer.Receive(ignored, out _) is null or SocketIOError.PacketMalformed);
    }

    [Fact]
    public void Depth_is_limited_as_in_text()
    {
        Assert.Null(Nested("91", 63));
        Assert.Equal(SocketIOError.PayloadMalformed, Nested("91", 64));
        Assert.Null(Nested("81a161", 63));
        Assert.Equal(SocketIOError.PayloadMalformed, Nested("81a161", 64));
        Assert.Null(Peer.Receive(Peer.WithArgument(Repeat("91", 62) + "d40501"), out _));
        Assert.Equal(SocketIOError.PayloadMalformed, Peer.Receive(Peer.WithArgument(Repeat("91", 63) + "d40501"), out _));
        Assert.Equal(SocketIOError.PayloadMalformed, Nested("91", 900_000));
        Assert.Equal(SocketIOError.PayloadMalformed, Nested("81a161", 300_000));
    }

    [Fact]
    public void Depth_that_is_allowed_fits_the_stack()
    {
        byte[] message = Peer.Bytes(Peer.WithArgument(Repeat("81a161", 999) + "c0"));
        SocketIOError? error = SocketIOError.PacketMalformed;
        var thread = new Thread(() => error = Peer.Receive(message, out _, new() { MaxDepth = 1000 }), maxStackSize: 128 * 1024);
        thread.Start();
        thread.Join();
        Assert.Null(error);
    }

    [Fact]
    public void Depth_where_nobody_looks_costs_nothing()
    {
        Assert.Null(Peer.Receive($"83 a474797065 01 a36e7370 a12f a178 {Repeat("91", 900_000)}c0", out _));
        Assert.Null(Peer.Receive($"83 a474797065 01 a36e7370 a12f a178 {Repeat("81c0", 400_000)}c0", out _));
        AssertMalformed($"83 a474797065 01 a36e7370 a12f a178 {Repeat("91", 900_000)}");
    }

    [Fact]
    public void Many_bytes_are_found_without_a_search_for_each()
    {
        const int Count = 300_000;
        SocketIOPacket packet = Peer.Decode(Peer.WithData(2, $"dd{Count + 1:x8} a161 {Repeat("c400", Count)}"));
        Assert.Equal(Count, packet.Arguments.Count);
        int found = Enumerable.Range(0, Count).Count(
            index => packet.Arguments.GetAttachment(index) is { IsEmpty: true } && packet.Arguments.GetJson(index).Length == "\"\"".Length);
        Assert.Equal(Count, found);
    }

    [Fact]
    public void Sizes_are_limited()
    {
        byte[] message = Peer.Bytes(Peer.WithArgument("a161"));
        Assert.Null(Peer.Receive(message, out _, new() { MaxPacketSize = message.Length }));
        Assert.Equal(SocketIOError.PacketTooLarge, Peer.Receive(message, out _, new() { MaxPacketSize = message.Length - 1 }));
        Assert.Equal(
            SocketIOError.PacketTooLarge,
            Peer.Receive(new byte[MessagePackSocketIOParser.MaxMessageSize + 1], out _, new() { MaxPacketSize = long.MaxValue }));
        byte[] named = Peer.Bytes("82 a474797065 00 a36e7370 a42f6f6f6f");
        Assert.Null(Peer.Receive(named, out _, new() { MaxNamespaceLength = 4 }));
        Assert.Equal(SocketIOError.NamespaceTooLong, Peer.Receive(named, out _, new() { MaxNamespaceLength = 3 }));
    }

    [Fact]
    public void Text_is_no_packet() =>
        Assert.Equal(SocketIOError.PacketMalformed, new SocketIODecoder(null, Peer.Parser).ReceiveText("2[\"a\"]"u8.ToArray(), out _));

    [Fact]
    public void Message_that_failed_leaves_nothing_for_the_next()
    {
        Assert.NotNull(Peer.Receive(Peer.WithArgument("93 c40101 a161"), out _));
        Assert.Equal("Event / - a \"Ag==\"", Peer.Show(Peer.Decode(Peer.WithArgument("c40102"))));
    }

    /// <summary>An argument in so many lists or objects, which end with null.</summary>
    private static SocketIOError? Nested(string begin, int depth) =>
        Peer.Receive(Peer.WithArgument(Repeat(begin, depth) + "c0"), out _);

    private static void AssertMalformed(string hex)
    {
        Assert.Equal(SocketIOError.PacketMalformed, Peer.Receive(hex, out SocketIOPacket? packet));
        Assert.Null(packet);
    }

    private static string Repeat(string hex, int count) => string.Concat(Enumerable.Repeat(hex, count));
}
