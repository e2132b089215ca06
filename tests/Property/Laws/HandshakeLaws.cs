using FsCheck;
using FsCheck.Fluent;
using WsProto.Framing;
using WsProto.Negotiation;
using WsProto.Tests.Generators;

namespace WsProto.Tests.Laws;

/// <summary>The grammar of headers, and what two ends agree on.</summary>
[Trait("RFC", "6455 §4, §9.1")]
public class HandshakeLaws
{
    private static readonly string[] _ownOfRequest = ["Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version"];

    [Fact]
    [Trait("MUST", "4.2.1-13")]
    public void Headers_of_a_request_arrive_as_they_were_sent() => Law.Holds(Headers.ArbitraryLists, Law.Usual, headers =>
    {
        using var client = new WsConnection(ConnectionRole.Client);
        using var server = new WsConnection(ConnectionRole.Server);
        var request = (Request)Assert.Single(server.Read(client.Send(new Request("example.com", "/") { ExtraHeaders = headers })));
        Assert.Equal(headers, request.ExtraHeaders.Without(_ownOfRequest));
    });

    [Fact]
    [Trait("MUST", "4.2.2-11")]
    public void Headers_of_an_answer_arrive_as_they_were_sent() => Law.Holds(Headers.ArbitraryLists, Law.Usual, headers =>
    {
        using var client = new WsConnection(ConnectionRole.Client);
        using var server = new WsConnection(ConnectionRole.Server);
        server.Read(client.Send(new Request("example.com", "/")));
        Assert.Equal(
            [new AcceptConnection { ExtraHeaders = headers }],
            client.Read(server.Send(new AcceptConnection { ExtraHeaders = headers })));
    });

    [Fact]
    public void A_refusal_arrives_as_it_was_sent() => Law.Holds(Refusals, Law.Usual, CheckRefusal);

    [Fact]
    public void A_refusal_with_205_has_an_end() => CheckRefusal(new Refusal(205, [], HasBody: false, [], Cutting.None));

    [Fact]
    public void A_request_that_a_framework_parsed_means_the_same_as_its_bytes() => Law.Holds(Requests, Law.Many, head =>
    {
        // Taken apart by hand, which is possible only where the head is well-formed.
        string[] lines = System.Text.Encoding.Latin1.GetString(head).TrimStart('\r', '\n').Split("\r\n\r\n")[0].Split("\r\n");
        string[] start = lines[0].Split(' ');
        using var byBytes = new WsConnection(ConnectionRole.Server);
        byBytes.Receive(head);
        if (!byBytes.TryReadEvent(out WsEvent? expected)
            || expected is HandshakeFailed
            {
                Error: ProtocolError.MalformedHead or ProtocolError.TooManyHeaders or ProtocolError.UnsupportedHttpVersion
            })
            return;

        HeaderField[] fields =
        [
            .. lines.Skip(1).Select(line => line.Split(':', 2)).Select(field => new HeaderField(field[0], field[1].Trim(' ', '\t'))),
        ];
        using var parsed = new WsConnection(ConnectionRole.Server);
        parsed.ReceiveRequest(start[0], start[1], HeaderList.Create(fields));
        Assert.Equal([expected], parsed.ReadAll());
        Assert.Equal(byBytes.State, parsed.State);
    });

    [Fact]
    [Trait("MUST", "4.2.1-12")]
    [Trait("Register", "C21")]
    public void Parsing_an_extension_header_undoes_writing_it() => Law.Holds(Headers.ArbitraryExtensions, Law.Many, offers =>
    {
        Assert.Equal(offers, ExtensionHeader.Parse([string.Join(", ", offers.AsEnumerable())]));
        Assert.Equal(offers, ExtensionHeader.Parse(offers.Select(offer => offer.ToString())));
    });

    [Fact]
    [Trait("MUST", "9.1-2")]
    public void Quotes_and_spaces_in_an_extension_header_mean_nothing() => Law.Holds(Headers.ArbitraryExtensions, Law.Many, offers =>
    {
        IEnumerable<string> loose = offers.Select(offer => string.Concat(
            offer.Parameters.Select(
                p => p.Value is null ? $"\t; {p.Name} " : $" ;{p.Name} = \"{string.Concat(p.Value.Select(c => $"\\{c}"))}\"\t")
                .Prepend(offer.Name)));
        Assert.Equal(offers, ExtensionHeader.Parse([$" ,, {string.Join(" , ,", loose)}, "]));
    });

    [Fact]
    [Trait("MUST", "4.2.2-16")]
    [Trait("MUST", "4.1-2")]
    public void Both_ends_agree_on_the_same_subprotocol_or_on_none() => Law.Holds(Subprotocols, Law.Usual, choice =>
    {
        using Link link = Asked(new Request("example.com", "/") { Subprotocols = choice.Offered });
        if (choice.Chosen is { } chosen && !choice.Offered.Contains(chosen))
        {
            Assert.Throws<LocalProtocolException>(() => link.Server.Send(new AcceptConnection { Subprotocol = chosen }));
            Assert.Equal(ConnectionState.Connecting, link.Server.State);
            return;
        }

        link.Send(ConnectionRole.Server, new AcceptConnection { Subprotocol = choice.Chosen });
        Assert.Equal((choice.Chosen, choice.Chosen), (link.Client.Subprotocol, link.Server.Subprotocol));
        Assert.Equal((ConnectionState.Open, ConnectionState.Open), (link.Client.State, link.Server.State));
    });

