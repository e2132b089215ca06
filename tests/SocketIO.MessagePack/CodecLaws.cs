using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using WsProto.EngineIO;
using WsProto.Testing;

namespace WsProto.SocketIO.MessagePack.Tests;

[Trait("Gate", "Whole")]
public class CodecLaws
{
    private static readonly Gen<string> _texts =
        from parts in Gen.Elements(
            "", "a", "\"", "\\", "\n", "\u0001", "grüße", "🎈", "/", "_placeholder", "\u2028", "null", new string('x', 40)).ListOf()
        select string.Concat(parts);

    private static readonly Gen<byte[]> _bytes = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();

    private static readonly Gen<long> _integers =
        from bits in Gen.Choose(0, 63)
        from low in Gen.Choose(0, int.MaxValue)
        from sign in Gen.Elements(1, -1)
        select sign * ((1L << bits) + (low % (1L << Math.Min(bits, 30))));

    [Fact]
    public void What_is_encoded_is_decoded_as_it_was() =>
        Law.Holds(
            Arb.From(
                from path in Gen.Elements("/", "/a", "/a/b?c", "/größe")
                from name in _texts.Where(name => !SocketIODecoder.IsReserved(name))
                from id in Gen.Choose(0, int.MaxValue)
                from arguments in Gen.Sized(size => Values(Math.Min(size, 4))).ListOf()
                select (path, name, id, arguments: arguments.ToArray())),
            2_000,
            example =>
            {
                var encoder = new SocketIOEncoder(parser: Peer.Parser);
                IReadOnlyList<Packet> message = encoder.Event(example.path, example.name, example.arguments);
                SocketIOPacket packet = Peer.Decode(message);
                Assert.Equal((SocketIOPacketType.Event, example.path, null, example.name), HeadOf(packet));
                AssertSame(example.arguments, packet.Arguments);

                AssertSame([.. example.arguments, "e.1"], Peer.Decode(encoder.WithOffset(message, "e.1")).Arguments);

                packet = Peer.Decode(encoder.Ack(example.path, example.id, example.arguments));
                Assert.Equal((SocketIOPacketType.Ack, example.path, example.id, null), HeadOf(packet));
                AssertSame(example.arguments, packet.Arguments);
            });

    /// <summary>A handler cannot tell in which form an event came.</summary>
    [Fact]
    public void Arguments_are_the_same_in_both_forms() =>
        Law.Holds(
            Arb.From(Gen.Sized(size => Values(Math.Min(size, 4))).ListOf()),
            1_000,
            arguments =>
            {
                SocketIOPacket packed = Peer.Decode(new SocketIOEncoder(parser: Peer.Parser).Event("/", "a", [.. arguments]));
                var decoder = new SocketIODecoder(new() { MaxAttachments = int.MaxValue });
                IReadOnlyList<Packet> messages = new SocketIOEncoder(maxAttachments: int.MaxValue).Event("/", "a", [.. arguments]);
                Assert.Null(decoder.ReceiveText(messages[0].Data, out SocketIOPacket? text));
                foreach (Packet attachment in messages.Skip(1))
                    Assert.Null(decoder.ReceiveBinary(attachment.Data, out text));
                Assert.Equal(text!.Arguments.Count, packed.Arguments.Count);
                for (int i = 0; i < packed.Arguments.Count; i++)
                {
                    Assert.True(JsonElement.DeepEquals(Json(text.Arguments, i), Json(packed.Arguments, i)));
                    Assert.Equal(text.Arguments.GetAttachment(i)?.ToArray() ?? [], packed.Arguments.GetAttachment(i)?.ToArray() ?? []);
                    Assert.Equal(text.Arguments.GetAttachment(i) is null, packed.Arguments.GetAttachment(i) is null);
                }
            });

    /// <summary>Bytes that look like packets, and bytes that do not, end in a packet or an error, and never in an exception.</summary>
    [Fact]
    public void Whatever_comes_is_a_packet_or_an_error() =>
        Law.Holds(
            Arb.From(
                from message in Gen.Elements(_seeds)
                from changes in (from place in Gen.Choose(0, 200) from value in Gen.Choose(0, 255) select (place, (byte)value)).ListOf()
                from cut in Gen.Choose(0, 200)
                select (byte[])[.. Changed(message, changes).Take(cut % 3 == 0 ? cut : int.MaxValue)]),
            5_000,
            message =>
            {
                SocketIOError? error = Peer.Receive(message, out SocketIOPacket? packet);
                Assert.Equal(error is null, packet is not null);
                for (int i = 0; i < packet?.Arguments.Count; i++)
                    _ = Json(packet.Arguments, i);
            });

    private static readonly byte[][] _seeds =
    [
        .. new[]
        {
            "83 a474797065 00 a36e7370 a12f a464617461 82 a3736964 a16b a3706964 a170",
            "84 a474797065 02 a36e7370 a22f78 a26964 cd0100 a464617461 95 a161 c4020102 d70000000000000003e8"
                + "82 a161 d40000 a162 ca3f000000 c7020501ff",
            "85 a474797065 03 a36e7370 a12f a26964 03 a464617461 dc0002 db00000002c3bc 93 c0 c3 d38000000000000000 a178 81 a179 91 c0",
        }.Select(Peer.Bytes),
    ];

    private static (SocketIOPacketType Type, string Namespace, long? Id, string? Event) HeadOf(SocketIOPacket packet) =>
        (packet.Type, packet.Namespace, packet.Id, packet.Event);

    private static byte[] Changed(byte[] message, IEnumerable<(int Place, byte Value)> changes)
    {
        byte[] changed = [.. message];
        foreach ((int place, byte value) in changes)
            changed[place % changed.Length] = value;
        return changed;
    }

    private static Gen<object?> Values(int depth) => depth == 0
        ? Gen.OneOf(
            Gen.Constant<object?>(null),
            _texts.Select(text => (object?)text),
            _bytes.Select(bytes => (object?)bytes),
            _integers.Select(number => (object?)number),
            Gen.Elements<object?>(true, false, 0.1, -1.5e300, 5e-324, ulong.MaxValue, 1e15))
        : Gen.OneOf(
            Values(0),
            Values(depth - 1).ListOf().Select(list => (object?)list.ToArray()),
            // In text, what looks like a placeholder is one.
            (from key in _texts.Where(key => key != "_placeholder") from value in Values(depth - 1) select (key, value)).ListOf()
                .Select(pairs => (object?)pairs.DistinctBy(pair => pair.key).ToDictionary(pair => pair.key, pair => pair.value)));

    private static JsonElement Json(SocketIOArguments arguments, int index) => JsonDocument.Parse(arguments.GetJson(index)).RootElement;

    private static void AssertSame(object?[] expected, SocketIOArguments actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(
                JsonElement.DeepEquals(JsonSerializer.SerializeToElement(expected[i]), Json(actual, i)),
                $"{JsonSerializer.Serialize(expected[i])} has become {Encoding.UTF8.GetString(actual.GetJson(i).Span)}.");
            Assert.Equal(expected[i] as byte[], actual.GetAttachment(i)?.ToArray());
        }
    }
}
