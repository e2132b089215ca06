using System.Buffers;
using System.Buffers.Binary;
using WsProto.Framing;

namespace WsProto.Tests.Framing;

/// <summary>A fresh and unpredictable key for each frame of a client.</summary>
[Trait("RFC", "6455 §5.3")]
public class MaskingKeysTests
{
    [Fact]
    [Trait("MUST", "5.3-2")]
    [Trait("Register", "S32")]
    public void Keys_are_drawn_in_growing_blocks_and_none_is_used_twice()
    {
        var blocks = new List<int>();
        var pool = new CountingPool();
        var options = new WsConnectionOptions { Random = Counting(blocks), Pool = pool };
        MaskingKeys keys = default;
        for (uint i = 0; i < 5_000; i++)
            Assert.Equal(i, BinaryPrimitives.ReadUInt32BigEndian(BitConverter.GetBytes(keys.Next(options))));
        Assert.Equal([64, 256, 1024, 4096, 4096, 4096, 4096, 4096], blocks);
        Assert.Equal(1, pool.Outstanding);

        keys.Release(options);
        Assert.Equal((0, pool.Returned), (pool.Outstanding, pool.Cleared));
        keys.Release(options);
        Assert.Equal((5 * 1024u) + 336, BinaryPrimitives.ReadUInt32BigEndian(BitConverter.GetBytes(keys.Next(options))));
        Assert.Equal(64, blocks[^1]);
    }

    [Fact]
    [Trait("MUST", "5.3-2")]
    [Trait("MUST", "5.1-1")]
    public void Client_sends_frames_of_every_kind__each_carries_the_next_draw()
    {
        var options = new WsConnectionOptions { Random = Counting([]) };
        using WsConnection client = Ends.Open(ConnectionRole.Client, options);
        WsEvent[] events =
        [
            new TextMessage("a"), new TextMessage("") { MessageFinished = false }, new Ping(),
            new TextMessage("b") { MessageFinished = false }, new Pong(new byte[] { 1 }),
            new TextMessage(""), new BytesMessage(new byte[70_000]), new BytesMessage(new byte[1]),
            new CloseConnection(CloseCode.NormalClosure, "bye"),
        ];
        List<WireFrame> frames = WireFrame.ReadAll([.. events.SelectMany(client.Send)]);
        Assert.Equal(events.Select((_, i) => (byte[])[0, 0, 0, (byte)i]), frames.Select(frame => frame.Key));
    }

    [Fact]
    [Trait("MUST", "5.3-4")]
    [Trait("Register", "S32")]
    public void Client_sends_10000_frames_with_the_default_source__keys_neither_repeat_nor_follow_a_rule()
    {
        using WsConnection client = Ends.Open(ConnectionRole.Client);
        var output = new ArrayBufferWriter<byte>();
        for (int i = 0; i < 10_000; i++)
            client.SendPing([], output);
        uint[] keys =
            WireFrame.ReadAll(output.WrittenSpan.ToArray()).Select(frame => BinaryPrimitives.ReadUInt32BigEndian(frame.Key)).ToArray();

        // By chance, 10,000 of 2^32 values hold 0.01 pairs on average; ten pairs do not happen.
        Assert.InRange(keys.Distinct().Count(), 9_990, 10_000);
        Assert.InRange(keys.Zip(keys.Skip(1), (a, b) => b - a).Distinct().Count(), 9_980, 9_999);
        Assert.InRange(keys.Zip(keys.Skip(1), (a, b) => b ^ a).Distinct().Count(), 9_980, 9_999);
    }

    [Fact]
    [Trait("MUST", "10.3-1")]
    public void Clients_send_the_same_payload_twice_on_two_connections__all_masked_payloads_differ()
    {
        using WsConnection one = Ends.Open(ConnectionRole.Client);
        using WsConnection other = Ends.Open(ConnectionRole.Client);
        var message = new BytesMessage(new byte[32]);
        byte[][] sent = [one.Send(message), one.Send(message), other.Send(message), other.Send(message)];
        Assert.Equal(4, sent.Select(frame => Convert.ToHexString(frame[2..6])).Distinct().Count());
        Assert.Equal(4, sent.Select(frame => Convert.ToHexString(frame[6..])).Distinct().Count());
    }

    [Fact]
    [Trait("MUST", "10.3-2")]
    [Trait("MUST", "10.3-3")]
    public void Client_sends_an_array_that_changes_afterwards__the_frame_stays_and_the_next_has_a_new_key()
    {
        using WsConnection client = Ends.Open(ConnectionRole.Client, new WsConnectionOptions { Random = Counting([]) });
        byte[] data = [1, 2, 3];
        byte[] first = client.Send(new BytesMessage(data));
        data[0] = 9;
        byte[] second = client.Send(new BytesMessage(data));
        Assert.Equal(Wire.Hex("82 83 00000000 010203"), first);
        Assert.Equal(Wire.Hex("82 83 00000001 090203"), second);
    }

    /// <summary>Gives the four-octet numbers 0, 1, 2 … in network order, and notes the size of each request.</summary>
    private static RandomFill Counting(List<int> requests)
    {
        uint next = 0;
        return destination =>
        {
            requests.Add(destination.Length);
            for (int i = 0; i < destination.Length; i += 4)
                BinaryPrimitives.WriteUInt32BigEndian(destination[i..], next++);
        };
    }
}
