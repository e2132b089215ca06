using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;
using WsProto.Adapters.Transports;

namespace WsProto.Adapters.Tests;

/// <summary>
/// What simple-websocket is known to get wrong, each with a test that a session does not. docs/simple-websocket.md has the table.
/// </summary>
public sealed partial class SessionSimpleWebSocketTests
{
    private static readonly byte[] _request = Encoding.ASCII.GetBytes(
        "GET /chat?room=1 HTTP/1.1\r\nHost: test\r\nOrigin: https://evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Transport_that_takes_a_byte_at_a_time_loses_nothing_of_a_large_message()
    {
        await using SessionPair pair = SessionPair.Create(toServer: new MemoryTransportOptions { Capacity = 1 });
        byte[] payload = new byte[5000];
        new Random(3).NextBytes(payload);
        await pair.Client.SendAsync(payload);
        Assert.Equal(new BytesMessage(payload), await pair.Server.ReceiveAsync().Soon());
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Many_senders_do_not_mix_their_frames()
    {
        await using SessionPair pair = SessionPair.Create(toServer: new MemoryTransportOptions { Capacity = 3 });
        string[] texts = [.. Enumerable.Range(0, 200).Select(i => new string((char)('a' + (i % 26)), i))];
        Task sending = Task.WhenAll(texts.Select(text => Task.Run(() => pair.Client.SendAsync(text).AsTask())));
        var received = new List<string>();
        while (received.Count < texts.Length)
            received.Add(((TextMessage)(await pair.Server.ReceiveAsync().Soon())!).Data);
        await sending.Soon();
        Assert.Equal(texts, received.OrderBy(text => text.Length));
        Assert.Null(pair.ToServer.Error);
    }

    [Theory]
    [EveryTransport]
    public async Task Timeout_of_a_receive_does_not_start_again_when_something_else_comes(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        Task<Message?> receiving = peer.Session.ReceiveAsync(TimeSpan.FromSeconds(3)).AsTask();
        for (int i = 0; i < 2; i++)
        {
            peer.Time.Advance(TimeSpan.FromSeconds(1));
            await peer.SettleAsync();
        }

        Assert.False(receiving.IsCompleted);
        peer.Time.Advance(TimeSpan.FromSeconds(1));
        await Assert.ThrowsAsync<TimeoutException>(() => receiving.Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Second_close_is_no_error(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        WsCloseResult first = await pair.Client.CloseAsync().Soon();
        Assert.Same(first, await pair.Client.CloseAsync().Soon());
        await pair.Client.DisposeAsync();
        await pair.Client.DisposeAsync();
    }

    [Theory]
    [EveryTransport]
    public async Task Close_has_a_timeout_and_wakes_a_receive_that_waits(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        Task<Message?> receiving = peer.Session.ReceiveAsync().AsTask();
        Task<WsCloseResult> closing = peer.Session.CloseAsync().AsTask();
        peer.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Null(await receiving.Soon());
        await closing.Soon();
    }

    [Theory]
    [EveryTransport]
    public async Task Client_answers_a_Close(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, ConnectionRole.Client);
        await peer.SendCloseAsync(1001, "restart");
        Assert.Equal(1001, (await peer.ReadAsync())!.CloseCode);
    }

    [Theory]
    [EveryTransport]
    public async Task Client_says_why_it_fails_the_connection_and_does_not_take_it_for_a_Close_of_the_peer(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over, ConnectionRole.Client);
        await peer.SendAsync(WireFrame.Continuation, [1]);
        Assert.Equal(1002, (await peer.ReadAsync())!.CloseCode);
        Assert.Null(await peer.Session.ReceiveAsync().Soon());
        Assert.Equal(WsCloseCause.ProtocolError, peer.Session.CloseCause);
        Assert.NotNull(peer.Session.Closed!.Error);
    }

    [Theory]
    [EveryTransport]
    public async Task Lost_transport_is_1006(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(over);
        await peer.Transport.DisposeAsync();
        Assert.Null(await peer.Session.ReceiveAsync().Soon());
        Assert.Equal((CloseCode.AbnormalClosure, WsCloseCause.Lost), (peer.Session.Closed!.Code, peer.Session.CloseCause));
    }

    [Theory]
    [EveryTransport]
    public async Task Own_close_has_its_code_and_cause(TransportKind over)
    {
        await using SessionPair pair = await SessionPair.OverAsync(over);
        await pair.Client.CloseAsync((CloseCode)4321, "mine").Soon();
        Assert.Equal((new CloseConnection((CloseCode)4321, "mine"), WsCloseCause.Local), (pair.Client.Closed, pair.Client.CloseCause));
    }

    [Theory]
    [EveryTransport]
    public async Task Peer_that_does_not_answer_Pings_wakes_the_receiver_and_is_the_cause(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(
            over,
            options: new WsSessionOptions { KeepAliveInterval = TimeSpan.FromSeconds(1), KeepAliveTimeout = TimeSpan.FromSeconds(1) });
        Task<Message?> receiving = peer.Session.ReceiveAsync().AsTask();
        peer.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(await receiving.Soon());
        Assert.Equal(WsCloseCause.KeepAlive, peer.Session.CloseCause);
    }

    [Theory]
    [EveryTransport]
    public async Task Data_is_a_sign_of_life_and_a_Pong_need_not_come_first(TransportKind over)
    {
        await using BarePeer peer = await BarePeer.OverAsync(
            over,
            options: new WsSessionOptions { KeepAliveInterval = TimeSpan.FromSeconds(1), KeepAliveTimeout = TimeSpan.FromSeconds(1) });
        peer.Time.Advance(TimeSpan.FromSeconds(1));
        await peer.SendTextAsync("busy");
        Assert.NotNull(await peer.Session.ReceiveAsync().Soon());
        peer.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ConnectionState.Open, peer.Session.State);
    }

    [Theory]
    [EveryTransport]
    public async Task Message_limit_counts_bytes_and_one_more_is_1009_and_wakes_the_receiver(TransportKind over)
    {
        await using BarePeer peer =
            await BarePeer.OverAsync(over, options: new WsSessionOptions { Connection = new WsConnectionOptions { MaxMessageSize = 10 } });
        await peer.SendTextAsync("äöüäö");
        Assert.Equal(new TextMessage("äöüäö"), await peer.Session.ReceiveAsync().Soon());
        Task<Message?> receiving = peer.Session.ReceiveAsync().AsTask();
        await peer.SendTextAsync("äöüäöx");
        Assert.Equal(1009, (await peer.ReadAsync())!.CloseCode);
        Assert.Null(await receiving.Soon());
        Assert.Equal(CloseCode.MessageTooBig, peer.Session.Closed!.Code);
    }

    [Theory]
    [EveryTransport]
    public async Task Client_offers_compression_and_what_is_inflated_counts_for_the_limit(TransportKind over)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        var counted = new CountedTransport(near);
        var options = new WsAcceptOptions
        {
            Extensions = [new PerMessageDeflate()],
            Session = new() { Connection = new WsConnectionOptions { MaxMessageSize = 1000 } },
        };
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(far, options);
        await using WsSession client =
            await WsSession.ConnectAsync(counted, new Request("test", "/") { Extensions = [new PerMessageDeflate()] }).Soon();
        await using WsSession server = await accepting.Soon();
        await client.SendAsync(new byte[1000]);
        await client.SendAsync(new byte[1001]);
        Assert.Equal(1000, ((BytesMessage)(await server.ReceiveAsync().Soon())!).Data.Length);
        Assert.Null(await server.ReceiveAsync().Soon());
        Assert.Equal(CloseCode.MessageTooBig, server.Closed!.Code);
        Assert.True(counted.BytesWritten < 1000);
    }