    [Fact]
    [Trait("MUST", "9-1")]
    [Trait("MUST", "4.2.2-10")]
    [Trait("MUST", "4.2.2-17")]
    [Trait("MUST", "5.8-1")]
    [Trait("MUST", "9.1-5")]
    public void Both_ends_agree_on_the_same_extensions_or_on_none() => Law.Holds(Negotiations, Law.Usual, negotiation =>
    {
        using Link link = Asked(new Request("example.com", "/") { Extensions = negotiation.Client });
        Assert.IsType<AcceptConnection>(
            Assert.Single(link.Send(ConnectionRole.Server, new AcceptConnection { Extensions = negotiation.Server })));

        Assert.Equal(Names(link.Client), Names(link.Server));
        Assert.All(link.Server.Extensions, agreed => Assert.Contains(
            negotiation.Client,
            offered => offered.Name == agreed.Agreed.Name && offered.Octet == ((XorCodec)agreed).Octet));
        ReservedBits[] bits = [.. link.Server.Extensions.Select(extension => extension.ReservedBits).Where(bits => bits != 0)];
        Assert.Equal(bits.Distinct(), bits);
        foreach (ConnectionRole role in Enum.GetValues<ConnectionRole>())
        {
            foreach (WsEvent e in negotiation.Talk.Sent())
                Assert.DoesNotContain(link.Send(role, e), read => read is CloseConnection);
            Assert.Equal([new TextMessage("done")], link.Send(role, new TextMessage("done")));
        }

        XorCodec[] used = [.. link.Client.Extensions.Concat(link.Server.Extensions).Cast<XorCodec>()];
        link.Dispose();
        Assert.All(used, extension => Assert.Equal((1, 1), extension.Endings));
    });

    [Fact]
    [Trait("Register", "S31")]
    public void No_text_of_the_caller_can_add_a_line_to_a_head() => Law.Holds(Injections, Law.Many, text =>
    {
        // The same text is tried wherever a caller may put one. Either it is refused, or the head has the lines that it should have.
        var request = new Request("example.com", "/");
        WsEvent[] requests =
        [
            request with { Host = text }, request with { Target = "/" + text }, request with { Subprotocols = [text] },
            request with { ExtraHeaders = [(text, "x")] }, request with { ExtraHeaders = [("X-Extra", text)] },
        ];
        foreach (WsEvent e in requests)
        {
            using var client = new WsConnection(ConnectionRole.Client);
            int lines = CountLines(client, e);
            if (lines > 0)
                Assert.InRange(lines, 6, 7);
        }

        WsEvent[] answers =
        [
            new AcceptConnection { Subprotocol = text }, new AcceptConnection { ExtraHeaders = [("X-Extra", text)] },
            new RejectConnection { Headers = [(text, "x")] }, new RejectConnection { Headers = [("X-Extra", text)] },
        ];
        foreach (WsEvent e in answers)
        {
            using Link link = Asked(request);
            int lines = CountLines(link.Server, e);
            if (lines > 0)
                Assert.Equal(e is AcceptConnection ? 5 : 4, lines);
        }
    });

    private static void CheckRefusal(Refusal refusal)
    {
        using Link link = Asked(new Request("example.com", "/"));
        IReadOnlyList<WsEvent> events = link.Send(
            ConnectionRole.Server,
            new RejectConnection { StatusCode = refusal.Status, Headers = refusal.Headers, HasBody = refusal.HasBody });
        RejectConnection received = Assert.IsType<RejectConnection>(Assert.Single(events));
        Assert.Equal((refusal.Status, refusal.HasBody), (received.StatusCode, received.HasBody));
        Assert.Equal(refusal.Headers, received.Headers.Without("Connection", "Content-Length", "Transfer-Encoding"));
        if (refusal.HasBody)
        {
            byte[] wire = [.. refusal.Body.SelectMany((piece, i) => link.Server.Send(new RejectData(piece, i == refusal.Body.Length - 1)))];
            RejectData body = Assert.IsType<RejectData>(Assert.Single(Cuts.Merge(refusal.Cutting.Feed(link.Client, wire))));
            Assert.Equal(Wire.Concat(refusal.Body), body.Data.ToArray());
            Assert.True(body.BodyFinished);
        }

        Assert.Equal((ConnectionState.Closed, ConnectionState.Closed), (link.Client.State, link.Server.State));
    }

    private static int CountLines(WsConnection connection, WsEvent e)
    {
        ConnectionState before = connection.State;
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        try
        {
            connection.Send(e, output);
        }
        catch (Exception refused) when (refused is ArgumentException or LocalProtocolException)
        {
            Assert.Equal(0, output.WrittenCount);
            Assert.Equal(before, connection.State);
            return 0;
        }

        string head = System.Text.Encoding.Latin1.GetString(output.WrittenSpan);
        Assert.EndsWith("\r\n\r\n", head, StringComparison.Ordinal);
        string[] lines = head[..^4].Split("\r\n");
        Assert.All(lines, line => Assert.False(line.Length == 0 || line.Any(c => c is '\r' or '\n' or '\0')));
        return lines.Length;
    }

