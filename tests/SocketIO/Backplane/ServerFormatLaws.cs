using System.Text;
using FsCheck;
using FsCheck.Fluent;
using WsProto.EngineIO;
using WsProto.Testing;

namespace WsProto.SocketIO.Tests.Backplane;

public class ServerFormatLaws
{
    private static readonly Gen<string> _texts =
        from parts in Gen.Elements("", "a", "[", "{", "\"", "\\", "\n", "grüße", "🎈", "/", "_placeholder", "null").ListOf()
        select string.Concat(parts);

    private static readonly Gen<object?> _values = Gen.OneOf(
        Gen.Constant<object?>(null),
        Gen.Choose(-5, 5).Select(value => (object?)value),
        _texts.Select(value => (object?)value),
        Gen.Choose(0, 255).Select(value => (object?)new byte[] { (byte)value }),
        Gen.Choose(0, 255).Select(value => (object?)new { x = new[] { new byte[] { (byte)value }, [] } }));

    [Fact]
    public void Clients_of_other_servers_get_what_clients_here_get() =>
        Law.Holds(
            Arb.From(
                from name in _texts.Where(name => !SocketIODecoder.IsReserved(name))
                from rooms in _texts.ListOf()
                from except in _texts.ListOf()
                from arguments in _values.ListOf()
                from isVolatile in Gen.Elements(true, false)
                select (name, audience: new SocketIOAudience("/n", [.. rooms], [.. except]), arguments: arguments.ToArray(), isVolatile)),
            2_000,
            example =>
            {
                var encoder = new SocketIOEncoder(maxAttachments: 1000);
                var sent = new ServerEmit("h", example.audience, encoder.Content("/n", example.name, example.arguments))
                {
                    IsVolatile = example.isVolatile,
                };
                Assert.True(SocketIOServerFormat.TryRead(SocketIOServerFormat.Write(sent), out SocketIOServerMessage? message));
                ServerEmit received = Assert.IsType<ServerEmit>(message);
                Assert.Equal(("h", "/n", example.isVolatile), (received.Origin, received.Audience.Namespace, received.IsVolatile));
                Assert.Equal(example.audience.Rooms, received.Audience.Rooms);
                Assert.Equal(example.audience.Except, received.Audience.Except);
                IReadOnlyList<Packet> here = encoder.Event("/n", example.name, example.arguments);
                Assert.Equal(Show(here), Show(encoder.Encode(sent.Read(1000)!)));
                Assert.Equal(Show(here), Show(encoder.Encode(received.Read(1000)!)));
            });

    /// <summary>Bytes that look like messages, and bytes that do not, end in a message or in none, and never in an exception.</summary>
    [Fact]
    public void Whatever_comes_is_a_message_or_none() =>
        Law.Holds(
            Arb.From(Gen.OneOf(
                from method in Gen.Elements(
                    "emit", "callback", "enter_room", "leave_room", "close_room", "disconnect", "count", "counted", "alive", "x")
                from fields in (from name in Gen.Elements(
                                    "event", "data", "binary", "namespace", "room", "skip_sid", "callback", "host_id", "sid", "id", "args",
                                    "volatile", "exact",
                                    "timeout", "from", "attachments", "to", "count", "close", "leaving", "other", "\\ud83d")
                                from value in Gen.Elements(
                                    "null", "true", "1", "-1e99", "\"a\"", "\"\\ud83d\"", "[]", "[null]", "[1,\"/\",2]", "[[],\"AQ==\"]",
                                    "{}",
                                    "[[{\"_placeholder\":true,\"num\":0}],\"AQ==\"]", "[[{\"\\ud83d_______\":1}],\"AQ==\"]",
                                    "[{\"a\":[1]}]", "\"", "[", "]")
                                select $",\"{name}\":{value}").ListOf()
                select Encoding.UTF8.GetBytes($"{{\"method\":\"{method}\"{string.Concat(fields)}}}"),
                Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf())),
            5_000,
            bytes =>
            {
                if (!SocketIOServerFormat.TryRead(bytes, out SocketIOServerMessage? message) || message is null)
                    return;
                if (message is not ServerEmit emit)
                    _ = message is ServerChange { Audience.Rooms.Count: > 1 } ? default : SocketIOServerFormat.Write(message);
                else if (emit.Read(10) is { } content)
                    _ = new SocketIOEncoder().Encode(content);
            });

    private static string Show(IReadOnlyList<Packet> packets) =>
        string.Join(
            ' ',
            packets.Select(packet => packet.IsBinary ? Convert.ToHexString(packet.Data.Span) : Encoding.UTF8.GetString(packet.Data.Span)));
}