    [Theory]
    [EveryTransport]
    public async Task Message_in_the_segment_of_the_101_does_not_wait_for_more_bytes(TransportKind over)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        Task<WsSession> connecting = WsSession.ConnectAsync(near, new Request("test", "/")).AsTask();
        using var server = new WsConnection(ConnectionRole.Server);
        byte[] buffer = new byte[4096];
        server.Receive(buffer.AsSpan(0, await far.ReadAsync(buffer)));
        Assert.True(server.TryReadEvent(out WsEvent? _));
        await far.WriteAsync((byte[])[.. server.Send(new AcceptConnection()), .. server.Send(new TextMessage("hello"))]);
        await using WsSession client = await connecting.Soon();
        Assert.Equal(new TextMessage("hello"), await client.ReceiveAsync(TimeSpan.Zero));
        await far.DisposeAsync();
    }

    [Theory]
    [EveryTransport]
    public async Task Bad_handshake_gets_an_answer_and_an_exception_of_its_own(TransportKind over)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        Task<WsSession> accepting = WsSession.AcceptAsync(far).AsTask();
        await near.WriteAsync("GET / HTTP/1.1\r\nHost: test\r\n\r\n"u8.ToArray());
        Assert.StartsWith("HTTP/1.1 4", await ReadAllAsync(near), StringComparison.Ordinal);
        await near.DisposeAsync();
        Assert.NotNull((await Assert.ThrowsAsync<WsHandshakeException>(() => accepting.Soon())).Error);
    }

    [Theory]
    [EveryTransport]
    public async Task Server_sees_the_request_as_it_was_and_adds_headers(TransportKind over)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        await near.WriteAsync(_request);
        await using WsSession server = await WsSession.AcceptAsync(
            far,
            new WsAcceptOptions { Origins = OriginPolicy.Any, OnRequest = (_, _) => new(WsResponse.Accept(headers: [("X-Room", "1")])) })
            .Soon();
        Assert.Equal(("/chat?room=1", "https://evil.example"), (server.Request!.Target, server.Request.ExtraHeaders["Origin"]));
        Assert.Contains("X-Room: 1\r\n", await ReadSomeAsync(near), StringComparison.Ordinal);
        await near.DisposeAsync();
    }

    [Theory]
    [EveryTransport]
    public async Task Foreign_origin_is_refused_as_is_whatever_the_application_does_not_like(TransportKind over)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        Task<WsSession> accepting = WsSession.AcceptAsync(far).AsTask();
        await near.WriteAsync(_request);
        Assert.StartsWith("HTTP/1.1 403", await ReadAllAsync(near), StringComparison.Ordinal);
        await near.DisposeAsync();
        Assert.Equal(403, (await Assert.ThrowsAsync<WsHandshakeException>(() => accepting.Soon())).StatusCode);

        (near, far) = await TransportPair.OpenAsync(over);
        accepting = WsSession.AcceptAsync(
            far, new WsAcceptOptions { OnRequest = (_, _) => new(WsResponse.Reject(429, "later", [("Retry-After", "5")])) })
            .AsTask();
        WsHandshakeException refused = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsSession.ConnectAsync(near, new Request("test", "/")).Soon());
        Assert.Equal((429, "5", "later"), (refused.StatusCode, refused.Headers["Retry-After"], Encoding.UTF8.GetString(refused.Body.Span)));
        await Assert.ThrowsAsync<WsHandshakeException>(() => accepting.Soon());
    }

    [Theory]
    [EveryTransport]
    public async Task Handshake_that_fails_or_takes_too_long_closes_the_transport(TransportKind over)
    {
        (WsTransport near, WsTransport far) = await TransportPair.OpenAsync(over);
        Task<WsSession> connecting = WsSession.ConnectAsync(near, new Request("test", "/")).AsTask();
        await far.CompleteWritesAsync();
        await Assert.ThrowsAsync<WsHandshakeException>(() => connecting.Soon());
        await far.WriteUntilRefusedAsync();

        var time = new ManualTime();
        (near, far) = await TransportPair.OpenAsync(over);
        connecting =
            WsSession.ConnectAsync(near, new Request("test", "/"), new WsConnectOptions { Session = new() { TimeProvider = time } })
                .AsTask();
        time.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<TimeoutException>(() => connecting.Soon());
        await far.WriteUntilRefusedAsync();
    }

    [Fact]
    [OneTransport(OneTransportReason.WaitsAtAByte)]
    public async Task Sender_feels_a_peer_that_does_not_read()
    {
        await using BarePeer peer =
            BarePeer.Of(options: new WsSessionOptions { MaxSendBacklog = 100 }, toPeer: new MemoryTransportOptions { Capacity = 1 });
        await peer.Session.SendAsync(new byte[100]);
        Task second = peer.Session.SendAsync(new byte[100]).AsTask();
        Assert.False(second.IsCompleted);
        Assert.NotNull(await peer.ReadAsync());
        await second.Soon();
    }

    [Fact]
    [OneTransport(OneTransportReason.UsesNoBytes)]
    public void Client_names_the_port_in_Host_and_takes_a_URI_without_a_path()
    {
        Request request = Request.FromUri(new Uri("ws://[::1]:8080"));
        Assert.Equal(("[::1]:8080", "/"), (request.Host, request.Target));
    }

    [Fact]
    [OneTransport(OneTransportReason.UsesNoBytes)]
    public void Each_test_that_the_table_names_exists()
    {
        string file = Path.Combine(RepositoryRoot(), "docs", "simple-websocket.md");
        string[] rows =
        [
            .. File.ReadLines(file)
                .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.EndsWith("| Test |", StringComparison.Ordinal)),
        ];
        Assert.NotEmpty(rows);
        var named = new HashSet<string>();
        foreach (string row in rows)
        {
            string proof = row.Trim('|').Split('|')[^1].Trim();
            MatchCollection names = TestName().Matches(proof);
            Assert.True(
                names.Count > 0
                    || proof.StartsWith("later:", StringComparison.Ordinal)
                    || proof.StartsWith("none:", StringComparison.Ordinal),
                row);
            foreach (Match name in names)
            {
                Type? type = typeof(SessionSimpleWebSocketTests).Assembly.GetType($"WsProto.Adapters.Tests.{name.Groups[1].Value}");
                Assert.True(type?.GetMethod(name.Groups[2].Value) is not null, name.Value);
                named.Add(name.Groups[2].Value);
            }
        }

        // And none of these is missing there.
        IEnumerable<string> here = typeof(SessionSimpleWebSocketTests).GetMethods()
            .Where(method => method.IsDefined(typeof(FactAttribute), false))
            .Select(method => method.Name);
        Assert.Equal([nameof(Each_test_that_the_table_names_exists)], here.Except(named));
    }

    [GeneratedRegex(@"`([A-Za-z.]+)\.(\w+)`")]
    private static partial Regex TestName();

    private static string RepositoryRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "WsProto.sln")))
            directory = directory.Parent;
        return directory!.FullName;
    }

    private static async Task<string> ReadSomeAsync(WsTransport transport)
    {
        byte[] buffer = new byte[4096];
        return Encoding.ASCII.GetString(buffer, 0, await transport.ReadAsync(buffer).Soon());
    }

    private static async Task<string> ReadAllAsync(WsTransport transport)
    {
        var text = new StringBuilder();
        while (await ReadSomeAsync(transport) is { Length: > 0 } more)
            text.Append(more);
        return text.ToString();
    }
}
