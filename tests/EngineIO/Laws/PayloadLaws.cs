using System.Text;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Testing;

namespace WsProto.EngineIO.Tests.Laws;

public class PayloadLaws
{
    private static readonly Gen<string> _texts =
        from parts in Gen.Elements("", "a", "4", "b", "grüße", "🎈", "\0", "\n", "\"", new string('x', 300)).ListOf()
        select string.Concat(parts);

    private static readonly Gen<byte[]> _bytes = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();

    private static readonly Gen<Packet> _packets = Gen.OneOf(
        from text in _texts select Packet.Text(text),
        from data in _bytes select Packet.Binary(data));

    /// <summary>Bodies from good to bad: packets, and bytes that look like packets.</summary>
    private static readonly Gen<byte[]> _bodies = Gen.OneOf(
        from packets in _packets.NonEmptyListOf() select Payload.Encode([.. packets]).ToArray(),
        from parts in Gen.Elements("0", "1", "2", "3", "4", "5", "6", "7", "b", "\u001e", "AQ==", "A", "ü", "4a\u001e").ListOf()
        select Encoding.UTF8.GetBytes(string.Concat(parts)),
        _bytes);

    [Fact]
    public void What_is_encoded_is_read_back_from_a_payload() =>
        Law.Holds(Arb.From(_packets.NonEmptyListOf().Select(packets => packets.ToArray())), 2_000, packets =>
        {
            List<Packet> read = [];
            ReadOnlyMemory<byte>? rest = Payload.Encode(packets);
            while (rest is { } payload)
            {
                Assert.True(Payload.TryRead(Payload.Cut(payload, out rest), out ReceivedPacket packet));
                Assert.Equal(PacketType.Message, packet.Type);
                read.Add(packet.IsBinary ? Packet.Binary(packet.Data.Span) : Packet.Text(packet.Data.Span));
            }

            AssertSame(packets, read);
        });

    [Fact]
    public void What_is_encoded_is_read_back_from_WebSocket_messages() =>
        Law.Holds(Arb.From(_packets.NonEmptyListOf().Select(packets => packets.ToArray())), 500, packets =>
        {
            List<Packet> read = [];
            var host =
                new MemoryHost { OnMessage = (_, m) => read.Add(m.IsBinary ? Packet.Binary(m.Data.Span) : Packet.Text(m.Data.Span)) };
            Exchange socket = host.OpenWebSocket();
            foreach (Packet packet in packets)
            {
                if (packet.IsBinary)
                    socket.Session!.ReceiveBinary(socket.Request, packet.OnWebSocket, host.Now);
                else
                    socket.Session!.ReceiveText(socket.Request, packet.OnWebSocket, host.Now);
                host.Settle(socket.Session);
            }

            AssertSame(packets, read);
        });

    [Fact]
    public void Cutting_a_body_anywhere_yields_the_same_answer_events_and_end() =>
        Law.Holds(Arb.From(from body in _bodies from cuts in Gen.Choose(0, 100).ListOf() select (body, cuts)), 2_000, example =>
        {
            Assert.Equal(Outcome([example.body]), Outcome(Cut(example.body, example.cuts)));
            Assert.Equal(Outcome([example.body]), Outcome(example.body.Select(value => new[] { value })));
        });

    [Fact]
    public void Cutting_a_body_at_the_limit_yields_the_same_answer_events_and_end() =>
        Law.Holds(Arb.From(from size in Gen.Choose(98, 102) from cuts in Gen.Choose(0, 102).ListOf() select (size, cuts)), 500, example =>
        {
            byte[] body = new byte[example.size];
            Array.Fill(body, (byte)'4');
            EngineIOServerOptions options = new() { MaxPayload = 100 };
            string outcome = Outcome([body], options);
            Assert.StartsWith(example.size > 100 ? "413" : "200", outcome, StringComparison.Ordinal);
            Assert.Equal(outcome, Outcome(Cut(body, example.cuts), options));
        });

    private static string Outcome(IEnumerable<byte[]> pieces, EngineIOServerOptions? options = null)
    {
        var host = new MemoryHost(options);
        EngineIOSession session = host.Open();
        Exchange poll = host.Poll(session);
        Exchange post = host.BeginPost(session);
        foreach (byte[] piece in pieces)
            host.Body(post, piece);
        host.BodyEnd(post);
        string polled = poll.Answer is null ? "pending" : poll.Body;
        return $"{post.Answer!.Status} {post.Body} {post.Answer.Error} {polled} {session.State}\n{string.Join('\n', host.Log(session))}";
    }

    private static IEnumerable<byte[]> Cut(byte[] body, IEnumerable<int> cuts)
    {
        int start = 0;
        foreach (int cut in cuts.Order().Where(cut => cut <= body.Length).Append(body.Length))
        {
            yield return body[start..cut];
            start = cut;
        }
    }

    private static void AssertSame(IEnumerable<Packet> expected, IEnumerable<Packet> actual) =>
        Assert.Equal(
            expected.Select(packet => (packet.IsBinary, Convert.ToHexString(packet.Data.Span))),
            actual.Select(packet => (packet.IsBinary, Convert.ToHexString(packet.Data.Span))));
}
