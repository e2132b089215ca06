using WsProto.Framing;

namespace WsProto.Tests.Framing;

/// <summary>Messages in one frame that arrive whole are read a short way, which has to say what the long way says.</summary>
[Trait("RFC", "6455 §5.2, §5.6")]
public class WholeMessageTests
{
    /// <summary>
    /// Of every length that has a way of its own, and one more; what follows makes sure that it is not the last that has arrived.
    /// </summary>
    private static readonly int[] _lengths =
    [
        0, 1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 124, 125, 126, 127, 128, 129, 255, 256, 300,
    ];

    [Theory]
    [BothRoles]
    public void Both_receive_messages_of_every_length__whatever_they_hold(ConnectionRole role)
    {
        foreach (int length in _lengths)
        {
            byte[] bytes = [.. Enumerable.Range(0, length).Select(i => (byte)((i * 7) + 200))];
            string ascii = new([.. Enumerable.Range(0, length).Select(i => (char)('a' + (i % 26)))]);
            string other = length < 2 ? ascii : ascii[..^2] + "é";
            byte[] input = Wire.Concat(
                Wire.FrameFor(role, Opcode.Binary, bytes), Wire.FrameFor(role, Opcode.Text, Wire.Utf8(ascii)),
                Wire.FrameFor(role, Opcode.Text, Wire.Utf8(other)), Last(role));
            Ends.Expect(
                role, input, new BytesMessage(bytes), new TextMessage(ascii), new TextMessage(other), new BytesMessage(new byte[200]));
        }
    }

    [Theory]
    [BothRoles]
    [Trait("RFC", "6455 §8.1")]
    public void Both_receive_text_that_is_not_UTF_8__fail_with_1007_after_what_came_before(ConnectionRole role)
    {
        foreach (int length in _lengths.Where(length => length > 0))
        {
            byte[] text = [.. Wire.Repeat((byte)'a', length - 1), 0xFF];
            byte[] input = Wire.Concat(Wire.FrameFor(role, Opcode.Binary, [1]), Wire.FrameFor(role, Opcode.Text, text), Last(role));
            Ends.ExpectFailure(
                role, input, ProtocolError.InvalidUtf8, CloseCode.InvalidPayloadData, before: new BytesMessage(new byte[] { 1 }));
        }
    }

    /// <summary>Below the longest short message the limit still counts.</summary>
    [Theory]
    [BothRoles]
    public void Both_receive_short_messages_at_a_limit_and_one_beyond__take_the_first_and_fail_at_the_second(ConnectionRole role)
    {
        foreach (int limit in (int[])[1, 16, 40, 124, 125, 126, 200])
        {
            byte[] input = Wire.Concat(
                Wire.FrameFor(role, Opcode.Binary, new byte[limit]), Wire.FrameFor(role, Opcode.Binary, new byte[limit + 1]), Last(role));
            Ends.ExpectFailure(
                role, input, ProtocolError.MessageTooBig, CloseCode.MessageTooBig, new WsConnectionOptions { MaxMessageSize = limit },
                new BytesMessage(new byte[limit]));
        }
    }

    [Theory]
    [BothRoles]
    public void Both_receive_a_frame_that_is_masked_for_the_other_role_behind_a_good_one__fail_with_1002(ConnectionRole role)
    {
        byte[] wrong = role == ConnectionRole.Server
            ? Wire.Frame(Opcode.Binary, new byte[20])
            : Wire.Frame(Opcode.Binary, new byte[20], key: Wire.Key);
        byte[] input = Wire.Concat(Wire.FrameFor(role, Opcode.Binary, [1]), wrong, Last(role));
        ProtocolError error = role == ConnectionRole.Server ? ProtocolError.UnmaskedClientFrame : ProtocolError.MaskedServerFrame;
        Ends.ExpectFailure(role, input, error, before: new BytesMessage(new byte[] { 1 }));
    }

    /// <summary>Payloads are unmasked as they are copied, or where the transport has put them; either may begin and end anywhere.</summary>
    [Theory]
    [BothRoles(MessageDelivery.Whole)]
    [BothRoles(MessageDelivery.Chunks)]
    public void Both_receive_pieces_by_turns_in_both_ways_and_read_now_and_then__messages_are_as_sent(
        ConnectionRole role, MessageDelivery delivery)
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            byte[][] messages = [.. Enumerable.Range(0, 12).Select(_ => new byte[random.Next(1 << random.Next(1, 16))])];
            Array.ForEach(messages, message => random.NextBytes(message));
            byte[] input = Wire.Concat(messages.SelectMany(message => Fragments(role, message, random)));
            using WsConnection connection = Ends.Open(role, new WsConnectionOptions { MessageDelivery = delivery });
            var read = new List<byte>();
            for (int start = 0; start < input.Length;)
            {
                byte[] piece = input[start..Math.Min(input.Length, start + random.Next(1, 1 << random.Next(1, 14)))];
                start += piece.Length;
                if (random.Next(2) == 0)
                {
                    connection.Receive(piece);
                }
                else
                {
                    piece.CopyTo(connection.ReceiveBuffer.GetSpan(piece.Length));
                    connection.ReceiveBuffer.Advance(piece.Length);
                }

                while ((start == input.Length || random.Next(3) > 0) && connection.TryReadFrame(out Frame frame))
                    read.AddRange(frame.Payload);
            }

            Assert.Equal(ConnectionState.Open, connection.State);
            Assert.Equal(Wire.Concat(messages), read.ToArray());
        }
    }

    private static IEnumerable<byte[]> Fragments(ConnectionRole role, byte[] message, Random random)
    {
        int cut = random.Next(2) == 0 ? message.Length : random.Next(message.Length + 1);
        yield return Wire.FrameFor(role, Opcode.Binary, message[..cut], fin: cut == message.Length);
        if (cut < message.Length)
            yield return Wire.FrameFor(role, Opcode.Continuation, message[cut..]);
    }

    private static byte[] Last(ConnectionRole role) => Wire.FrameFor(role, Opcode.Binary, new byte[200]);
}
