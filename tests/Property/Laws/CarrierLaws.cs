// One negotiation, three carriers: what is decided must not depend on what the fields travelled in, how bytes were cut, or how names are
// spelled.

using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using WsProto.Tests.Generators;

namespace WsProto.Tests.Laws;

[Trait("RFC", "6455 §4, 8441 §5")]
public class CarrierLaws
{
    private static readonly string[] _subprotocols = ["a", "b, a", "a, a", "a b", "", ", b", "b"];
    private static readonly string[] _extensions =
    [
        "x", "alpha; octet=7", "alpha; octet=300", "alpha;", "alpha; octet=7, beta; octet=1", "\"", ", ,", "beta; octet=1; octet=2",
    ];
    private static readonly string[] _versions = ["13", "12", "", "13, 13"];
    private static readonly string[] _answers = ["a", "b", "c", "", "a, b"];

    private static XorExtension[] Known => [new("alpha", Framing.ReservedBits.Rsv1, 7), new("beta", Framing.ReservedBits.Rsv1, 1)];

    [Fact]
    public void Server_decides_the_same_for_the_same_fields_on_each_carrier() => Law.Holds(Requests, Law.Many, asked =>
    {
        HeaderList shared = asked.Fields();
        HeaderList upgrade =
        [
            .. asked.Spell(("Host", "example.com"), ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Key", Heads.Key)),
            .. shared,
        ];
        HeaderList connect =
        [
            (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":authority", "example.com"), (":path", "/x"),
            .. shared,
        ];

        Decision parsed = Decide(ServerNegotiation.FromUpgrade("GET", "/x", upgrade), asked);
        Assert.Equal(parsed, Decide(ServerNegotiation.FromExtendedConnect(connect), asked));
        byte[] head = Encoding.Latin1.GetBytes("GET /x HTTP/1.1\r\n" + string.Concat(upgrade.Select(field => $"{field}\r\n")) + "\r\n");
        Assert.Equal(parsed, DecideOnBytes(head, asked));
    });

    [Fact]
    public void Client_decides_the_same_for_the_same_fields_on_each_carrier() => Law.Holds(Requests, Law.Many, asked =>
    {
        var request = new Request("example.com", "/x") { Subprotocols = ["a", "b"], Extensions = Known };
        var options = new WsConnectionOptions { Random = Rand.Fixed(Heads.Nonce) };
        HeaderList shared = asked.Fields().Without("Sec-WebSocket-Version");
        HeaderList upgrade =
        [
            .. asked.Spell(("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", Heads.Accept)),
            .. shared,
        ];

        string parsed = Tell(ClientNegotiation.ForUpgrade(request, options).Read(101, upgrade, out WsConnection? first), first);
        Assert.Equal(
            parsed,
            Tell(ClientNegotiation.ForExtendedConnect(request, "https", options).Read(200, shared, out WsConnection? second), second));
        byte[] head = Encoding.Latin1.GetBytes("HTTP/1.1 101 \r\n" + string.Concat(upgrade.Select(field => $"{field}\r\n")) + "\r\n");
        using var client = new WsConnection(ConnectionRole.Client, options);
        client.Send(request);
        Assert.Equal(parsed, Tell(Assert.Single(asked.Cutting.Feed(client, head)), client));
    });

    /// <summary>The oracle is RFC 8441 §4 and §5: who, how, and for what.</summary>
    [Fact]
    public void Extended_CONNECT_opens_a_WebSocket_where_it_asks_for_one_and_nowhere_else()
    {
        var fields = Arb.From(
            from method in Gen.Frequency((6, Gen.Constant("CONNECT")), (1, Gen.Elements("GET", "connect", "")))
            from protocol in Gen.Frequency(
                (6, Gen.Elements("websocket", "WebSocket")),
                (3, Gen.Elements("connect-udp", "websockets", "web", "")))
            from scheme in Gen.Frequency((6, Gen.Elements("http", "https")), (1, Gen.Elements("ws", "", "ftp")))
            from path in Gen.Frequency((6, Gen.Elements("/", "/x?y=z")), (1, Gen.Elements("", "x", "*")))
            select (method, protocol, scheme, path));
        Law.Holds(fields, Law.Many, asked =>
        {
            bool opens = asked.method == "CONNECT"
                && asked.protocol.Equals("websocket", StringComparison.OrdinalIgnoreCase)
                && (asked.scheme is "http" or "https")
                && asked.path.StartsWith('/');
            ServerNegotiation negotiation = ServerNegotiation.FromExtendedConnect(
            [
                (":method", asked.method), (":protocol", asked.protocol), (":scheme", asked.scheme), (":authority", "example.com"),
                (":path", asked.path), ("Sec-WebSocket-Version", "13"),
            ]);
            Assert.Equal(opens, negotiation.Request is not null);
            Assert.Equal(opens, negotiation.Failure is null);
        });
    }

    private static Decision Decide(ServerNegotiation negotiation, Asked asked)
    {
        if (negotiation.Failure is { } failed)
            return new Decision($"{failed.Error}", "");
        var accept = new AcceptConnection { Subprotocol = asked.Answer, Extensions = Known };
        if (!CanAccept(negotiation.Request!, accept))
            return new Decision("accepted", "cannot");
        using WsConnection server = negotiation.Accept(accept, out ResponseHead head);
        return new Decision(
            "accepted",
            Agreed(server)
                + string.Concat(head.Headers.Where(field => field.Name is "Sec-WebSocket-Protocol" or "Sec-WebSocket-Extensions")));
    }

    private static Decision DecideOnBytes(byte[] head, Asked asked)
    {
        using var server = new WsConnection(ConnectionRole.Server);
        switch (Assert.Single(asked.Cutting.Feed(server, head)))
        {
            case HandshakeFailed failed:
                return new Decision($"{failed.Error}", "");
            case Request request:
                var accept = new AcceptConnection { Subprotocol = asked.Answer, Extensions = Known };
                if (!CanAccept(request, accept))
                {
                    Assert.Throws<LocalProtocolException>(() => server.Send(accept));
                    return new Decision("accepted", "cannot");
                }

                string[] lines = Encoding.Latin1.GetString(server.Send(accept)).Split("\r\n");
                return new Decision(
                    "accepted",
                    Agreed(server) + string.Concat(lines.Where(line => line.StartsWith("Sec-WebSocket-Protocol", StringComparison.Ordinal)
                        || line.StartsWith("Sec-WebSocket-Extensions", StringComparison.Ordinal))));
            default:
                throw new InvalidOperationException("Neither a request nor a failure.");
        }
    }

    private static bool CanAccept(Request request, AcceptConnection accept) =>
        accept.Subprotocol is null || request.Subprotocols.Contains(accept.Subprotocol);

    private static string Agreed(WsConnection connection) => $"{connection.Subprotocol} {string.Join(", ", connection.Extensions)} ";

    private static string Tell(WsEvent? e, WsConnection? connection) => e switch
    {
        HandshakeFailed failed => $"{failed.Error}",
        AcceptConnection accept => $"{accept.Subprotocol} {string.Join(", ", accept.AgreedExtensions)} as {Agreed(connection!)}",
        _ => $"{e}",
    };

    private static Arbitrary<Asked> Requests => Arb.From(
        from subprotocols in Gen.Elements<string?>([.. _subprotocols, null])
        from extensions in Gen.Elements<string?>([.. _extensions, null])
        from version in Gen.Frequency((6, Gen.Constant("13")), (1, Gen.Elements(_versions)))
        from split in Gen.Elements(true, false)
        from spelling in Gen.Choose(0, 2)
        from answer in Gen.Elements<string?>([.. _answers, null])
        from cutting in Cutting.Any
        select new Asked(subprotocols, extensions, version, split, spelling, answer, cutting));

    /// <summary>What was decided, and what was agreed on.</summary>
    private sealed record Decision(string Verdict, string Agreement);

    private sealed record Asked(
        string? Subprotocols, string? Extensions, string Version, bool Split, int Spelling, string? Answer, Cutting Cutting)
    {
        /// <summary>The fields that all carriers have.</summary>
        public HeaderList Fields()
        {
            List<HeaderField> fields = [("Sec-WebSocket-Version", Version)];
            Add("Sec-WebSocket-Protocol", Subprotocols);
            Add("Sec-WebSocket-Extensions", Extensions);
            return Spell([.. fields]);

            void Add(string name, string? value)
            {
                // A list may stand on several lines.
                foreach (string line in value is null
                    ? []
                    : Split && value.Contains(", ", StringComparison.Ordinal) ? value.Split(", ")
                    : new[] { value })
                    fields.Add((name, line));
            }
        }

        /// <summary>Names in another case.</summary>
        public HeaderList Spell(params HeaderField[] fields) =>
        [
            .. fields.Select(field => new HeaderField(
                Spelling switch { 0 => field.Name, 1 => Lower(field.Name), _ => field.Name.ToUpperInvariant() },
                field.Value)),
        ];

#pragma warning disable CA1308 // HTTP/2 writes names in lower case.
        private static string Lower(string name) => name.ToLowerInvariant();
#pragma warning restore CA1308
    }
}
