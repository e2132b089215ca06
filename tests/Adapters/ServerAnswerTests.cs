using System.Net;
using System.Runtime.ExceptionServices;
using System.Security.Claims;
using System.Text;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

/// <summary>What a server says to a request, and what the application learns of it.</summary>
[Trait("RFC", "6455 §4.2.2")]
public sealed class ServerAnswerTests
{
    [Fact]
    public async Task Application_learns_who_asks_and_the_session_gets_what_it_noted()
    {
        EndPoint? remote = null;
        EndPoint? local = null;
        var user = new ClaimsPrincipal(new ClaimsIdentity("test"));
        await using WsListener listener = ListenerTests.Start(new WsListenerOptions
        {
            Accept = new()
            {
                OnRequest = (context, _) =>
                {
                    (remote, local) = (context.RemoteEndPoint, context.LocalEndPoint);
                    context.User = user;
                    context.Items["room"] = context.Request.Target;
                    return new(WsResponse.Accept());
                },
            },
        });
        using System.Net.Sockets.Socket socket = await ListenerClient.ConnectSocketAsync(listener.LocalEndPoint);
        EndPoint self = socket.LocalEndPoint!;
        await using WsSession client = await socket.ConnectWebSocketAsync(new Request("h", "/blue")).Soon();
        await using WsSession server = await listener.AcceptAsync().Soon();
        Assert.Equal((self, listener.LocalEndPoint), (remote, local));
        Assert.Equal((remote, local, user, "/blue"), (server.RemoteEndPoint, server.LocalEndPoint, server.User, server.Items["room"]));
        Assert.Equal((listener.LocalEndPoint, self), (client.RemoteEndPoint, client.LocalEndPoint));
        Assert.NotEqual(server.Id, client.Id);
        Assert.Null(client.User);
        client.Items["mine"] = 1;
        Assert.False(server.Items.ContainsKey("mine"));
        client.Abort();
        await server.Completion.Soon();
        Assert.Equal((remote, local), (server.RemoteEndPoint, server.LocalEndPoint));
    }

    [Fact]
    public async Task Application_declines_an_extension_for_one_client()
    {
        var options = new WsAcceptOptions
        {
            Extensions = [new PerMessageDeflate()],
            OnRequest = (context, _) => new(context.Request.Target == "/plain" ? WsResponse.Accept(extensions: []) : WsResponse.Accept()),
        };
        foreach ((string target, int count) in ((string, int)[])[("/plain", 0), ("/", 1)])
        {
            (WsSession client, WsSession server) =
                await OpenAsync(new Request("h", target) { Extensions = [new PerMessageDeflate()] }, options);
            Assert.Equal((count, count), (client.Extensions.Count, server.Extensions.Count));
            client.Abort();
            server.Abort();
        }
    }

    public static TheoryData<string, Func<object>> Unsendable => new()
    {
        { "an informational status", () => new WsHttpResponse(101) },
        { "a status that is none", () => WsResponse.Reject(999) },
        { "a body that may not be", () => WsResponse.Reject(204, "x") },
        { "a line break in a value", () => WsResponse.Reject(401, [("WWW-Authenticate", "Basic\r\nX: y")]) },
        { "characters that are not Latin-1", () => WsResponse.Reject(401, "no", [("X-Reason", "žádný")]) },
        { "a name that is no token", () => new WsHttpResponse(200, [("X Y", "")]) },
        { "a wrong length", () => new WsHttpResponse(200, "four"u8.ToArray(), "text/plain", [("Content-Length", "5")]) },
        { "a length without a body", () => new WsHttpResponse(200, [("Content-Length", "5")]) },
        { "a framing of its own", () => new WsHttpResponse(200, "x", [("Transfer-Encoding", "gzip")]) },
        { "a header of the handshake", () => WsResponse.Accept(headers: [("Sec-WebSocket-Accept", "x")]) },
        { "a line break in a cookie", () => WsResponse.Accept(headers: [("Set-Cookie", "a\nb")]) },
    };

