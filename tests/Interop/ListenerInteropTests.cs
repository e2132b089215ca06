using System.Net;
using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.Extensions;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>WsListener as the server of clients that no one here wrote; each with and without compression, with and without TLS.</summary>
[Trait("Category", "Interop")]
public sealed class ListenerInteropTests : IDisposable
{
    /// <summary>Whether to use compression, and TLS.</summary>
    public static readonly object?[][] Ways = [[false, false], [true, false], [false, true], [true, true]];

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private static readonly Payload[] _payloads =
        [.. Payload.Scripts, .. Payload.Lengths, .. Payload.Large, new("text~65536"), new("binary~65536")];

    private readonly TestCertificate _certificate = TestCertificate.For("localhost", "127.0.0.1");
    private readonly List<string> _files = [];

    [Theory, PythonWebsockets(nameof(Ways)), NodeWs(nameof(Ways))]
    public async Task Messages_of_all_kinds_are_echoed_and_the_clients_close_is_clean(PeerKind peer, bool compressed, bool encrypted)
    {
        (IReadOnlyList<PeerReport> reports, WsSession session) =
            await ServeAsync(peer, compressed, encrypted, EchoAsync, ["say", .. _payloads.Select(payload => payload.Description)]);

        Assert.Equal(("open", compressed, "chat.v1"), (reports[0].Event, reports[0].Deflate, reports[0].Subprotocol));
        Assert.Equal(
            _payloads.Select(payload => payload.Report),
            reports.Where(report => report.Event == "message").Select(report => (report.Kind!, report.Bytes, report.Sha256!)));
        AssertClosed(reports, 1000, "", first: "local");
        AssertClosedCleanly(session, CloseCode.NormalClosure, WsCloseCause.Peer, compressed);
        Assert.Equal("/interop?from=peer", session.Request!.Target);
    }

    [Theory, PythonWebsockets(nameof(Ways)), NodeWs(nameof(Ways))]
    public async Task Message_in_fragments_around_a_ping_is_echoed(PeerKind peer, bool compressed, bool encrypted)
    {
        Payload payload = new("text*65536");
        (IReadOnlyList<PeerReport> reports, WsSession session) =
            await ServeAsync(peer, compressed, encrypted, EchoAsync, ["fragments", payload.Description, "5"]);

        Assert.Equal(Convert.ToHexStringLower("between"u8), Assert.Single(reports, report => report.Event == "pong").Payload);
        PeerReport echo = Assert.Single(reports, report => report.Event == "message");
        Assert.Equal(payload.Report, (echo.Kind!, echo.Bytes, echo.Sha256!));
        AssertClosedCleanly(session, CloseCode.NormalClosure, WsCloseCause.Peer, compressed);
    }

    [Theory, PythonWebsockets(nameof(Ways)), NodeWs(nameof(Ways))]
    public async Task Pings_are_answered_each_way_and_the_listeners_close_is_clean(PeerKind peer, bool compressed, bool encrypted)
    {
        (IReadOnlyList<PeerReport> reports, WsSession session) = await ServeAsync(
            peer, compressed, encrypted,
            async (session, stop) =>
            {
                await session.PingAsync(default, stop);
                await session.PingAsync("ping"u8.ToArray(), stop);
                await session.CloseAsync((CloseCode)4000, "bye", stop);
            },
            ["echo"]);

        AssertClosed(reports, 4000, "bye", first: "remote");
        AssertClosedCleanly(session, (CloseCode)4000, WsCloseCause.Local, compressed);
    }

    [Theory, PythonWebsockets(nameof(Ways)), NodeWs(nameof(Ways))]
    public async Task Client_that_drops_the_connection_is_lost(PeerKind peer, bool compressed, bool encrypted)
    {
        (_, WsSession session) = await ServeAsync(peer, compressed, encrypted, EchoAsync, ["drop"]);
        Assert.Equal(
            (CloseCode.AbnormalClosure, WsCloseCause.Lost, false),
            (session.CloseResult!.Code, session.CloseResult!.Cause, session.CloseResult!.IsClean));
    }

