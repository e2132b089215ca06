using System.Net;
using System.Net.Security;
using System.Text;
using WsProto.Adapters.Client;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>Proxies by TLS and by SOCKS 5, those that somebody else chooses, and those that want to know who it is.</summary>
public sealed class ClientProxyKindTests
{
    private const string Established = "HTTP/1.1 200 Connection established\r\n\r\n";
    private const string Unauthorized = "HTTP/1.1 407 Who are you\r\nContent-Length: 2\r\n";

    [Theory]
    [InlineData("ws")]
    [InlineData("wss")]
    public async Task Proxy_by_TLS_has_a_certificate_of_its_own_and_the_server_another(string scheme)
    {
        using TestCertificate ofProxy = TestCertificate.For("127.0.0.1");
        using TestCertificate ofServer = TestCertificate.For("server.example");
        using var peer = new ClientPeer();
        var options = new WsClientOptions { Proxy = new WsProxy(peer.Uri("https")) { Tls = ofProxy.Trusted() }, Tls = ofServer.Trusted() };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri($"{scheme}://server.example:99/"), options).Soon();
        var outer = new SslStream(await peer.AcceptAsync());
        await outer.AuthenticateAsServerAsync(ofProxy.Certificate).Soon();
        Assert.StartsWith("CONNECT server.example:99 HTTP/1.1\r\n", await ClientPeer.ReadHeadAsync(outer), StringComparison.Ordinal);
        await outer.WriteAsync(Encoding.ASCII.GetBytes(Established));
        Stream inner = outer;
        if (scheme == "wss")
        {
            var tls = new SslStream(outer);
            await tls.AuthenticateAsServerAsync(ofServer.Certificate).Soon();
            inner = tls;
        }

