using System.Buffers;

namespace WsProto.Tests.Framing;

/// <summary>After warm-up, receiving and sending allocate nothing.</summary>
public class AllocationTests
{
    private const int Messages = 10_000;

    [Theory]
    [BothRoles(125)]
    [BothRoles(1000)]
    public void Both_receive_and_answer_10000_messages__nothing_is_allocated(ConnectionRole role, int size)
    {
        byte[] input = Wire.FrameFor(role, Opcode.Binary, Wire.Repeat(5, size));
        using WsConnection connection = Ends.Open(role);
        var output = new ArrayBufferWriter<byte>(2048);
        int answered = 0;
        Assert.Equal(0, LeastAllocated(() => answered = Answer(connection, input, output, Messages)));
        Assert.Equal(Messages, answered);
        Assert.Equal(Wire.Repeat(5, size), WireFrame.Only(output.WrittenSpan.ToArray()).Payload);
    }

    [Theory]
    [BothRoles]
    public void Both_send_with_every_method_that_takes_spans__nothing_is_allocated(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        var output = new ArrayBufferWriter<byte>(2048);
        Assert.Equal(0, LeastAllocated(() => SendAll(connection, output, Messages)));
        Assert.Equal(5, WireFrame.ReadAll(output.WrittenSpan.ToArray()).Count);
    }

    [Theory]
    [BothRoles]
    public void Both_receive_text_in_fragments_with_pings_between__nothing_is_allocated(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Text, Wire.Utf8("κόσμε")[..3], fin: false),
            Wire.FrameFor(role, Opcode.Ping, [1, 2]),
            Wire.FrameFor(role, Opcode.Continuation, Wire.Utf8("κόσμε")[3..]));
        using WsConnection connection = Ends.Open(role);
        int read = 0;
        Assert.Equal(0, LeastAllocated(() => read = Read(connection, input, Messages)));
        Assert.Equal(2 * Messages, read);
    }

    [Theory]
    [BothRoles]
    public void Both_receive_pieces_that_cut_every_frame__nothing_is_allocated(ConnectionRole role)
    {
        byte[] input = Wire.Concat(
            Wire.FrameFor(role, Opcode.Binary, Wire.Repeat(5, 300)),
            Wire.FrameFor(role, Opcode.Text, Wire.Repeat((byte)'a', 300)));
        using WsConnection connection = Ends.Open(role);
        int read = 0;
        Assert.Equal(0, LeastAllocated(() =>
        {
            read = 0;
            for (int i = 0; i < Messages; i++)
            {
                for (int start = 0; start < input.Length; start += 101)
                {
                    connection.Receive(input.AsSpan(start, Math.Min(101, input.Length - start)));
                    while (connection.TryReadFrame(out _))
                        read++;
                }
            }
        }));
        Assert.Equal(2 * Messages, read);
    }

    [Theory]
    [BothRoles]
    public void Both_are_open_and_idle__they_take_at_most_400_bytes_and_rent_nothing(ConnectionRole role)
    {
        var pool = new CountingPool();
        var options = new WsConnectionOptions { Pool = pool };
        WsConnection.Established(role, options: options).Dispose();
        long before = GC.GetAllocatedBytesForCurrentThread();
        WsConnection connection = WsConnection.Established(role, options: options);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 400);

        var output = new ArrayBufferWriter<byte>();
        connection.SendBytes([1, 2, 3], output);
        connection.Receive(Wire.FrameFor(role, Opcode.Binary, [1]));
        Assert.True(connection.TryReadFrame(out _));
        Assert.NotEqual(0, pool.Outstanding);
        Assert.False(connection.TryReadFrame(out _));
        Assert.Equal(0, pool.Outstanding);

        connection.SendBytes([1, 2, 3], output);
        connection.ReleaseIdleMemory();
        Assert.Equal(0, pool.Outstanding);
        connection.Dispose();
    }

    /// <summary>
    /// The bytes that a round allocates on this thread, after one round to warm up. What the connection allocates is in every round; the
    /// runtime too allocates on whichever thread starts its tiered compilation, which is in one round or another, so the least counts.
    /// </summary>
    internal static long LeastAllocated(Action round)
    {
        round();
        long least = long.MaxValue;
        for (int i = 0; i < 5 && least > 0; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }

    private static int Answer(WsConnection connection, byte[] input, ArrayBufferWriter<byte> output, int count)
    {
        int answered = 0;
        for (int i = 0; i < count; i++)
        {
            connection.Receive(input);
            while (connection.TryReadFrame(out Frame frame))
            {
                output.ResetWrittenCount();
                connection.SendBytes(frame.Payload, output);
                answered++;
            }
        }

        return answered;
    }

    private static int Read(WsConnection connection, byte[] input, int count)
    {
        int read = 0;
        for (int i = 0; i < count; i++)
        {
            connection.Receive(input);
            while (connection.TryReadFrame(out _))
                read++;
        }

        return read;
    }

    private static void SendAll(WsConnection connection, ArrayBufferWriter<byte> output, int count)
    {
        for (int i = 0; i < count; i++)
        {
            output.ResetWrittenCount();
            connection.SendText("κόσμε", output, messageFinished: false);
            connection.SendPing([1, 2], output);
            connection.SendText("κόσμε"u8, output);
            connection.SendPong([], output);
            connection.SendBytes([1, 2, 3], output);
        }
    }
}
