using System.Buffers;
using WsProto.Extensions;
using WsProto.Tests.Extensions.Samples;
using WsProto.Tests.Framing;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>
/// After warm-up, a message through extensions allocates nothing; where history is forgotten, a handle for each context that is made anew.
/// </summary>
[Trait("RFC", "7692 §7")]
[Trait("Gate", "Whole")]
public class DeflateAllocationTests
{
    private const int Messages = 1_000;

    /// <summary>What the handle of a native context takes on 64 bits, at most.</summary>
    private const int Handle = 48;

    [Theory]
    [InlineData(ConnectionRole.Client, 1_000)]
    [InlineData(ConnectionRole.Server, 1_000)]
    [InlineData(ConnectionRole.Server, 40_000)]
    public void Both_receive_and_answer_1000_messages_with_takeover__nothing_is_allocated(ConnectionRole role, int size)
    {
        using WsConnection connection = Deflated.Connection(role);
        Assert.Equal(0, Allocated(connection, role, size));
    }

    [Theory]
    [InlineData(ConnectionRole.Client)]
    [InlineData(ConnectionRole.Server)]
    public void Both_receive_and_answer_1000_messages_without_takeover__two_handles_each_are_allocated(ConnectionRole role)
    {
        using WsConnection connection = Deflated.Connection(role, Deflated.NoTakeover);
        Assert.InRange(Allocated(connection, role, 1_000), 0, Messages * 2 * Handle);
    }

    [Fact]
    public void Messages_through_two_extensions__nothing_is_allocated()
    {
        using WsConnection connection = WsConnection.Established(
            ConnectionRole.Client, [new FlipCodec(1), Deflated.Codec(ConnectionRole.Client)]);
        Assert.Equal(0, Allocated(connection, ConnectionRole.Client, 1_000));
    }

    private static long Allocated(WsConnection connection, ConnectionRole role, int size)
    {
        byte[] data = Deflated.Prose(size);
        // One that refers to nothing before it, and so can come again and again.
        byte[] input = Deflated.First(role, Opcode.Binary, Zip.One(data));
        var output = new ArrayBufferWriter<byte>(2 * size);
        long allocated = AllocationTests.LeastAllocated(() => Answer(connection, input, output));
        Assert.InRange(output.WrittenCount, 1, size - 1);
        return allocated;
    }

    private static void Answer(WsConnection connection, byte[] input, ArrayBufferWriter<byte> output)
    {
        for (int i = 0; i < Messages; i++)
        {
            connection.Receive(input);
            while (connection.TryReadFrame(out Frame frame))
            {
                output.ResetWrittenCount();
                connection.SendBytes(frame.Payload, output);
            }
        }
    }
}