        await using WsSession server = await WsSession.AcceptAsync(inner).Soon();
        await using WsSession client = await connecting;
        await client.SendAsync(new string('x', 100_000)).AsTask().Soon();
        Assert.Equal(new TextMessage(new string('x', 100_000)), await server.ReceiveAsync().Soon());
        client.Abort();
    }

    [Theory]
    [Trait("RFC", "1928 §4")]
    [InlineData("socks5h", "example.com", "", "03 0B 6578616D706C652E636F6D 0050")]
    [InlineData("socks5h", "192.0.2.1", "", "01 C0000201 0050")]
    [InlineData("socks5h", "[2001:db8::1]", "", "04 20010DB8000000000000000000000001 0050")]
    [InlineData("socks5", "example.com", "", "01 C6336401 0050")]
    [InlineData("socks5h", "example.com", "us%40er:p%C3%A4ss", "03 0B 6578616D706C652E636F6D 0050")]
    public async Task Proxy_by_SOCKS_is_told_the_name_or_the_address(string scheme, string host, string user, string address)
    {
        using var proxy = new ClientPeer();
        var options = new WsClientOptions
        {
            Proxy = new WsProxy(new Uri($"{scheme}://{(user.Length > 0 ? user + "@" : "")}127.0.0.1:{proxy.Port}")),
            Resolve = (name, _) => new(name == "example.com" ? [IPAddress.Parse("198.51.100.1")] : []),
        };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri($"ws://{host}/"), options).Soon();
        Stream stream = await proxy.AcceptAsync();
        await ExpectAsync(stream, user.Length > 0 ? "05 02 00 02" : "05 01 00");
        await SendAsync(stream, user.Length > 0 ? "05 02" : "05 00");
        if (user.Length > 0)
        {
            await ExpectAsync(stream, "01 05 7573406572 05 70C3A47373");
            await SendAsync(stream, "01 00");
        }

        await ExpectAsync(stream, "05 01 00 " + address);
        // The address that it uses is a name here; what follows it is the server's.
        await SendAsync(stream, "05 00 00 03 02 7878 0001");
        await using WsSession server = await WsSession.AcceptAsync(stream).Soon();
        await using WsSession client = await connecting;
        Assert.Equal(host, server.Request!.Host);
        client.Abort();
    }

    [Theory]
    [InlineData("04 5A", "does not speak SOCKS 5")]
    [InlineData("05 FF", "takes no user")]
    [InlineData("05 02 | 01 01", "refused the user")]
    [InlineData("05 02 | 05 00", "does not speak SOCKS 5")]
    [InlineData("05 00 | 05 05 00 01 00000000 0000", "connection was refused")]
    [InlineData("05 00 | 05 01 00 01 00000000 0000", "general failure")]
    [InlineData("05 00 | 05 02 00 01 00000000 0000", "not allowed by its rules")]
    [InlineData("05 00 | 05 03 00 01 00000000 0000", "the network is unreachable")]
    [InlineData("05 00 | 05 04 00 01 00000000 0000", "the host is unreachable")]
    [InlineData("05 00 | 05 06 00 01 00000000 0000", "the time to live has expired")]
    [InlineData("05 00 | 05 07 00 01 00000000 0000", "the command is not supported")]
    [InlineData("05 00 | 05 08 00 01 00000000 0000", "the type of address is not supported")]
    [InlineData("05 00 | 05 63 00 01 00000000 0000", "reply 99")]
    [InlineData("05 00 | 05 00 00 09 00000000 0000", "does not speak SOCKS 5")]
    [InlineData("05 00 | 04 00 00 01 00000000 0000", "does not speak SOCKS 5")]
    public async Task Proxy_by_SOCKS_refuses_or_speaks_something_else__connecting_fails(string answers, string message)
    {
        await using var stream = new ScriptedStream([.. answers.Split('|').Select(Hex)]);
        var options =
            new WsClientOptions { Proxy = new WsProxy(new Uri("socks5h://a:b@proxy.example")), ConnectTransport = (_, _) => new(stream) };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(new Uri("ws://h"), options).Soon());
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
        Assert.True(stream.IsDisposed);
    }

    [Theory]
    [InlineData("01 C0000201 0001")]
    [InlineData("04 20010DB8000000000000000000000001 0001")]
    [InlineData("03 00 0001")]
    public async Task Server_speaks_right_behind_the_address_that_the_proxy_tells(string address)
    {
        using var proxy = new ClientPeer();
        var options = new WsClientOptions { Proxy = new WsProxy(new Uri($"socks5h://127.0.0.1:{proxy.Port}")) };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri("ws://example.com/"), options).Soon();
        Stream stream = await proxy.AcceptAsync();
        await ExpectAsync(stream, "05 01 00");
        await SendAsync(stream, "05 00");
        await ExpectAsync(stream, "05 01 00 03 0B 6578616D706C652E636F6D 0050");
        await SendAsync(stream, "05 00 00 " + address);
        await using WsSession server = await WsSession.AcceptAsync(stream).Soon();
        await using WsSession client = await connecting;
        client.Abort();
    }

    [Theory]
    [InlineData(":p")]
    [InlineData("u:")]
    [InlineData("{256}:p")]
    [InlineData("u:{256}")]
    public async Task User_or_password_does_not_fit_into_SOCKS__connecting_fails(string user)
    {
        await using var stream = new ScriptedStream(Hex("05 02"));
        user = user.Replace("{256}", new string('x', 256), StringComparison.Ordinal);
        var options = new WsClientOptions
        {
            Proxy = new WsProxy(new Uri($"socks5h://{user}@proxy.example")),
            ConnectTransport = (_, _) => new(stream),
        };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(new Uri("ws://h"), options).Soon());
        Assert.Contains("1 to 255 bytes", e.Message, StringComparison.Ordinal);
        Assert.True(stream.IsDisposed);
    }

    [Fact]
    public async Task Proxy_by_SOCKS_wants_a_user_and_there_is_none__connecting_fails()
    {
        await using var stream = new ScriptedStream(Hex("05 02"));
        var options =
            new WsClientOptions { Proxy = new WsProxy(new Uri("socks5h://proxy.example")), ConnectTransport = (_, _) => new(stream) };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(new Uri("ws://h"), options).Soon());
        Assert.Contains("wants a user", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ws://example.com/a?b", "http://example.com/a?b")]
    [InlineData("wss://example.com:8443/", "https://example.com:8443/")]
    public async Task Choice_of_a_proxy_is_asked_with_the_scheme_that_proxies_know(string server, string asked)
    {
        await using var stream = new ScriptedStream("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        var choice = new Choice(new Uri("http://proxy.example:3128"));
        Uri? connected = null;
        var options = new WsClientOptions
        {
            Proxy = new WsProxy(choice),
            ConnectTransport = (uri, _) =>
            {
                connected = uri;
                return new(stream);
            },
        };
        await Assert.ThrowsAsync<WsHandshakeException>(() => WsClient.ConnectAsync(new Uri(server), options).Soon());
        Assert.Equal([new Uri(asked)], choice.Asked);
        Assert.Equal(choice.Proxy, connected);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("http://example.com/")]
    public async Task Choice_of_no_proxy_goes_to_the_server_itself(string? chosen)
    {
        await using var stream = new ScriptedStream("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        var options = new WsClientOptions
        {
            Proxy = new WsProxy(new Choice(chosen is null ? null : new Uri(chosen))),
            ConnectTransport = (_, _) => new(stream),
        };
        await Assert.ThrowsAsync<WsHandshakeException>(() => WsClient.ConnectAsync(new Uri("ws://example.com/"), options).Soon());
        Assert.StartsWith("GET / ", Encoding.ASCII.GetString(stream.Writes[0]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Choice_of_a_proxy_that_is_none_we_know__connecting_fails()
    {
        var options = new WsClientOptions { Proxy = new WsProxy(new Choice(new Uri("socks4://proxy.example"))) };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(new Uri("ws://example.com/"), options).Soon());
        Assert.IsType<NotSupportedException>(e.InnerException);
    }

    [Fact]
    public void System_has_a_proxy_to_ask() => Assert.NotNull(WsProxy.System);

    [Fact]
    public async Task Headers_of_ones_own_go_to_the_proxy_and_not_to_the_server()
    {
        using var proxy = new ClientPeer();
        Task<(Stream Stream, string Head)> serving = proxy.AnswerAsync(Established);
        var options = new WsClientOptions
        {
            Proxy = new WsProxy(proxy.Uri("http")) { Headers = [("User-Agent", "test/1"), ("Proxy-Authorization", "Bearer x")] },
        };
        Task<WsSession> connecting = WsClient.ConnectAsync(new Uri("ws://example.com"), options).Soon();
        (Stream tunnel, string head) = await serving;
        Assert.Equal(
            "CONNECT example.com:80 HTTP/1.1\r\nHost: example.com:80\r\nUser-Agent: test/1\r\nProxy-Authorization: Bearer x\r\n\r\n",
            head);
        await using WsSession server = await WsSession.AcceptAsync(tunnel).Soon();
        await using WsSession client = await connecting;
        Assert.False(server.Request!.ExtraHeaders.Contains("User-Agent"));
        client.Abort();
    }

    [Fact]
    public async Task Proxy_that_asks_for_Basic_gets_it_on_the_same_connection()
    {
        await using var stream = new ScriptedStream(
            Encoding.ASCII.GetBytes(Unauthorized + "Proxy-Authenticate: Digest realm=\"a, b\", nonce=x, Basic realm=\"y\"\r\n\r\nno"),
            Encoding.ASCII.GetBytes(Established),
            "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        WsHandshakeException e = await ConnectAsync(stream, new NetworkCredential("user", "pass"));
        Assert.Equal(404, e.StatusCode);
        Assert.Equal([null, "Basic " + Convert.ToBase64String("user:pass"u8.ToArray()), null], stream.Writes.Select(AuthorizationIn));
    }

    [Fact]
    public async Task Proxy_that_asks_again_after_Basic_has_refused()
    {
        byte[] refusal = Encoding.ASCII.GetBytes(Unauthorized + "Proxy-Authenticate: Basic realm=\"y\"\r\n\r\nno");
        await using var stream = new ScriptedStream(refusal, refusal, refusal);
        WsHandshakeException e = await ConnectAsync(stream, new NetworkCredential("user", "pass"));
        Assert.Equal((407, "no"), (e.StatusCode, Encoding.ASCII.GetString(e.Body.Span)));
        Assert.Equal(2, stream.Writes.Count);
    }

    [Fact]
    public async Task Proxy_that_closes_with_its_challenge_is_connected_to_again()
    {
        await using var first = new ScriptedStream(
            "HTTP/1.1 407 No\r\nConnection: close\r\nContent-Length: 0\r\nProxy-Authenticate: Basic\r\n\r\n"u8.ToArray());
        await using var second =
            new ScriptedStream(Encoding.ASCII.GetBytes(Established), "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        WsHandshakeException e = await ConnectAsync([first, second], new NetworkCredential("user", "pass"), null);
        Assert.Equal(404, e.StatusCode);
        Assert.True(first.IsDisposed);
        Assert.NotNull(AuthorizationIn(second.Writes[0]));
    }

    [Theory]
    [InlineData("Proxy-Authenticate: Negotiate, NTLM\r\nProxy-Authenticate: Basic realm=\"x\"\r\n", "Negotiate")]
    [InlineData("Proxy-Authenticate: Basic realm=\"x\", ntlm\r\n", "NTLM")]
    public async Task Proxy_that_negotiates_gets_step_after_step_on_one_connection(string offers, string scheme)
    {
        await using var stream = new ScriptedStream(
            Encoding.ASCII.GetBytes(Unauthorized + offers + "\r\nno"),
            Encoding.ASCII.GetBytes(Unauthorized + $"Proxy-Authenticate: {scheme} c2Vjb25k==\r\n\r\nno"),
            Encoding.ASCII.GetBytes(Established),
            "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        var negotiation = new Negotiation(["Zmlyc3Q=", "dGhpcmQ="]);
        WsHandshakeException e =
            await ConnectAsync([stream], new NetworkCredential("user", "pass"), (asked, _, target) => negotiation.Begin(asked, target));
        Assert.Equal(404, e.StatusCode);
        Assert.Equal([null, scheme + " Zmlyc3Q=", scheme + " dGhpcmQ=", null], stream.Writes.Select(AuthorizationIn));
        Assert.Equal([null, "c2Vjb25k=="], negotiation.Challenges);
        Assert.Equal((scheme, "HTTP/proxy.example", true), (negotiation.Scheme, negotiation.Target, negotiation.IsDisposed));
    }

    [Fact]
    public async Task Negotiation_that_cannot_begin_gives_way_to_the_next_scheme()
    {
        await using var stream = new ScriptedStream(
            Encoding.ASCII.GetBytes(Unauthorized + "Proxy-Authenticate: Negotiate, Basic realm=\"x\"\r\n\r\nno"),
            Encoding.ASCII.GetBytes(Established),
            "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        var negotiation = new Negotiation([]);
        await ConnectAsync([stream], new NetworkCredential("user", "pass"), (asked, _, target) => negotiation.Begin(asked, target));
        Assert.StartsWith("Basic ", AuthorizationIn(stream.Writes[1]), StringComparison.Ordinal);
        Assert.True(negotiation.IsDisposed);
    }

    [Fact]
    public async Task Proxy_that_never_has_enough_is_given_up()
    {
        byte[] more = Encoding.ASCII.GetBytes(Unauthorized + "Proxy-Authenticate: NTLM bW9yZQ==\r\n\r\nno");
        await using var stream = new ScriptedStream([.. Enumerable.Repeat(more, 100)]);
        var negotiation = new Negotiation([.. Enumerable.Repeat("eA==", 100)]);
        WsHandshakeException e =
            await ConnectAsync([stream], new NetworkCredential("user", "pass"), (asked, _, target) => negotiation.Begin(asked, target));
        Assert.Equal(407, e.StatusCode);
        Assert.Equal(8, stream.Writes.Count);
    }

    [Fact]
    public async Task Credentials_of_the_choice_count_where_there_are_no_others()
    {
        await using var stream = new ScriptedStream(
            Encoding.ASCII.GetBytes(Unauthorized + "Proxy-Authenticate: Basic\r\n\r\nno"),
            Encoding.ASCII.GetBytes(Established),
            "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        var choice = new Choice(new Uri("http://proxy.example")) { Credentials = new NetworkCredential("a", "b") };
        var options = new WsClientOptions { Proxy = new WsProxy(choice), ConnectTransport = (_, _) => new(stream) };
        await Assert.ThrowsAsync<WsHandshakeException>(() => WsClient.ConnectAsync(new Uri("ws://example.com/"), options).Soon());
        Assert.Equal("Basic " + Convert.ToBase64String("a:b"u8.ToArray()), AuthorizationIn(stream.Writes[1]));
    }

    /// <summary>The real one, with .NET's own NTLM, which tests/Adapters switches on as not every system has one.</summary>
    [Fact]
    public void NTLM_of_the_system_begins_with_its_first_message()
    {
        using var negotiation = new ProxyNegotiation("NTLM", new NetworkCredential("user", "pass", "domain"), "HTTP/proxy.example");
        byte[] first = Convert.FromBase64String(negotiation.Next(null)!);
        Assert.Equal("NTLMSSP\0\u0001\0\0\0"u8.ToArray(), first[..12]);
        Assert.Null(negotiation.Next("bm9uc2Vuc2U="));
    }

    private static Task<WsHandshakeException> ConnectAsync(ScriptedStream stream, NetworkCredential credential) =>
        ConnectAsync([stream], credential, null);

    private static Task<WsHandshakeException> ConnectAsync(
        ScriptedStream[] streams, NetworkCredential credential, Func<string, NetworkCredential, string, IProxyNegotiation>? negotiate)
    {
        var proxy = new WsProxy(new Uri("http://proxy.example")) { Credentials = credential };
        var next = new Queue<Stream>(streams);
        var options = new WsClientOptions
        {
            Proxy = negotiate is null ? proxy : proxy with { Negotiate = negotiate },
            ConnectTransport = (_, _) => new(next.Dequeue()),
        };
        return Assert.ThrowsAsync<WsHandshakeException>(() => WsClient.ConnectAsync(new Uri("ws://example.com/"), options).Soon());
    }

    private static string? AuthorizationIn(byte[] head) =>
        ClientPeer.Values(Encoding.Latin1.GetString(head), "Proxy-Authorization").SingleOrDefault();

    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    private static async Task ExpectAsync(Stream stream, string hex)
    {
        byte[] expected = Hex(hex);
        byte[] read = new byte[expected.Length];
        await stream.ReadExactlyAsync(read).AsTask().Soon();
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(read));
    }

    private static async Task SendAsync(Stream stream, string hex) => await stream.WriteAsync(Hex(hex)).AsTask().Soon();

    private sealed class Choice(Uri? proxy) : IWebProxy
    {
        internal Uri? Proxy => proxy;

        internal List<Uri> Asked { get; } = [];

        public ICredentials? Credentials { get; set; }

        public Uri? GetProxy(Uri destination)
        {
            Asked.Add(destination);
            return proxy;
        }

        public bool IsBypassed(Uri host) => false;
    }

    private sealed class Negotiation(string[] steps) : IProxyNegotiation
    {
        private readonly Queue<string> _steps = new(steps);

        internal List<string?> Challenges { get; } = [];

        internal string? Scheme { get; private set; }

        internal string? Target { get; private set; }

        internal bool IsDisposed { get; private set; }

        internal Negotiation Begin(string scheme, string target)
        {
            (Scheme, Target) = (scheme, target);
            return this;
        }

        public string? Next(string? challenge)
        {
            Challenges.Add(challenge);
            return _steps.TryDequeue(out string? step) ? step : null;
        }

        public void Dispose() => IsDisposed = true;
    }
}