    /// <summary>A link whose client has asked.</summary>
    private static Link Asked(Request request)
    {
        var link = new Link(new WsConnection(ConnectionRole.Client), new WsConnection(ConnectionRole.Server));
        Assert.IsType<Request>(Assert.Single(link.Send(ConnectionRole.Client, request)));
        return link;
    }

    private static string[] Names(WsConnection connection) => [.. connection.Extensions.Select(extension => extension.ToString()!)];

    private static Arbitrary<byte[]> Requests => Arb.From(HandshakeHeads.Requests, Shrinks.Bytes);

    private static Arbitrary<string> Injections => Arb.From(
        from parts in Gen.Frequency(
            (3, Headers.Tokens),
            (2, Gen.Elements("\r\n", "\n", "\r", "\0", " ", ": ", "\r\n\r\n", "\u010D\u010A", "\u560A", "\x7F", "\x85", "\t", "#", ":80")),
            (1, Texts.Brief))
            .ListOf()
        select string.Concat(parts.Take(5)),
        Texts.Shrink);

    private static Arbitrary<Refusal> Refusals => Arb.From(
        from status in Gen.Frequency((1, Gen.Elements(200, 204, 304, 401, 404)), (2, Gen.Choose(206, 599)))
        from headers in Headers.Lists
        from hasBody in Gen.Elements(true, false)
        from body in Gen.Choose(1, 4).SelectMany(count => Testing.Generators.Bytes.Control.ArrayOf(count))
        from cutting in Cutting.Any
        select new Refusal(status, headers, hasBody && status is not (204 or 304), body, cutting),
        refusal =>
        [
            .. Shrinks.List(refusal.Body).Where(body => body.Length > 0).Select(body => refusal with { Body = body }),
            .. Cutting.Shrink(refusal.Cutting).Select(cutting => refusal with { Cutting = cutting }),
        ]);

    private static Arbitrary<SubprotocolChoice> Subprotocols => Arb.From(
        from names in Headers.Tokens.ListOf()
        from own in Gen.Elements(true, true, false)
        from index in Gen.Choose(0, 20)
        from other in Gen.Frequency((1, Gen.Constant<string?>(null)), (1, Headers.Tokens.Select(name => (string?)name)))
        let offered = names.Distinct().Take(10).ToArray()
        select new SubprotocolChoice(offered, own && offered.Length > 0 ? offered[index % offered.Length] : other));

    private static Arbitrary<Negotiation> Negotiations
    {
        get
        {
            Gen<XorExtension> one = from name in Gen.Elements("alpha", "beta", "gamma", "delta")
                                    from bits in Gen.Elements(ReservedBits.None, ReservedBits.Rsv1, ReservedBits.Rsv2, ReservedBits.Rsv3)
                                    from octet in Gen.Choose(0, 255)
                                    from largest in Gen.Elements(0, 100, 255, 255)
                                    select new XorExtension(name, bits, (byte)octet, (byte)largest);
            Gen<XorExtension[]> some = Gen.Choose(0, 4)
                .SelectMany(count => one.ArrayOf(count))
                .Select(list => list.DistinctBy(extension => extension.Name).ToArray());
            return Arb.From(
                from offered in some
                from known in some
                from talk in Talk.Any
                    // Both ends know the same bits for a name, as its specification says them.
                let server = known.Select(
                    k => offered.FirstOrDefault(o => o.Name == k.Name) is { } o ? new XorExtension(k.Name, o.Bits, k.Octet, 255) : k)
                    .ToArray()
                select new Negotiation(offered, server, talk),
                negotiation =>
                [
                    .. Shrinks.List(negotiation.Client).Select(client => negotiation with { Client = client }),
                    .. Shrinks.List(negotiation.Server).Select(server => negotiation with { Server = server }),
                    .. Talk.Shrink(negotiation.Talk).Select(talk => negotiation with { Talk = talk }),
                ]);
        }
    }

    private sealed record Refusal(int Status, HeaderList Headers, bool HasBody, byte[][] Body, Cutting Cutting)
    {
        public override string ToString() =>
            $"{Status} {Testing.Generators.Headers.Show(Headers)} {(HasBody ? "with" : "without")} "
            + $"[{string.Join(", ", Body.Select(piece => Testing.Generators.Bytes.Show(piece)))}] {Cutting}";
    }

    private sealed record SubprotocolChoice(string[] Offered, string? Chosen)
    {
        public override string ToString() => $"{Chosen ?? "none"} of [{string.Join(", ", Offered)}]";
    }

    private sealed record Negotiation(XorExtension[] Client, XorExtension[] Server, Talk Talk)
    {
        public override string ToString() =>
            $"client [{string.Join(", ", Client.AsEnumerable())}], server [{string.Join(", ", Server.AsEnumerable())}], {Talk}";
    }
}
