using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using WsProto.Adapters;
using WsProto.Cli.Tests.Captures;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>proxy</c>.</summary>
public sealed class ProxyTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(60));
    private readonly string _folder = Directory.CreateTempSubdirectory("wsproto").FullName;

    public void Dispose()
    {
        _guard.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>What no library would send, cut anywhere: it is the same behind the proxy.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100_000)]
    [Trait("Demand", "L23")]
    public async Task Octets_are_the_same_on_both_sides(int size)
    {
        using var exchange = new Exchange();
        byte[] client =
        [
            .. exchange.Request, .. exchange.Client(""), .. exchange.Client(new string('a', size < 100 ? 200 : 70_000)),
            // Empty fragments, reserved bits, another opcode, no mask, a length in too many octets, and a frame that is cut.
            .. new byte[]
            {
                0x01, 0x80, 1, 2, 3, 4, 0x00, 0x80, 1, 2, 3, 4, 0x80, 0x80, 1, 2, 3, 4, 0xF3, 0x81, 5, 6, 7, 8, 9, 0x81, 0x01, 0x61,
            },
            .. new byte[] { 0x82, 0xFE, 0, 1, 1, 2, 3, 4, 9, 0x82, 0xFF, 0, 0 },
        ];
        byte[] server = [.. Encoding.ASCII.GetBytes(
            "HTTP/1.1 103 Early\r\n\r\n"), .. exchange.Response, .. exchange.Server(""), 0x81, 0x81, 1, 2, 3, 4, 5, 0x70];
        using var upstream = new RawServer();
        await using Listening proxy = await Listening.StartVerbAsync("proxy", "0", upstream.Address, "-n", "1");
        await using NetworkStream near = await RawServer.ConnectAsync(proxy.Address, _guard.Token);
        await using NetworkStream far = await upstream.AcceptAsync(_guard.Token);
        // One direction ends before the other.
        foreach (byte[] piece in client.Chunk(size))
            await near.WriteAsync(piece, _guard.Token);
        near.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(client, await RawServer.RestAsync(far, _guard.Token));
        foreach (byte[] piece in server.Chunk(size))
            await far.WriteAsync(piece, _guard.Token);
        far.Socket.Shutdown(SocketShutdown.Send);
        Assert.Equal(server, await RawServer.RestAsync(near, _guard.Token));
        Assert.Equal(0, await proxy.Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("Demand", "L23")]
    public async Task What_passes_is_shown_and_recorded_so_that_decode_shows_the_same(bool isSecure)
    {
        string file = Path.Combine(_folder, "session.pcap");
        await using Listening server = await Listening.StartAsync("0", "--deflate");
        await using Listening proxy = await Listening.StartVerbAsync(
            ["proxy", "0", server.Address, "-n", "1", "--record", file, .. isSecure ? new[] { "--tls" } : []]);
        Assert.StartsWith(isSecure ? "wss://" : "ws://", proxy.Address, StringComparison.Ordinal);
        Tool tool = await Tool.PipeAsync("Hello, Hello\n", "connect", proxy.Address, "-k", "-n", "1", "--deflate");
        Assert.Equal((0, "Hello, Hello\n"), (tool.Code, tool.Payloads));
        string[] shown = [.. (await proxy.RestAsync()).Where(line => line[0] != '#').Select(WithoutTime)];
        Assert.Equal(["request", "response", "text", "text", "close", "close", "end", "end"], shown.Select(row => row.Split('\t')[2]));
        Tool decoded = await Tool.RunAsync("decode", file);
        Assert.Equal((0, ""), (decoded.Code, decoded.Error));
        Assert.Equal(shown, decoded.Lines.Where(line => line[0] != '#').Select(WithoutTime));
    }

    [Fact]
    public async Task Server_over_TLS_is_reached()
    {
        await using Listening server = await Listening.StartAsync("0", "--tls");
        await using Listening proxy = await Listening.StartVerbAsync("proxy", "0", server.Address, "-k", "--quiet");
        Tool tool = await Tool.PipeAsync("Hello\n", "connect", proxy.Address, "-n", "1");
        Assert.Equal((0, "Hello\n"), (tool.Code, tool.Payloads));
    }

    [Fact]
    public async Task Server_that_is_not_there_ends_the_connection_and_is_said_to()
    {
        await using Listening proxy = await Listening.StartVerbAsync("proxy", "0", "ws://127.0.0.1:1/", "-n", "1");
        Assert.Equal(3, (await Tool.PipeAsync("", "connect", proxy.Address)).Code);
        Assert.Equal(0, await proxy.Code);
        Assert.StartsWith("wsproto: ws://127.0.0.1:1/: ", proxy.Error, StringComparison.Ordinal);
    }

    /// <summary>What a client gets back that sends "1" to "5" to an echo server, and how the connection ends.</summary>
    [Theory]
    [InlineData("drop@server:3", "1 2 4 5", 1000)]
    [InlineData("drop@client:2-4", "1 5", 1000)]
    [InlineData("drop@client:4-", "1 2 3", 1000)]
    [InlineData("delay=1ms@server", "1 2 3 4 5", 1000)]
    [InlineData("octets@client", "1 2 3 4 5", 1000)]
    [InlineData("octets@server:2", "1 2 3 4 5", 1000)]
    [InlineData("close=1013@server:3", "1 2", 1013)]
    [InlineData("close=4000@client:3", "1 2", 4000)]
    [InlineData("cut@server:3", "1 2", 1006)]
    [InlineData("break@server:2", "1", 1007)]
    [Trait("Demand", "L25")]
    public async Task Fault_hits_the_messages_that_it_is_for(string fault, string received, int code)
    {
        await using Listening server = await Listening.StartAsync();
        await using Listening proxy = await Listening.StartVerbAsync("proxy", "0", server.Address, "-n", "1", "--fault", fault);
        (string texts, CloseCode closed) = await TalkAsync(proxy.Address);
        Assert.Equal((received, code), (texts, (int)closed));
        string[] rows = [.. (await proxy.RestAsync()).Where(line => line.Split('\t') is [_, _, _, "fault", ..])];
        Assert.NotEmpty(rows);
        Assert.All(rows, row => Assert.StartsWith(fault + ", message ", row.Split('\t')[7], StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Demand", "L25")]
    public async Task Stalled_direction_passes_nothing_more_and_stays_open()
    {
        await using Listening server = await Listening.StartAsync();
        await using Listening proxy = await Listening.StartVerbAsync("proxy", "0", server.Address, "-n", "1", "--fault", "stall@server:2");
        await using (WsSession session = await WsClient.ConnectAsync(new Uri(proxy.Address), cancellationToken: _guard.Token))
        {
            await session.SendTextAsync("1", _guard.Token);
            await session.SendTextAsync("2", _guard.Token);
            Assert.Equal(new TextMessage("1"), await session.ReceiveAsync(_guard.Token));
            while (!(await proxy.LineAsync()).Contains("stall@server:2, message 2", StringComparison.Ordinal))
            {
                // It is on its way.
            }

            Assert.Null(session.CloseResult);
            session.Abort();
        }

        Assert.Equal(0, await proxy.Code);
    }

    /// <summary>The same seed hits the same messages.</summary>
    [Fact]
    [Trait("Demand", "L25")]
    public async Task Share_of_the_messages_is_drawn_by_the_seed()
    {
        await using Listening server = await Listening.StartAsync();
        var received = new List<string>();
        foreach (string seed in new[] { "1", "1", "2" })
        {
            await using Listening proxy = await Listening.StartVerbAsync(
                "proxy", "0", server.Address, "-n", "1", "-q", "--fault", "drop@client:40%", "--seed", seed);
            received.Add((await TalkAsync(proxy.Address, count: 40)).Texts);
        }

        Assert.Equal(received[0], received[1]);
        Assert.NotEqual(received[0], received[2]);
        Assert.InRange(received[0].Split(' ').Length, 10, 35);
    }

    [Theory]
    [InlineData("nope@server")]
    [InlineData("drop")]
    [InlineData("drop@both")]
    [InlineData("drop=1@server")]
    [InlineData("delay@server")]
    [InlineData("close=x@server")]
    [InlineData("drop@server:0")]
    [InlineData("drop@server:3-x")]
    [InlineData("drop@server:5-3")]
    [InlineData("drop@server:101%")]
    [InlineData("drop@server:1:2")]
    public async Task Fault_that_is_none__says_so(string fault)
    {
        Tool tool = await Tool.RunAsync("proxy", "0", "ws://127.0.0.1:1/", "--fault", fault);
        Assert.Equal(2, tool.Code);
        Assert.StartsWith($"wsproto: {fault} is no fault: ", tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_that_cannot_be_written_has_an_exit_code_of_its_own() =>
        Assert.Equal(4, (await Tool.RunAsync("proxy", "0", "ws://127.0.0.1:1/", "--record", _folder)).Code);

    /// <summary>A pipe whose reader goes away, as a disk that gets full does.</summary>
    [Fact]
    public async Task Recording_that_can_no_longer_be_written__is_said_so_once_and_all_passes_on()
    {
        string pipe = Path.Combine(_folder, "pipe");
        using (var making = Process.Start("mkfifo", [pipe]))
            await making.WaitForExitAsync(_guard.Token);
        Task reading = Task.Run(
            async () =>
            {
                await using FileStream reader = File.OpenRead(pipe);
                await reader.ReadExactlyAsync(new byte[24], _guard.Token);
            },
            _guard.Token);
        await using Listening server = await Listening.StartAsync();
        await using Listening proxy = await Listening.StartVerbAsync("proxy", "0", server.Address, "-n", "2", "-q", "--record", pipe);
        proxy.ExpectedCode = 4;
        await reading;
        for (int i = 0; i < 2; i++)
            Assert.Equal(("1 2 3 4 5", CloseCode.NormalClosure), await TalkAsync(proxy.Address));
        Assert.Equal(4, await proxy.Code);
        string line = Assert.Single(proxy.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith($"wsproto: {pipe} cannot be written, and gets nothing more: ", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Disk_without_room_has_the_exit_code_of_files() =>
        Assert.Equal(4, (await Tool.RunAsync("proxy", "0", "ws://127.0.0.1:1/", "--record", "/dev/full")).Code);

    private static string WithoutTime(string line) => string.Join('\t', line.Split('\t').Where((_, i) => i != 1));

    private async Task<(string Texts, CloseCode Code)> TalkAsync(string address, int count = 5)
    {
        await using WsSession session = await WsClient.ConnectAsync(new Uri(address), cancellationToken: _guard.Token);
        var texts = new List<string>();
        try
        {
            for (int i = 1; i <= count; i++)
                await session.SendTextAsync($"{i}", _guard.Token);
            // What comes before the answer to the Close is what comes at all.
            Task closing = session.CloseAsync(CloseCode.NormalClosure, null, _guard.Token).AsTask();
            await foreach (Message message in session.ReadAllAsync(_guard.Token))
                texts.Add(((TextMessage)message).Data);
            await closing;
        }
        catch (WsClosedException)
        {
            // How it ended is in the result.
        }

        return (string.Join(' ', texts), (await session.Completion).Code);
    }
}
