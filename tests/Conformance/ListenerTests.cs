using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Conformance.Tests;

/// <summary>The listener, with clients that do as those of the established suite do.</summary>
public sealed class ListenerTests : IDisposable
{
    private const string Agent = "a%20client";

    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(3));

    public void Dispose() => _guard.Dispose();

    [Fact]
    public async Task Session_client_is_ok_in_all_quick_cases()
    {
        await using ConformanceListener listener = Start(ConformanceCases.Quick);
        var options = new WsClientOptions
        {
            Extensions = [new PerMessageDeflate()],
            Session = new WsSessionOptions
            {
                Connection = new WsConnectionOptions { MaxMessageSize = 16 << 20, MaxFragmentCount = 1 << 16 },
            },
        };
        IReadOnlyList<ConformanceResult> results = await RunAsync(listener, uri => EchoAsync(uri, options));
        Assert.Equal(listener.Cases.Select(one => one.Id), results.Select(result => result.Case.Id));
        Assert.All(results, result => Assert.True(
            result.Verdict == (result.Case.IsInformational ? Verdict.Informational : Verdict.Ok), result.ToString()));
        Assert.All(results, result => Assert.Equal("a client", result.Agent));
        Assert.All(results, result => Assert.True(result.Suite is SuiteVerdict.Ok or SuiteVerdict.Informational, result.ToString()));
    }

    /// <summary>The client of the base class library sends the right codes; it is judged, so that a change of it is noticed.</summary>
    [Fact]
    public async Task Client_of_the_base_class_library_fails_in_no_quick_case()
    {
        await using ConformanceListener listener = Start([.. ConformanceCases.Quick.Where(one => one.IsEstablished)]);
        IReadOnlyList<ConformanceResult> results = await RunAsync(listener, EchoFrameworkAsync);
        Assert.Empty(results.Where(result => result.Verdict == Verdict.Failed).Select(result => result.ToString()));
    }

    [Fact]
    public async Task Client_that_sends_octets_back_fails_in_all_cases()
    {
        await using ConformanceListener listener = Start([.. ConformanceCases.Established.Where(one => one.Chapter <= 7)]);
        IReadOnlyList<ConformanceResult> results = await RunAsync(listener, EchoOctetsAsync);
        Assert.All(results, result => Assert.Equal((Verdict.Failed, "the client does not mask a frame"), (result.Verdict, result.Reason)));
        Assert.Equal(listener.Cases.Count, results.Count);
        ConformanceResult hello = results.Single(result => result.Case.Id == "2.2");
        Assert.StartsWith("890D48656C6C6F2C20776F726C6421", hello.Sent.ToString(), StringComparison.Ordinal);
        Assert.StartsWith("GET /runCase?case=", hello.Request, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 101", hello.Response, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "", "its Sec-WebSocket-Key has no 16 octets (§4.1)",
        "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nHost: x\r\n")]
    [InlineData(
        "short", "its Sec-WebSocket-Key has no 16 octets (§4.1)",
        "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nHost: x\r\n")]
    [InlineData(
        "dGhlIHNhbXBsZSBub25jZQ==", "its Sec-WebSocket-Version is not 13 (§4.1)",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nHost: x\r\n")]
    [InlineData(
        "dGhlIHNhbXBsZSBub25jZQ==", "it has no Upgrade: websocket (§4.1)",
        "Sec-WebSocket-Version: 13\r\nConnection: Upgrade\r\nHost: x\r\n")]
    [InlineData(
        "dGhlIHNhbXBsZSBub25jZQ==", "it has no Connection: Upgrade (§4.1)",
        "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\nHost: x\r\n")]
    [InlineData(
        "dGhlIHNhbXBsZSBub25jZQ==", "it has no Host (§4.1)", "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")]
    public async Task Client_whose_request_is_no_opening_handshake__is_refused_and_fails(string key, string reason, string fields)
    {
        await using ConformanceListener listener = Start(ConformanceCases.Quick);
        string answer = await AskAsync(listener, $"GET /runCase?case=1&agent=x HTTP/1.1\r\n{fields}Sec-WebSocket-Key: {key}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 400 Bad Request\r\n", answer, StringComparison.Ordinal);
        ConformanceResult result = Assert.Single(listener.ResultsOf("x"));
        Assert.Equal((Verdict.Failed, $"the request is no opening handshake: {reason}"), (result.Verdict, result.Reason));
    }

    [Fact]
    public async Task Client_that_offers_no_compression__has_not_implemented_it()
    {
        await using ConformanceListener listener = Start(ConformanceCases.Select(ConformanceCases.Established, ["12.1.1", "13.3.1"], []));
        IReadOnlyList<ConformanceResult> results = await RunAsync(listener, uri => EchoAsync(uri, new WsClientOptions()));
        Assert.All(results, result => Assert.Equal((Verdict.Unimplemented, SuiteVerdict.Unimplemented), (result.Verdict, result.Suite)));
    }

    [Fact]
    public async Task Status_and_info_of_a_case_are_told_as_the_established_suite_does()
    {
        await using ConformanceListener listener = Start(ConformanceCases.Select(ConformanceCases.Established, ["2.5", "2.2"], []));
        Assert.Equal("2", await TextAsync(listener, "/getCaseCount"));
        Assert.Contains(
            "\"id\":\"2.5\",\"description\":\"Ping of 126 octets\"",
            await TextAsync(listener, "/getCaseInfo?case=2"),
            StringComparison.Ordinal);
        Assert.Contains("MISSING", await TextAsync(listener, "/getCaseStatus?case=2&agent=" + Agent), StringComparison.Ordinal);
        await RunAsync(listener, uri => EchoAsync(uri, new WsClientOptions()));
        Assert.StartsWith(
            "{\"behavior\":\"OK\"", await TextAsync(listener, "/getCaseStatus?case=2&agent=" + Agent), StringComparison.Ordinal);
        Assert.Equal(["a client"], listener.Agents);
    }

    [Theory]
    [InlineData("/runCase?case=0")]
    [InlineData("/runCase?case=3")]
    [InlineData("/getCaseInfo?case=3")]
    [InlineData("/elsewhere")]
    public async Task Address_without_a_case__is_not_found(string path)
    {
        await using ConformanceListener listener = Start(ConformanceCases.Select(ConformanceCases.Established, ["2.5", "2.2"], []));
        WsHandshakeException refused = await Assert.ThrowsAsync<WsHandshakeException>(
            async () => await WsClient.ConnectAsync(new Uri(listener.Address, path), cancellationToken: _guard.Token));
        Assert.Equal(404, refused.StatusCode);
        Assert.Empty(listener.Agents);
    }

    [Fact]
    public async Task Names_of_clients_are_bounded_in_number_and_have_no_control_characters()
    {
        await using ConformanceListener listener = Start(ConformanceCases.Select(ConformanceCases.Established, ["2.2"], []));
        for (int i = 0; i < 100; i++)
            await EchoAsync(new Uri(listener.Address, $"/runCase?case=1&agent={i}%1B[31m"), new WsClientOptions());
        Assert.Equal("0?[31m", listener.Agents[0]);
        WsHandshakeException refused = await Assert.ThrowsAsync<WsHandshakeException>(
            async () =>
                await WsClient.ConnectAsync(new Uri(listener.Address, "/runCase?case=1&agent=more"), cancellationToken: _guard.Token));
        Assert.Equal(503, refused.StatusCode);
    }

    [Fact]
    [Trait("Demand", "L06")]
    public async Task Browser_gets_a_page()
    {
        await using ConformanceListener listener = Start(ConformanceCases.Quick);
        string page = await AskAsync(listener, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n", page, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", page, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 404 ", await AskAsync(listener, "GET /x HTTP/1.1\r\nHost: x\r\n\r\n"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Demand", "L07")]
    public async Task Clients_are_judged_over_TLS_too()
    {
        using TestCertificate certificate = TestCertificate.For("127.0.0.1");
        await using ConformanceListener listener = ConformanceListener.Start(
            new IPEndPoint(IPAddress.Loopback, 0), ConformanceCases.Select(ConformanceCases.All, ["2", "25", "26", "27"], []), null,
            certificate.Certificate);
        Assert.Equal("wss", listener.Address.Scheme);
        var options = new WsClientOptions { Tls = certificate.Trusted() };
        IReadOnlyList<ConformanceResult> results = await RunAsync(listener, uri => EchoAsync(uri, options), options);
        Assert.Equal(52, results.Count);
        Assert.All(results, result => Assert.True(
            result.Verdict == (result.Case.IsInformational ? Verdict.Informational : Verdict.Ok), result.ToString()));
    }

    [Fact]
    public async Task Results_come_as_a_stream_that_ends_with_the_listener()
    {
        ConformanceListener listener = Start(ConformanceCases.Select(ConformanceCases.Established, ["2"], []));
        Task<string[]> reading = listener.ReadResultsAsync().Select(result => result.Case.Id).ToArrayAsync(_guard.Token).AsTask();
        await RunAsync(listener, uri => EchoAsync(uri, new WsClientOptions()));
        Assert.Equal("a client", await listener.ReadReportRequestsAsync().FirstAsync(_guard.Token));
        await listener.DisposeAsync();
        Assert.Equal(CaseIds.Of("2.1-11").Order(StringComparer.Ordinal), (await reading).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Listener_without_a_case_is_refused() => Assert.Throws<ArgumentException>(() => Start([]));

    private static ConformanceListener Start(IReadOnlyList<ConformanceCase> cases) => ConformanceListener.Start(
        new IPEndPoint(IPAddress.Loopback, 0), cases, new ConformanceOptions { Silence = TimeSpan.FromSeconds(3) });

    /// <summary>Runs all cases as a client program of the established suite does.</summary>
    private async Task<IReadOnlyList<ConformanceResult>> RunAsync(
        ConformanceListener listener, Func<Uri, Task> run, WsClientOptions? options = null)
    {
        int count = int.Parse(await TextAsync(listener, "/getCaseCount", options), CultureInfo.InvariantCulture);
        await Parallel.ForAsync(1, count + 1, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
            await run(new Uri(listener.Address, string.Create(CultureInfo.InvariantCulture, $"/runCase?case={number}&agent={Agent}"))));
        Assert.Equal("", await TextAsync(listener, "/updateReports?agent=" + Agent, options));
        return listener.ResultsOf("a client");
    }

    private async Task<string> TextAsync(ConformanceListener listener, string path, WsClientOptions? options = null)
    {
        await using WsSession session = await WsClient.ConnectAsync(new Uri(listener.Address, path), options, _guard.Token);
        return string.Concat(
            await session.ReadAllAsync(_guard.Token).OfType<TextMessage>().Select(text => text.Data).ToArrayAsync(_guard.Token));
    }

    private async Task EchoAsync(Uri uri, WsClientOptions options)
    {
        try
        {
            await using WsSession session = await WsClient.ConnectAsync(uri, options, _guard.Token);
            await foreach (Message message in session.ReadAllAsync(_guard.Token))
                await session.SendAsync(message, _guard.Token);
        }
        catch (Exception e) when (e is WsClosedException or WsHandshakeException)
        {
            // As the case wants it.
        }
    }

    private async Task EchoFrameworkAsync(Uri uri)
    {
        using var client = new ClientWebSocket();
        client.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        await client.ConnectAsync(uri, _guard.Token);
        byte[] buffer = new byte[1 << 20];
        try
        {
            int length = 0;
            while (client.State == WebSocketState.Open)
            {
                ValueWebSocketReceiveResult part = await client.ReceiveAsync(buffer.AsMemory(length), _guard.Token);
                length += part.Count;
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    await client.CloseAsync(WebSocketCloseStatus.NormalClosure, null, _guard.Token);
                }
                else if (part.EndOfMessage)
                {
                    await client.SendAsync(buffer.AsMemory(0, length), part.MessageType, true, _guard.Token);
                    length = 0;
                }
            }
        }
        catch (WebSocketException)
        {
            // As the case wants it.
        }
    }

    /// <summary>A client that knows the handshake only.</summary>
    private async Task EchoOctetsAsync(Uri uri)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(uri.Host, uri.Port, _guard.Token);
        NetworkStream stream = client.GetStream();
        string request = $"GET {uri.PathAndQuery} HTTP/1.1\r\nHost: {uri.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), _guard.Token);
        string[] head = await HttpHead.ReadAsync(stream, _guard.Token);
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", HttpHead.FieldIn(head, "Sec-WebSocket-Accept"));
        try
        {
            await FaultyServer.EchoOctetsAsync(stream, _guard.Token);
        }
        catch (IOException)
        {
            // The judge has seen enough.
        }
    }

    private async Task<string> AskAsync(ConformanceListener listener, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(listener.Address.Host, listener.Address.Port, _guard.Token);
        NetworkStream stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), _guard.Token);
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(_guard.Token);
    }
}
