using System.Diagnostics;
using System.Net;
using System.Threading.Channels;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>Peers that do anything: the listener goes on and serves the next.</summary>
public sealed class ListenerHostileTests
{
    private static readonly TimeSpan _patience = ListenerClient.Patience;

    /// <summary>What a peer sends, and the status that it gets.</summary>
    public static readonly TheoryData<string, string, string> Garbage = new()
    {
        { "noise", string.Concat(Enumerable.Range(0, 256).Select(i => (char)i)) + "\r\n\r\n", "400" },
        { "line ends, then no request", "\r\n\r\nnonsense\r\n\r\n", "400" },
        { "a TLS ClientHello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + new string('\xA5', 600), "400" },
        { "HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505" },
        { "a GET without upgrade", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "4" },
        { "a POST", "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\nabc", "4" },
        { "version 8", ListenerClient.Request().Replace("Version: 13", "Version: 8", StringComparison.Ordinal), "426" },
        { "a huge line", "GET /" + new string('a', 20_000) + " HTTP/1.1\r\n\r\n", "414" },
        {
            "a huge head",
            "GET / HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("X: " + new string('a', 1000) + "\r\n", 40)) + "\r\n",
            "431"
        },
    };

    [Theory]
    [MemberData(nameof(Garbage))]
    [Trait("Register", "S41")]
    public async Task Garbage_is_answered_and_the_next_is_served(string what, string bytes, string status)
    {
        Failures failures = new();
        await using WsListener listener = ListenerTests.Start(failures.Options);
        using (ListenerClient client = await ListenerClient.ConnectAsync(listener.LocalEndPoint))
        {
            await client.SendAsync(bytes);
            Assert.True((await client.ReadHeadAsync()).StartsWith("HTTP/1.1 " + status, StringComparison.Ordinal), what);
        }

        Assert.NotNull(Assert.IsType<WsHandshakeException>(await failures.NextAsync()).Error);
        await ListenerTests.AssertServesAsync(listener);
    }

    [Theory]
    [Trait("Register", "S41")]
    [InlineData("")]
    [InlineData("GET / HTT")]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n")]
    public async Task Peer_that_leaves_before_the_end_of_its_request_is_forgotten_and_the_next_is_served(string begun)
    {
        Failures failures = new();
        await using WsListener listener = ListenerTests.Start(failures.Options);
        foreach (bool reset in (bool[])[false, true])
        {
            using ListenerClient client = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
            await client.SendAsync(begun);
            if (reset)
                client.Reset();
            else
                client.EndWrites();
            if (!reset)
                await client.ReadToEndAsync();
        }

        await ListenerTests.AssertServesAsync(listener);
    }

    [Fact]
    [Trait("Register", "S41")]
    public async Task Peer_that_breaks_the_protocol_ends_its_own_session_only()
    {
        var failed = 0;
        await using var listener =
            new WsListener(new IPEndPoint(IPAddress.Loopback, 0), new WsListenerOptions { OnHandlerFailed = (_, _) => failed++ });
        Task running = listener.RunAsync(ListenerTests.EchoAsync);
        using (ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint))
        {
            // A frame that is not masked (RFC 6455 §5.1), answered with 1002.
            await client.SendAsync((byte[])[0x81, 0x01, 0x61]);
            byte[] close = await client.ReadAsync(4);
            Assert.Equal([0x88, 0x03, 0xEA], [close[0], close[2], close[3]]);
        }

        await ListenerTests.AssertEchoesAsync(listener.LocalEndPoint);
        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
        Assert.Equal(0, failed);
    }

    [Fact]
    [Trait("Register", "S41")]
    public async Task Who_is_told_of_failures_and_fails_at_that_harms_nobody()
    {
        await using WsListener listener =
            ListenerTests.Start(new WsListenerOptions { OnHandshakeFailed = (_, _) => throw new InvalidOperationException() });
        for (int i = 0; i < 3; i++)
        {
            using ListenerClient client = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
            await client.SendAsync("nonsense\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 400", await client.ReadHeadAsync(), StringComparison.Ordinal);
        }

        await ListenerTests.AssertServesAsync(listener);
    }

    [Theory]
    [Trait("Register", "S41")]
    [InlineData("unobserved")]
    [InlineData("stop")]
    public async Task Nothing_goes_unobserved_whatever_peers_do_and_nothing_is_loaded_to_stop(string role)
    {
        using Process process = ListenerProcess.Start(role);
        try
        {
            string said = await process.StandardOutput.ReadToEndAsync().WaitAsync(_patience);
            Assert.Equal("end\n", said.ReplaceLineEndings("\n"));
        }
        finally
        {
            if (!process.HasExited)
                process.Kill();
        }
    }

    [Fact]
    public async Task Request_that_comes_byte_by_byte_ends_when_all_of_the_time_is_over()
    {
        Failures failures = new();
        await using WsListener listener = ListenerTests.Start(failures.Options);
        using ListenerClient slow = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await failures.Time.UntilAsync(time => time.Pending == 1);
        foreach (char one in ListenerClient.Request()[..9])
        {
            await slow.SendAsync(one.ToString());
            failures.Time.Advance(TimeSpan.FromSeconds(1));
        }

        failures.Time.Advance(TimeSpan.FromSeconds(1) - TimeSpan.FromTicks(1));
        Assert.Equal(1, failures.Time.Pending);
        failures.Time.Advance(TimeSpan.FromTicks(1));
        Assert.IsType<TimeoutException>(await failures.NextAsync());
        Assert.Equal("", await slow.ReadToEndAsync());
        await ListenerTests.AssertServesAsync(listener);
    }

    [Fact]
    public async Task Request_that_comes_byte_by_byte_in_time_is_served()
    {
        Failures failures = new();
        await using WsListener listener = ListenerTests.Start(failures.Options);
        using ListenerClient slow = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await failures.Time.UntilAsync(time => time.Pending == 1);
        foreach (char one in ListenerClient.Request())
        {
            await slow.SendAsync(one.ToString());
            failures.Time.Advance(TimeSpan.FromMilliseconds(10));
        }

        Assert.StartsWith("HTTP/1.1 101 ", await slow.ReadHeadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_that_stays_after_its_refusal_goes_when_the_time_of_the_handshake_is_over()
    {
        Failures failures = new();
        await using WsListener listener = ListenerTests.Start(failures.Options);
        using ListenerClient client = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await client.SendAsync("nonsense\r\n\r\n");
        await client.ReadHeadAsync();
        failures.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.IsType<WsHandshakeException>(await failures.NextAsync());
        await client.ReadToEndAsync();
    }

    /// <summary>Options that tell of failed handshakes, in a time of their own.</summary>
    private sealed class Failures
    {
        private readonly Channel<Exception> _all = Channel.CreateUnbounded<Exception>();

        internal Failures() => Options = new WsListenerOptions
        {
            OnHandshakeFailed = (e, _) => _all.Writer.TryWrite(e),
            Accept = new() { Session = new() { TimeProvider = Time } },
        };

        internal ManualTime Time { get; } = new();

        internal WsListenerOptions Options { get; }

        internal Task<Exception> NextAsync() => _all.Reader.ReadAsync().AsTask().WaitAsync(_patience);
    }
}
