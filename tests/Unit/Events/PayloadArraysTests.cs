using System.Runtime.InteropServices;

namespace WsProto.Tests.Events;

/// <summary>Where the bytes of events that were read lie.</summary>
public class PayloadArraysTests
{
    [Fact]
    public void Small_messages_that_arrived_together_share_arrays_of_at_most_2_KiB_and_keep_what_is_theirs()
    {
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        byte[][] sent = [.. Enumerable.Range(0, 500).Select(i => Wire.Repeat((byte)i, i % 130))];
        server.Receive(Wire.Concat([.. sent.Select(data => Wire.FrameFor(ConnectionRole.Server, Opcode.Binary, data))]));
        ArraySegment<byte>[] read = Read(server);
        server.Receive(Wire.FrameFor(ConnectionRole.Server, Opcode.Binary, new byte[5]));
        // The next is not among them, though there may be room.
        Assert.Equal(5, Assert.Single(Read(server)).Array!.Length);

        Assert.Equal(sent, read.Select(data => data.ToArray()));
        Assert.All(read, data => Assert.InRange(data.Array!.Length, data.Count, data.Count > 128 ? data.Count : 2048));
        // 500 messages of 64 bytes on average.
        Assert.InRange(read.Select(data => data.Array).Distinct().Count(), 16, 30);
        foreach (IGrouping<byte[], ArraySegment<byte>> shared in read.Where(data => data.Count > 0).GroupBy(data => data.Array!))
        {
            int end = 0;
            foreach (ArraySegment<byte> data in shared)
            {
                Assert.True(data.Offset >= end);
                end = data.Offset + data.Count;
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(129)]
    public void Message_that_came_alone_has_an_array_of_its_size(int size)
    {
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        for (int i = 0; i < 2; i++)
        {
            server.Receive(Wire.FrameFor(ConnectionRole.Server, Opcode.Binary, new byte[size]));
            ArraySegment<byte> data = Assert.Single(Read(server));
            Assert.Equal((0, size, size), (data.Offset, data.Count, data.Array!.Length));
        }
    }

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void Messages_of_up_to_128_bytes_share_an_array(int size, bool shared)
    {
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        byte[] frame = Wire.FrameFor(ConnectionRole.Server, Opcode.Binary, new byte[size]);
        server.Receive([.. frame, .. frame]);
        ArraySegment<byte>[] read = Read(server);
        Assert.Equal(2, read.Length);
        Assert.Equal(shared, ReferenceEquals(read[0].Array, read[1].Array));
    }

    [Fact]
    public void Small_message_takes_40_bytes_beside_its_payload()
    {
        byte[] wire = Wire.Concat([.. Enumerable.Repeat(Wire.FrameFor(ConnectionRole.Server, Opcode.Binary, new byte[16]), 1280)]);
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        long allocated = 0;
        for (int i = 0; i < 2; i++)
        {
            server.Receive(wire);
            long before = GC.GetAllocatedBytesForCurrentThread();
            while (server.TryReadEvent(out _))
            {
            }

            allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        }

        // And ten arrays.
        Assert.Equal((1280 * (40 + 16)) + (10 * 24), allocated);
    }

    private static ArraySegment<byte>[] Read(WsConnection connection)
    {
        var read = new List<ArraySegment<byte>>();
        foreach (WsEvent e in connection.ReadEvents())
        {
            Assert.True(MemoryMarshal.TryGetArray(Assert.IsType<BytesMessage>(e).Data, out ArraySegment<byte> data));
            read.Add(data);
        }

        return [.. read];
    }
}
