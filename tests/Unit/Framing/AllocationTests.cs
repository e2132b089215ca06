using System.Buffers;
using WsProto.Framing;

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
        Assert.Equal(Messages, Answer(connection, input, output, Messages));
        long before = GC.GetAllocatedBytesForCurrentThread();
        int answered = Answer(connection, input, output, Messages);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(Messages, answered);
        Assert.Equal(0, allocated);
        Assert.Equal(Wire.Repeat(5, size), WireFrame.Only(output.WrittenSpan.ToArray()).Payload);
    }

    [Theory]
    [BothRoles]
    public void Both_send_with_every_method_that_takes_spans__nothing_is_allocated(ConnectionRole role)
    {
        using WsConnection connection = Ends.Open(role);
        var output = new ArrayBufferWriter<byte>(2048);
        SendAll(connection, output, Messages);
        long before = GC.GetAllocatedBytesForCurrentThread();
        SendAll(connection, output, Messages);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
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
        Assert.Equal(2 * Messages, Read(connection, input, Messages));
        long before = GC.GetAllocatedBytesForCurrentThread();
        int read = Read(connection, input, Messages);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal((2 * Messages, 0L), (read, allocated));
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