    [Theory, PythonWebsockets(nameof(Ways)), NodeWs(nameof(Ways))]
    public async Task Listener_that_stops_says_that_it_goes_away(PeerKind peer, bool compressed, bool encrypted)
    {
        var opened = new TaskCompletionSource();
        await using WsListener listener = Listen(encrypted);
        Task running = listener.RunAsync(async (session, _) =>
        {
            opened.SetResult();
            await EchoAsync(session, CancellationToken.None);
        });
        using var guard = new CancellationTokenSource(_patience);
        using Peer client = StartPeer(peer, listener, compressed, encrypted, ["echo"], guard.Token);
        await opened.Task.WaitAsync(_patience);
        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
        await client.FinishAsync();
        AssertClosed(client.Reports, 1001, "", first: "remote");
    }

    [Theory, PythonWebsockets, NodeWs]
    public async Task Request_is_refused_with_status_headers_and_body(PeerKind peer)
    {
        await using WsListener listener =
            Listen(encrypted: false, (_, _) => new(WsResponse.Reject(429, "Slow down.", [("Retry-After", "7")])));
        using var guard = new CancellationTokenSource(_patience);
        using Peer client = StartPeer(peer, listener, compressed: false, encrypted: false, ["echo"], guard.Token);
        await client.FinishAsync();
        PeerReport rejected = Assert.Single(client.Reports);
        Assert.Equal(("rejected", 429, "7"), (rejected.Event, rejected.Status, rejected.Headers!["retry-after"]));
        Assert.Equal(peer == PeerKind.PythonWebsockets ? null : "Slow down.", rejected.Body); // websockets does not tell
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task ClientWebSocket_is_echoed_and_its_close_is_clean(bool compressed, bool encrypted)
    {
        var ended = new TaskCompletionSource<WsSession>();
        await using WsListener listener = Listen(encrypted);
        Task running = listener.RunAsync(async (session, stop) =>
        {
            await EchoAsync(session, stop);
            ended.SetResult(session);
        });
        using ClientWebSocket client = new();
        using HttpMessageInvoker http = await ConnectAsync(client, listener, compressed, encrypted);
        Assert.Equal("chat.v1", client.SubProtocol);
        foreach (Payload payload in _payloads)
        {
            WebSocketMessageType type = payload.Message is TextMessage ? WebSocketMessageType.Text : WebSocketMessageType.Binary;
            await client.SendAsync(payload.Bytes.AsMemory(), type, true, CancellationToken.None).AsTask().WaitAsync(_patience);
            (WebSocketMessageType echoedType, byte[] echoed) = await ReceiveAsync(client);
            Assert.Equal(
                (type, Convert.ToHexString(SHA256.HashData(payload.Bytes))),
                (echoedType, Convert.ToHexString(SHA256.HashData(echoed))));
        }

        await client.CloseAsync((WebSocketCloseStatus)4001, "done", CancellationToken.None).WaitAsync(_patience);
        Assert.Equal((WebSocketState.Closed, (WebSocketCloseStatus)4001), (client.State, client.CloseStatus));
        WsSession session = await ended.Task.WaitAsync(_patience);
        await session.Completion.WaitAsync(_patience);
        AssertClosedCleanly(session, (CloseCode)4001, WsCloseCause.Peer, compressed);
        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ClientWebSocket_is_told_that_the_listener_goes_away(bool encrypted)
    {
        await using WsListener listener = Listen(encrypted);
        using ClientWebSocket client = new();
        using HttpMessageInvoker http = await ConnectAsync(client, listener, compressed: false, encrypted);
        Task stopping = listener.StopAsync();
        (WebSocketMessageType type, byte[] rest) = await ReceiveAsync(client);
        Assert.Equal((WebSocketMessageType.Close, 0), (type, rest.Length));
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, client.CloseStatus);
        await client.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, null, CancellationToken.None).WaitAsync(_patience);
        await stopping.WaitAsync(_patience);
    }