    [Theory]
    [MemberData(nameof(Unsendable), DisableDiscoveryEnumeration = true)]
    public async Task Answer_that_cannot_be_sent_is_refused_when_it_is_made_and_the_client_gets_a_500(string what, Func<object> make)
    {
        ArgumentException mistake = Assert.ThrowsAny<ArgumentException>(make);
        Assert.NotEmpty(what);
        var options = new WsAcceptOptions { OnRequest = (_, _) => new(make() as WsResponse ?? WsResponse.Reject((WsHttpResponse)make())) };
        (WsHandshakeException client, WsHandshakeException server) = await FailAsync(new Request("h", "/"), options);
        Assert.Equal((500, 500), (client.StatusCode, server.StatusCode));
        Assert.Equal(mistake.Message, server.InnerException!.Message);
    }

    [Fact]
    public async Task Application_that_returns_nothing_has_the_request_refused_with_500()
    {
        (WsHandshakeException client, WsHandshakeException server) =
            await FailAsync(new Request("h", "/"), new WsAcceptOptions { OnRequest = (_, _) => new((WsResponse)null!) });
        Assert.Equal((500, 500), (client.StatusCode, server.StatusCode));
        Assert.IsType<InvalidOperationException>(server.InnerException);
    }

    [Theory]
    [InlineData(303)]
    [InlineData(599)]
    [InlineData(204)]
    [InlineData(200)]
    public async Task Refusal_without_a_body_arrives_as_it_is(int status)
    {
        (WsHandshakeException client, _) = await FailAsync(
            new Request("h", "/"),
            new WsAcceptOptions { OnRequest = (_, _) => new(WsResponse.Reject(status, [("Location", "/login")])) });
        Assert.Equal((status, "/login", 0), (client.StatusCode, client.Headers["Location"], client.Body.Length));
    }

