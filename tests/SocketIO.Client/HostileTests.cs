using System.Text;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO.Client.Tests.Support;

namespace WsProto.SocketIO.Client.Tests;

/// <summary>Servers that do not do what they should, on loopback.</summary>
public sealed class HostileTests
{
    private static readonly SocketIOClientOptions _polling = new()
    {
        Connection = new() { Engine = new() { Transports = [EngineIOTransports.Polling] } },
    };

    [Theory]
    [InlineData("polling")]
    [InlineData("websocket")]
    [Trait("Demand", "Q35")]
    public async Task Cookie_that_cannot_be_sent_is_none_and_others_go_back_in_one_header(string way)
    {
        using var server = new RawServer(async (head, stream) =>
        {
            string cookies = "Set-Cookie: bad=caf\u00e9\r\nSet-Cookie: node=7; Path=/\r\nSet-Cookie: =; =\r\n";
            string upgrades = way == "polling" ? "" : "\"websocket\"";
            if (head.Contains("Upgrade", StringComparison.Ordinal))
                await stream.WriteAsync(RawServer.Answer("", status: "400 Bad Request"));
            else if (!head.Contains("sid=", StringComparison.Ordinal))
                await stream.WriteAsync(RawServer.Answer(RawServer.Opening(upgrades), cookies));
            else if (head.StartsWith("POST", StringComparison.Ordinal))
                await stream.WriteAsync(RawServer.Answer("ok"));
            else
                await stream.WriteAsync(RawServer.Answer("40{\"sid\":\"A\"}"));
        });
        SocketIOClientOptions options = way == "polling" ? _polling : new();
        await using var io = new SocketIOClient(server.Address, options with { Headers = [new("cookie", "mine=1")] });
        await io.ConnectAsync().Soon();
        await Waiting.Until(() => way == "polling"
            ? server.Requests.Count > 4
            : server.Requests.Any(head => head.Contains("Upgrade", StringComparison.Ordinal)));
        string[] all = [.. server.Requests];
        Assert.Equal(["cookie: mine=1"], CookiesOf(all[0]));
        Assert.All(all.Skip(1), head => Assert.Equal(["cookie: mine=1; node=7"], CookiesOf(head)));
    }

    [Fact]
    public async Task Redirect_is_a_refusal_and_not_followed()
    {
        using var other = new RawServer((_, stream) => stream.WriteAsync(RawServer.Answer(RawServer.Opening())).AsTask());
        using var server = new RawServer((_, stream) =>
            stream.WriteAsync(RawServer.Answer("", $"Location: {other.Address}\r\n", "302 Found")).AsTask());
        EngineIOFailure failure = await FailAsync(server, new());
        Assert.Equal((EngineIOClientError.Refused, 302), (failure.Error, failure.Status));
        Assert.Empty(other.Requests);
    }

    [Theory]
    [InlineData("200 OK", EngineIOClientError.Unreachable)]
    [InlineData("503 Busy", EngineIOClientError.Refused)]
    public async Task Answer_without_an_end_is_not_read_for_ever(string status, EngineIOClientError error)
    {
        int parts = 0;
        using var server = new RawServer(async (_, stream) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nTransfer-Encoding: chunked\r\n\r\n"));
            byte[] part = [.. "1000\r\n"u8, .. Enumerable.Repeat((byte)'x', 4096), .. "\r\n"u8];
            while (true)
            {
                await stream.WriteAsync(part);
                Interlocked.Increment(ref parts);
            }
        });
        EngineIOFailure failure = await FailAsync(server, _polling with { MaxReceiveSize = 100_000 });
        Assert.Equal((error, error == EngineIOClientError.Refused ? 503 : null), (failure.Error, failure.Status));
        Assert.Equal(error == EngineIOClientError.Refused ? 4096 : 0, failure.Body.Length);
    }

    [Fact]
    public async Task Page_instead_of_a_session_says_so_over_all_transports()
    {
        using var server = new RawServer((_, stream) =>
            stream.WriteAsync(RawServer.Answer("<html>Log in first.</html>", "Content-Type: text/html\r\n")).AsTask());
        EngineIOFailure failure = await FailAsync(server, _polling);
        Assert.Equal(EngineIOClientError.OpenMalformed, failure.Error);
        Assert.Equal(EngineIOClientError.Refused, (await FailAsync(server, new())).Error);
    }

    [Fact]
    public async Task Answer_that_comes_byte_by_byte_does_not_open_a_session_for_ever()
    {
        var time = new FakeTimeProvider();
        int bytes = 0;
        using var server = new RawServer(async (_, stream) =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"u8.ToArray());
            while (true)
            {
                await stream.WriteAsync("0"u8.ToArray());
                Interlocked.Increment(ref bytes);
                time.Advance(TimeSpan.FromMilliseconds(10));
                await Task.Yield();
            }
        });
        EngineIOFailure failure = await FailAsync(server, _polling with { TimeProvider = time });
        Assert.Equal(EngineIOClientError.OpenTimeout, failure.Error);
        Assert.InRange(bytes, 2, int.MaxValue);
    }

    [Theory]
    [InlineData("""0{"sid":"OTHER","upgrades":[],"pingInterval":25000,"pingTimeout":20000}""")]
    [InlineData("5")]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("b!")]
    public async Task Packet_that_no_server_sends_ends_the_session_once(string packet)
    {
        int polls = 0;
        using var server = new RawServer(async (head, stream) =>
        {
            bool isPoll = head.StartsWith("GET", StringComparison.Ordinal);
            await stream.WriteAsync(RawServer.Answer(!isPoll ? "ok" : Interlocked.Increment(ref polls) switch
            {
                1 => RawServer.Opening(),
                2 => "40{\"sid\":\"A\"}",
                _ => packet,
            }));
        });
        var states = new List<SocketIOStateChange>();
        await using var io =
            new SocketIOClient(server.Address, _polling with { Connection = _polling.Connection with { ReconnectPolicy = _ => null } });
        var losses = new List<SocketIOLoss>();
        io.OnDisconnected(async loss => losses.Add(loss));
        io.OnStateChanged(states.Add);
        await io.ConnectAsync().Soon();
        await Waiting.Until(() => io.State == SocketIOClientState.Idle && states.Count == 3 && losses.Count == 1);
        Assert.Equal(EngineIOClientError.PacketMalformed, states[^1].Failure!.Failure!.Error);
        Assert.Equal(("parse error", false), (losses[0].Reason, losses[0].ComesBack));
    }

    private static async Task<EngineIOFailure> FailAsync(RawServer server, SocketIOClientOptions options)
    {
        await using var io = new SocketIOClient(server.Address, options);
        SocketIOConnectException e = await Assert.ThrowsAsync<SocketIOConnectException>(() => io.ConnectAsync()).Soon();
        return e.Failure!;
    }

    private static IEnumerable<string> CookiesOf(string head) =>
        head.Split("\r\n")
            .Where(line => line.StartsWith("cookie:", StringComparison.OrdinalIgnoreCase))
            .Select(line => "cookie" + line[6..]);
}