    [Fact]
    public async Task ClientWebSocket_sees_the_status_of_a_refusal()
    {
        await using WsListener listener = Listen(encrypted: false, (_, _) => new(WsResponse.Reject(403, "No.")));
        using ClientWebSocket client = new();
        client.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(client, listener, compressed: false, encrypted: false));
        Assert.Equal(HttpStatusCode.Forbidden, client.HttpStatusCode);
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _files.ForEach(File.Delete);
    }

    private static async Task EchoAsync(WsSession session, CancellationToken cancellationToken)
    {
        await foreach (Message message in session.ReadAllAsync(cancellationToken))
            await session.SendAsync(message, cancellationToken);
    }

    private WsListener Listen(bool encrypted, Func<WsRequestContext, CancellationToken, ValueTask<WsResponse>>? onRequest = null)
    {
        var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), new WsListenerOptions
        {
            Tls = encrypted ? new SslServerAuthenticationOptions { ServerCertificate = _certificate.Certificate } : null,
            Accept = new() { Subprotocols = ["chat.v1"], Extensions = [new PerMessageDeflate()], OnRequest = onRequest },
        });
        listener.Start();
        return listener;
    }

    /// <summary>Serves one client of a peer to the end, and wants the handler to return and the client to be content.</summary>
    private async Task<(IReadOnlyList<PeerReport> Reports, WsSession Session)> ServeAsync(
        PeerKind peer, bool compressed, bool encrypted, Func<WsSession, CancellationToken, Task> handler, IEnumerable<string> scenario)
    {
        using var guard = new CancellationTokenSource(_patience);
        await using WsListener listener = Listen(encrypted);
        using Peer client = StartPeer(peer, listener, compressed, encrypted, scenario, guard.Token);
        try
        {
            WsSession session = await listener.AcceptAsync(guard.Token);
            await handler(session, guard.Token);
            await session.Completion.WaitAsync(_patience);
            await client.FinishAsync();
            return (client.Reports, session);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message}\n{await client.EndAndTellAsync()}", e);
        }
    }

    private Peer StartPeer(
        PeerKind peer, WsListener listener, bool compressed, bool encrypted, IEnumerable<string> scenario, CancellationToken ct)
    {
        List<string> flags = ["--subprotocols", "chat.v2,chat.v1"];
        if (compressed)
            flags.Add("--deflate=default");
        if (encrypted)
            flags.AddRange(["--ca", AuthorityFile()]);
        return Peer.StartClient(peer, ((IPEndPoint)listener.LocalEndPoint).Port, [.. scenario, .. flags], ct);
    }

    private string AuthorityFile()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".pem");
        File.WriteAllText(path, _certificate.Authority.ExportCertificatePem());
        _files.Add(path);
        return path;
    }

    private async Task<HttpMessageInvoker> ConnectAsync(ClientWebSocket client, WsListener listener, bool compressed, bool encrypted)
    {
        client.Options.AddSubProtocol("chat.v1");
        if (compressed)
            client.Options.DangerousDeflateOptions = new WebSocketDeflateOptions();
        var handler = new SocketsHttpHandler();
        handler.SslOptions.CertificateChainPolicy =
            new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        handler.SslOptions.CertificateChainPolicy.CustomTrustStore.Add(_certificate.Authority);
        var http = new HttpMessageInvoker(handler);
        var uri = new Uri($"{(encrypted ? "wss" : "ws")}://localhost:{((IPEndPoint)listener.LocalEndPoint).Port}/interop");
        await client.ConnectAsync(uri, http, CancellationToken.None).WaitAsync(_patience);
        return http;
    }

    private static async Task<(WebSocketMessageType Type, byte[] Data)> ReceiveAsync(ClientWebSocket client)
    {
        using var all = new MemoryStream();
        byte[] buffer = new byte[16 * 1024];
        ValueWebSocketReceiveResult part;
        do
        {
            part = await client.ReceiveAsync(buffer.AsMemory(), CancellationToken.None).AsTask().WaitAsync(_patience);
            await all.WriteAsync(buffer.AsMemory(0, part.Count));
        }
        while (!part.EndOfMessage);

        return (part.MessageType, all.ToArray());
    }

    private static void AssertClosed(IReadOnlyList<PeerReport> reports, int code, string reason, string first)
    {
        PeerReport closed = Assert.Single(reports, report => report.Event == "closed");
        Assert.Equal((code, reason, first), (closed.Code, closed.Reason, closed.First));
    }

    private static void AssertClosedCleanly(WsSession session, CloseCode code, WsCloseCause cause, bool compressed)
    {
        Assert.Equal((code, cause, true), (session.CloseResult!.Code, session.CloseResult!.Cause, session.CloseResult!.IsClean));
        Assert.Equal(compressed, session.Extensions is [DeflateCodec]);
    }
}
