using System.Text;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Extensions;
using WsProto.Tests.Generators;

namespace WsProto.Tests.Laws;

/// <summary>What holds without compression holds with it, under all settings of both ends.</summary>
[Trait("RFC", "7692 §7")]
public class DeflateLaws
{
    [Fact]
    public void What_one_side_compresses_the_other_receives_whole() => Law.Holds(Carriage.Arbitrary, Law.Usual, carriage =>
        Assert.Equal(carriage.Talk.ReadWhole(), carriage.Carry(MessageDelivery.Whole)));

    [Fact]
    public void What_one_side_compresses_the_other_receives_in_chunks_that_join_to_the_same() =>
        Law.Holds(Carriage.Arbitrary, 2 * Law.Few, carriage =>
        {
            IReadOnlyList<WsEvent> pieces = carriage.Carry(MessageDelivery.Chunks);
            Assert.Equal(Joined(carriage.Talk.ReadWhole()), Joined(pieces));
            Assert.Equal(carriage.Talk.ReadWhole().Where(e => e is not Message), pieces.Where(e => e is not Message));
        });

    [Fact]
    public void Both_ends_agree_on_the_same_parameters_within_the_settings_of_both() => Law.Holds(Carriage.Arbitrary, Law.Usual, carriage =>
    {
        using Link link = carriage.Connect(new WsConnectionOptions());
        DeflateParameters agreed = Agreed(link.Client);
        Assert.Equal(agreed, Agreed(link.Server));
        (PerMessageDeflate client, PerMessageDeflate server) = (carriage.Client, carriage.Server);
        Assert.Equal(client.ServerNoContextTakeover || server.ServerNoContextTakeover, agreed.ServerNoContextTakeover);
        Assert.Equal(client.ClientNoContextTakeover || server.ClientNoContextTakeover, agreed.ClientNoContextTakeover);
        Assert.Equal(Math.Min(client.ServerMaxWindowBits, server.ServerMaxWindowBits), agreed.ServerMaxWindowBits);
        Assert.Equal(Math.Min(client.ClientMaxWindowBits, server.ClientMaxWindowBits), agreed.ClientMaxWindowBits);
    });

    [Fact]
    public void Where_one_end_has_no_compression_neither_uses_it() => Law.Holds(Carriage.Arbitrary, Law.Few, carriage =>
    {
        foreach (ConnectionRole without in Enum.GetValues<ConnectionRole>())
        {
            using Link link = Link.Connected(
                new Request("example.com", "/") { Extensions = without == ConnectionRole.Client ? [] : [carriage.Client] },
                new AcceptConnection { Extensions = without == ConnectionRole.Server ? [] : [carriage.Server] });
            Assert.Empty(link.Client.Extensions.Concat(link.Server.Extensions));
            Assert.Equal(carriage.Talk.ReadWhole(), carriage.Talk.Sent().SelectMany(e => link.Send(carriage.Sender, carriage.Marked(e))));
        }
    });

    [Fact]
    public void Relaying_between_compressed_and_plain_connections_changes_no_message() =>
        Law.Holds(Carriage.Arbitrary, Law.Usual, carriage =>
        {
            foreach (MessageDelivery delivery in Enum.GetValues<MessageDelivery>())
            {
                var options = new WsConnectionOptions { MessageDelivery = delivery, MaxFragmentCount = null };
                using Link front = carriage.Connect(options);
                using Link middle = Link.Established(options);
                using Link back = carriage.Connect(new WsConnectionOptions { MaxFragmentCount = null });
                IEnumerable<WsEvent> arrived = carriage.Talk.Sent()
                    .SelectMany(e => carriage.Cutting.Feed(front.PeerOf(carriage.Sender), front[carriage.Sender].Send(carriage.Marked(e))))
                    .SelectMany(e => middle.Send(carriage.Sender, e))
                    .SelectMany(e => back.Send(carriage.Sender, e));
                Assert.Equal(carriage.Talk.ReadWhole(), arrived);
            }
        });

    private static DeflateParameters Agreed(WsConnection connection) =>
        Assert.IsType<DeflateCodec>(Assert.Single(connection.Extensions)).Parameters;

    /// <summary>The messages alone, as their kinds and octets. What stands between the pieces of one is left out.</summary>
    private static List<string> Joined(IEnumerable<WsEvent> events)
    {
        var messages = new List<string>();
        var open = new List<byte>();
        foreach (Message piece in events.OfType<Message>())
        {
            open.AddRange(piece is TextMessage text ? Encoding.UTF8.GetBytes(text.Data) : ((BytesMessage)piece).Data.ToArray());
            if (!piece.MessageFinished)
                continue;
            messages.Add($"{piece.GetType().Name} {Convert.ToHexString([.. open])}");
            open.Clear();
        }

        Assert.Empty(open);
        return messages;
    }

    /// <summary>A talk, who holds it, the settings of both ends, and how it travels.</summary>
    private sealed record Carriage(
        Talk Talk, ConnectionRole Sender, PerMessageDeflate Client, PerMessageDeflate Server, bool? Compress, Cutting Cutting)
    {
        public static Arbitrary<Carriage> Arbitrary { get; } = Arb.From(
            from talk in Talk.Any
            from sender in Scene.Roles
            from client in DeflateSettings.Any
            from server in DeflateSettings.Any
            from compress in Gen.Elements<bool?>(null, true, false)
            from cutting in Cutting.Any
            select new Carriage(talk, sender, client, server, compress, cutting),
            Shrink);

        public Link Connect(WsConnectionOptions options) =>
            Link.Connected(
                new Request("example.com", "/") { Extensions = [Client] }, new AcceptConnection { Extensions = [Server] }, options);

        /// <summary>The event with the wish of its message.</summary>
        public WsEvent Marked(WsEvent e) => e is Message message ? message with { Compress = Compress } : e;

        /// <summary>Sends all of it over two ends that have agreed, and gives what was read.</summary>
        public IReadOnlyList<WsEvent> Carry(MessageDelivery delivery)
        {
            var pool = new CountingPool();
            using (Link link = Connect(new WsConnectionOptions { MessageDelivery = delivery, Pool = pool }))
            {
                byte[] wire = [.. Talk.Sent().SelectMany(e => link[Sender].Send(Marked(e)))];
                IReadOnlyList<WsEvent> events = Cutting.Feed(link.PeerOf(Sender), wire);
                link[Sender].ReleaseIdleMemory();
                Assert.Equal(0, pool.Outstanding);
                return events;
            }
        }

        public override string ToString() =>
            $"{Sender} says:\n{Talk}\n{Cutting}, compress {Compress?.ToString() ?? "as it thinks"}\nclient {DeflateSettings.Show(Client)}\n"
            + $"server {DeflateSettings.Show(Server)}";

        private static IEnumerable<Carriage> Shrink(Carriage carriage) =>
        [
            .. Talk.Shrink(carriage.Talk).Select(talk => carriage with { Talk = talk }),
            .. DeflateSettings.Shrink(carriage.Client).Select(client => carriage with { Client = client }),
            .. DeflateSettings.Shrink(carriage.Server).Select(server => carriage with { Server = server }),
            .. Cutting.Shrink(carriage.Cutting).Select(cutting => carriage with { Cutting = cutting }),
        ];
    }
}
