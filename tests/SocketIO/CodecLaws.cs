using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using WsProto.EngineIO;
using WsProto.Testing;

namespace WsProto.SocketIO.Tests;

[Trait("Gate", "Whole")]
public class CodecLaws
{
    private static readonly Gen<string> _texts =
        from parts in Gen.Elements("", "a", "[", "{", "\"", "\\", "\n", "grüße", "🎈", ",", "/", "_placeholder", "\u001e").ListOf()
        select string.Concat(parts);

    private static readonly Gen<byte[]> _bytes = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();

    private static readonly Gen<string> _namespaces = Gen.Elements("/", "/a", "/a/b?c", "/größe");

    private static readonly Gen<long?> _ids = Gen.OneOf(Gen.Constant<long?>(null), Gen.Choose(0, int.MaxValue).Select(id => (long?)id));

    [Fact]
    public void What_is_encoded_is_decoded_as_it_was() =>
        Law.Holds(
            Arb.From(
                from path in _namespaces
                from name in _texts.Where(name => !SocketIODecoder.IsReserved(name))
                from id in _ids
                from arguments in Gen.Sized(size => Values(Math.Min(size, 4))).ListOf()
                select (path, name, id, arguments: arguments.ToArray())),
            2_000,
            example =>
            {
                var encoder = new SocketIOEncoder(maxAttachments: 1000);
                IReadOnlyList<Packet> messages = encoder.Event(example.path, example.name, example.arguments, example.id);
                SocketIOPacket packet = Decode(messages);
                Assert.Equal(
                    (SocketIOPacketType.Event, example.path, example.id, example.name),
                    (packet.Type, packet.Namespace, packet.Id, packet.Event));
                AssertSame(example.arguments, packet.Arguments);

                packet = Decode(encoder.Ack(example.path, example.id ?? 0, example.arguments));
                Assert.Equal(
                    (SocketIOPacketType.Ack, example.path, example.id ?? 0, null),
                    (packet.Type, packet.Namespace, packet.Id, packet.Event));
                AssertSame(example.arguments, packet.Arguments);
            });

    /// <summary>Bytes that look like packets, and bytes that do not, end in a packet or an error, and never in an exception.</summary>
    [Fact]
    public void Whatever_comes_is_a_packet_or_an_error() =>
        Law.Holds(
            Arb.From(Gen.OneOf(
                from parts in Gen.Elements(
                    "0", "2", "3", "5", "1-", "/", ",", "[", "]", "{", "}", "\"", "a", ":", "\\", "\\ud83d", "_placeholder", "true", "num",
                    "0", "-1", "1e9", " ")
                    .ListOf()
                select Encoding.UTF8.GetBytes(string.Concat(parts)),
                from parts in Gen.Elements("[\"a\"", ",1", ",{\"_placeholder\":true,\"num\":0}", ",[", "]", "}", "{\"x\":").ListOf()
                select Encoding.UTF8.GetBytes("51-" + string.Concat(parts)),
                _bytes).ListOf()),
            3_000,
            messages =>
            {
                var decoder = new SocketIODecoder();
                foreach (byte[] message in messages)
                {
                    SocketIOError? error = decoder.AwaitsAttachments && message.Length % 3 > 0
                        ? decoder.ReceiveBinary(message, out SocketIOPacket? packet)
                        : decoder.ReceiveText(message, out packet);
                    if (error is not null)
                    {
                        Assert.Null(packet);
                        break;
                    }

                    Assert.Equal(packet is null, decoder.AwaitsAttachments);
                    for (int i = 0; i < packet?.Arguments.Count; i++)
                        _ = JsonDocument.Parse(packet.Arguments.GetJson(i));
                }
            });

    private static Gen<object?> Values(int depth) => depth == 0
        ? Gen.OneOf(
            Gen.Constant<object?>(null),
            _texts.Select(text => (object?)text),
            _bytes.Select(bytes => (object?)bytes),
            Gen.Choose(int.MinValue, int.MaxValue).Select(number => (object?)number),
            Gen.Elements<object?>(true, false))
        : Gen.OneOf(
            Values(0),
            Values(depth - 1).ListOf().Select(list => (object?)list.ToArray()),
            // An object of the application that has the mark of a placeholder is one: the protocol has no way to say that it is not.
            (from key in _texts.Where(key => key != "_placeholder") from value in Values(depth - 1) select (key, value)).ListOf()
                .Select(pairs => (object?)pairs.DistinctBy(pair => pair.key).ToDictionary(pair => pair.key, pair => pair.value)));

    private static SocketIOPacket Decode(IReadOnlyList<Packet> messages)
    {
        var decoder = new SocketIODecoder(new() { MaxAttachments = 1000, MaxPacketSize = long.MaxValue });
        Assert.Null(decoder.ReceiveText(messages[0].Data, out SocketIOPacket? packet));
        foreach (Packet attachment in messages.Skip(1))
        {
            Assert.Null(packet);
            Assert.Null(decoder.ReceiveBinary(attachment.Data, out packet));
        }

        Assert.NotNull(packet);
        return packet;
    }

    /// <summary>Bytes have become base64, as what reads them expects.</summary>
    private static void AssertSame(object?[] expected, SocketIOArguments actual)
    {
        Assert.Equal(expected.Length, actual.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(JsonElement.DeepEquals(
                JsonSerializer.SerializeToElement(expected[i]), JsonDocument.Parse(actual.GetJson(i)).RootElement));
            Assert.Equal(expected[i] as byte[], actual.GetAttachment(i)?.ToArray());
        }
    }
}