    [Theory]
    [InlineData("GET /health HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK", "GET /health")]
    [InlineData("GET /health HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK", "GET /health")]
    [InlineData("POST /health HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 200 OK", "POST /health")]
    [InlineData("HEAD /health HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK", "")]
    public async Task HTTP_request_for_no_WebSocket_is_answered_and_is_no_failure(string request, string statusLine, string body)
    {
        int failures = 0;
        await using WsListener listener = ListenerTests.Start(new WsListenerOptions
        {
            Accept = new()
            {
                OnHttpRequest = (context, _) => new(new WsHttpResponse(200, $"{context.Request.Method} {context.Request.Target}")),
            },
            OnHandshakeFailed = (_, _) => failures++,
        });
        using ListenerClient client = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await client.SendAsync(request);
        client.EndWrites();
        string answer = await client.ReadToEndAsync();
        Assert.StartsWith(statusLine + "\r\n", answer, StringComparison.Ordinal);
        Assert.Equal(body, answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
        int length = "HEAD /health".Length - (request.StartsWith("GET", StringComparison.Ordinal) ? 1 : 0);
        Assert.Contains($"\r\nContent-Length: {length}\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        await ListenerTests.AssertServesAsync(listener);
        await listener.StopAsync().Soon();
        Assert.Equal(0, failures);
    }

    [Theory]
    [InlineData("GET /other HTTP/1.1\r\nHost: h\r\n\r\n", 400)]
    [InlineData("GET /fails HTTP/1.1\r\nHost: h\r\n\r\n", 500)]
    [InlineData("GET /health HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c, WebSocket\r\n\r\n", 400)]
    [InlineData("nonsense\r\n\r\n", 400)]
    public async Task Request_that_the_application_does_not_answer_or_that_asks_for_a_WebSocket_is_refused_as_ever(
        string request, int status)
    {
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
        var options = new WsAcceptOptions
        {
            OnHttpRequest = (context, _) => context.Request.Target == "/fails" ? throw new FormatException()
                : new(context.Request.Target == "/health" ? new WsHttpResponse(200) : null),
        };
        Task<WsSession> accepting = WsSession.AcceptAsync(far, options).AsTask();
        await near.WriteAsync(Encoding.ASCII.GetBytes(request));
        await near.CompleteWritesAsync();
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => accepting.Soon());
        Assert.Equal((status, false), (e.StatusCode, e.WasHttpRequest));
        byte[] answer = new byte[1000];
        int count = await near.ReadAsync(answer);
        Assert.StartsWith($"HTTP/1.1 {status} ", Encoding.ASCII.GetString(answer, 0, count), StringComparison.Ordinal);
    }

    public static TheoryData<string, string> Failing => new()
    {
        {
            "a refusal",
            "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                + "Sec-WebSocket-Version: 13\r\n\r\n"
        },
        { "no request", "nonsense\r\n\r\n" },
        { "half a request", "GET / HT" },
        { "nothing", "" },
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public async Task Handshake_that_fails_throws_once_at_most(string what, string request)
    {
        Assert.NotEmpty(what);
        var mine = new AsyncLocal<bool> { Value = true };
        int thrown = 0;
        EventHandler<FirstChanceExceptionEventArgs> count = (_, _) => thrown += mine.Value ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += count;
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
        Task accepting =
            WsSession.AcceptAsync(far, new WsAcceptOptions { OnRequest = (_, _) => new(WsResponse.Reject(403, "no")) }).AsTask();
        if (request.Length > 0)
            await near.WriteAsync(Encoding.ASCII.GetBytes(request));
        await near.CompleteWritesAsync();
        await Task.WhenAny(accepting).Soon();
        AppDomain.CurrentDomain.FirstChanceException -= count;
        Assert.Equal(TaskStatus.Faulted, accepting.Status);
        Assert.Equal(0, thrown);
        await Assert.ThrowsAsync<WsHandshakeException>(() => accepting);
    }

    [Fact]
    public async Task Handshake_that_takes_too_long_throws_once_at_most()
    {
        var mine = new AsyncLocal<bool> { Value = true };
        var time = new ManualTime();
        int thrown = 0;
        EventHandler<FirstChanceExceptionEventArgs> count = (_, _) => thrown += mine.Value ? 1 : 0;
        AppDomain.CurrentDomain.FirstChanceException += count;
        var transport = new FakeTransport { OnRead = (_, _) => new(new TaskCompletionSource<int>().Task) };
        Task accepting = WsSession.AcceptAsync(transport, new WsAcceptOptions { Session = new() { TimeProvider = time } }).AsTask();
        time.Advance(TimeSpan.FromSeconds(10));
        await Task.WhenAny(accepting).Soon();
        AppDomain.CurrentDomain.FirstChanceException -= count;
        Assert.Equal(0, thrown);
        await Assert.ThrowsAsync<TimeoutException>(() => accepting);
        Assert.Equal(1, transport.Disposals);
    }

    [Fact]
    public async Task Cancelled_handshake_is_a_cancelled_task_with_the_callers_token()
    {
        using var cancel = new CancellationTokenSource();
        Task accepting = WsSession.AcceptAsync(new FakeTransport(), null, cancel.Token).AsTask();
        await cancel.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => accepting.Soon());
        Assert.Equal((cancel.Token, TaskStatus.Canceled), (e.CancellationToken, accepting.Status));
    }

    private static async Task<(WsSession Client, WsSession Server)> OpenAsync(Request request, WsAcceptOptions options)
    {
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(far, options);
        WsSession client = await WsSession.ConnectAsync(near, request).Soon();
        return (client, await accepting.Soon());
    }

    private static async Task<(WsHandshakeException Client, WsHandshakeException Server)> FailAsync(
        Request request, WsAcceptOptions options)
    {
        (MemoryTransport near, MemoryTransport far) = MemoryTransport.CreatePair();
        Task<WsSession> accepting = WsSession.AcceptAsync(far, options).AsTask();
        WsHandshakeException client = await Assert.ThrowsAsync<WsHandshakeException>(() => WsSession.ConnectAsync(near, request).Soon());
        return (client, await Assert.ThrowsAsync<WsHandshakeException>(() => accepting.Soon()));
    }
}
