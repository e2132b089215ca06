
using WsProto.Extensions;

namespace WsProto.Tests.Extensions.Deflate;

/// <summary>Handshakes about Sec-WebSocket-Extensions, and every value that a setting can have.</summary>
internal static class Negotiation
{
    private const string Header = "Sec-WebSocket-Extensions";

    /// <summary>A server reads the request with this header.</summary>
    public static (WsEvent Event, WsConnection Server) Request(params string[] lines)
    {
        var server = new WsConnection(ConnectionRole.Server);
        WsEvent e = Assert.Single(server.Read(Heads.Request(more: [.. lines.Select(line => $"{Header}: {line}")])));
        return (e, server);
    }

    /// <summary>What a server with these templates answers to these lines of the header; null for nothing.</summary>
    public static (string? Answer, WsConnection Server) Accept(string[] lines, params WsExtension[] templates)
    {
        (WsEvent e, WsConnection server) = Request(lines);
        Assert.IsType<Request>(e);
        string head = System.Text.Encoding.Latin1.GetString(server.Send(new AcceptConnection { Extensions = templates }));
        Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
        string[] answers = [.. head.Split("\r\n").Where(line => line.StartsWith(Header, StringComparison.OrdinalIgnoreCase))];
        Assert.InRange(answers.Length, 0, 1);
        return (answers.SingleOrDefault()?[(Header.Length + 2)..], server);
    }

    /// <summary>What a client with this template reads when these lines of the header answer it.</summary>
    public static (WsEvent Event, WsConnection Client) Confirm(WsExtension template, params string[] lines)
    {
        var client = new WsConnection(ConnectionRole.Client, new() { Random = Rand.Fixed(Heads.Nonce) });
        client.Send(new Request("example.com", "/chat") { Extensions = [template] });
        WsEvent e = Assert.Single(client.Read(Heads.Response(more: [.. lines.Select(line => $"{Header}: {line}")])));
        return (e, client);
    }

    public static DeflateParameters Agreed(this WsConnection connection) =>
        Assert.IsType<DeflateCodec>(Assert.Single(connection.Extensions)).Parameters;

    /// <summary>All 196 combinations of the four settings.</summary>
    public static IEnumerable<PerMessageDeflate> Settings() =>
        from serverForgets in new[] { false, true }
        from clientForgets in new[] { false, true }
        from server in Enumerable.Range(9, 7)
        from client in Enumerable.Range(9, 7)
        select new PerMessageDeflate
        {
            ServerNoContextTakeover = serverForgets,
            ClientNoContextTakeover = clientForgets,
            ServerMaxWindowBits = server,
            ClientMaxWindowBits = client,
        };

    /// <summary>
    /// All 360 well-formed elements: with and without each flag, each window absent or 8 to 15, and the client's without a value.
    /// </summary>
    public static IEnumerable<Element> Elements() =>
        from serverForgets in new[] { false, true }
        from clientForgets in new[] { false, true }
        from server in new int?[] { null, 8, 9, 10, 11, 12, 13, 14, 15 }
        from client in new int?[] { null, Element.Open, 8, 9, 10, 11, 12, 13, 14, 15 }
        select new Element(serverForgets, clientForgets, server, client);
}

/// <summary>A well-formed element of the header, as the tests write it and as they read it.</summary>
internal sealed record Element(bool ServerForgets, bool ClientForgets, int? Server, int? Client)
{
    /// <summary>client_max_window_bits without a value.</summary>
    public const int Open = 0;

    public ExtensionElement ToOffer()
    {
        var parameters = new List<ExtensionParameter>();
        if (Client is { } client)
            parameters.Add(new("client_max_window_bits", client == Open ? null : $"{client}"));
        if (Server is { } server)
            parameters.Add(new("server_max_window_bits", $"{server}"));
        if (ClientForgets)
            parameters.Add(new("client_no_context_takeover"));
        if (ServerForgets)
            parameters.Add(new("server_no_context_takeover"));
        return new ExtensionElement("permessage-deflate", [.. parameters]);
    }

    public static Element Of(ExtensionElement offer)
    {
        Assert.Equal("permessage-deflate", offer.Name);
        Dictionary<string, string?> parameters = offer.Parameters.ToDictionary(parameter => parameter.Name, parameter => parameter.Value);
        bool serverForgets = parameters.Remove("server_no_context_takeover", out string? none) && none is null;
        bool clientForgets = parameters.Remove("client_no_context_takeover", out none) && none is null;
        int? server = parameters.Remove("server_max_window_bits", out string? bits)
            ? int.Parse(bits!, System.Globalization.CultureInfo.InvariantCulture)
            : null;
        int? client = parameters.Remove("client_max_window_bits", out bits)
            ? int.Parse(bits ?? "0", System.Globalization.CultureInfo.InvariantCulture)
            : null;
        Assert.Empty(parameters);
        return new Element(serverForgets, clientForgets, server, client);
    }

    /// <summary>What an answer of this form says that both do; what it does not name is the default.</summary>
    public DeflateParameters Meaning => new()
    {
        ServerNoContextTakeover = ServerForgets,
        ClientNoContextTakeover = ClientForgets,
        ServerMaxWindowBits = Server ?? 15,
        ClientMaxWindowBits = Client ?? 15,
    };
}
