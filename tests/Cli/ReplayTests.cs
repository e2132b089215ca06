using WsProto.Adapters;
using WsProto.Cli.Tests.Captures;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>replay</c>.</summary>
public sealed class ReplayTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(60));
    private readonly string _file = Path.GetTempFileName();

    public void Dispose()
    {
        _guard.Dispose();
        File.Delete(_file);
    }

    [Theory]
    [InlineData("--step")]
    [InlineData("--speed", "1000")]
    [Trait("Demand", "L24")]
    public async Task Client_of_a_recording_is_replayed_and_all_is_as_it_was(params string[] options)
    {
        await RecordAsync("one", "two", "three");
        await using Listening server = await Listening.StartAsync("0", "--deflate", "-v");
        Tool tool = await Tool.RunAsync(["replay", _file, server.Address, .. options]);
        Assert.Equal((0, "# sent 3, received 3 of 3, differences 0\n", ""), (tool.Code, tool.Out, tool.Error));
        Assert.Equal(
            ["1 < text one", "1 < text two", "1 < text three"],
            server.Error.Split('\n').Where(line => line.Contains("< text", StringComparison.Ordinal)));
    }

    [Fact]
    [Trait("Demand", "L24")]
    public async Task What_a_server_does_otherwise_is_listed()
    {
        await RecordAsync("one", "two", "three");
        await using Listening server = await Listening.StartAsync("0");
        await using Listening proxy = await Listening.StartVerbAsync("proxy", "0", server.Address, "-q", "--fault", "drop@server:2");
        Tool tool = await Tool.RunAsync("replay", _file, proxy.Address, "--speed", "1000", "--wait", "100ms");
        Assert.Equal(1, tool.Code);
        Assert.Equal(
            ["different\ttext 3 two\ttext 5 three", "missing\ttext 5 three", "# sent 3, received 2 of 3, differences 2"],
            tool.Lines);
    }

    [Fact]
    [Trait("Demand", "L24")]
    public async Task Server_of_a_recording_is_replayed_to_a_client()
    {
        await RecordAsync("one", "two");
        await using (Listening same = await Listening.StartVerbAsync("replay", _file, "--listen", "0", "--step"))
        {
            Tool tool = await Tool.PipeAsync("one\ntwo\n", "connect", same.Address, "-n", "2", "--deflate");
            Assert.Equal((0, "one\ntwo\n"), (tool.Code, tool.Payloads));
            Assert.Equal(["# sent 2, received 2 of 2, differences 0"], await same.RestAsync());
        }

        var output = new LineWriter();
        var terminal = new Terminal(output, TextWriter.Null, IsInteractive: false, HasColor: false, 80);
        Task<int> other = CommandLine.RunAsync(["replay", _file, "--listen", "0", "--step"], terminal, _guard.Token);
        string address = (await output.LineAsync(_guard.Token))["listening ".Length..];
        Tool different = await Tool.PipeAsync("one\nnew\nmore\n", "connect", address, "-n", "2");
        Assert.Equal((0, "one\ntwo\n"), (different.Code, different.Payloads));
        Assert.Equal(1, await other);
        output.Complete();
        string[] lines = await output.RestAsync(_guard.Token);
        Assert.Equal("different\ttext 3 two\ttext 3 new", lines[0]);
    }

    /// <summary>The packets of the recording are a millisecond apart.</summary>
    [Fact]
    [Trait("Demand", "L24")]
    public async Task Messages_are_sent_in_recorded_time()
    {
        using var exchange = new Exchange();
        (CaptureBuilder capture, TcpTalk talk) = Opened(exchange);
        talk.Client(exchange.Client("first"));
        talk.Client(exchange.Client("second"));
        await File.WriteAllBytesAsync(_file, capture.Pcap(), _guard.Token);
        await using Listening server = await Listening.StartAsync("--broadcast");
        await using WsSession watcher = await WsClient.ConnectAsync(new Uri(server.Address), cancellationToken: _guard.Token);
        await watcher.SendTextAsync("watches", _guard.Token);
        await watcher.ReceiveAsync(_guard.Token);
        var clock = new NotingTime(TimeSpan.FromSeconds(1));
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false, HasColor: false, 80) { Clock = clock };
        Task<int> replaying = CommandLine.RunAsync(["replay", _file, server.Address, "--speed", "0.001"], terminal, _guard.Token);
        Assert.Equal(new TextMessage("first"), await watcher.ReceiveAsync(_guard.Token));
        await clock.IsSet.WaitAsync(_guard.Token);
        // A thousand times slower: the second is due after a second.
        clock.Advance(TimeSpan.FromMilliseconds(999));
        await watcher.SendTextAsync("between", _guard.Token);
        Assert.Equal(new TextMessage("between"), await watcher.ReceiveAsync(_guard.Token));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(new TextMessage("second"), await watcher.ReceiveAsync(_guard.Token));
        Assert.Equal(1, await replaying);
    }

    [Fact]
    public async Task Recording_that_lacks_octets_is_refused()
    {
        using var exchange = new Exchange();
        (CaptureBuilder capture, TcpTalk talk) = Opened(exchange);
        talk.Client(exchange.Client("lost"));
        capture.Packets.RemoveAt(capture.Packets.Count - 1);
        talk.Client(exchange.Client("here"));
        await File.WriteAllBytesAsync(_file, capture.Pcap(), _guard.Token);
        Tool tool = await Tool.RunAsync("replay", _file, "ws://127.0.0.1:1/");
        Assert.Equal((4, "wsproto: The recording cannot be replayed: octets are missing in it.\n"), (tool.Code, tool.Error));
    }

    [Theory]
    [InlineData(2, "Give the address of a server, or --listen.", "no-file")]
    [InlineData(2, "Give the address of a server, or --listen.", "no-file", "ws://x/", "--listen", "0")]
    [InlineData(2, "--connection has to be positive.", "no-file", "ws://x/", "--connection", "0")]
    [InlineData(2, "--step and --speed do not go together.", "no-file", "ws://x/", "--step", "--speed", "2")]
    [InlineData(2, "0 is no factor from 0.001 to 1000000.", "no-file", "ws://x/", "--speed", "0")]
    [InlineData(4, "no-file cannot be read: ", "no-file", "ws://x/")]
    public async Task What_makes_no_sense__says_so(int code, string message, params string[] arguments)
    {
        Tool tool = await Tool.RunAsync(["replay", .. arguments]);
        Assert.Equal(code, tool.Code);
        Assert.StartsWith("wsproto: " + message, tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task File_without_the_WebSocket__says_so()
    {
        Tool tool = await Tool.RunAsync("replay", _file, "ws://x/");
        Assert.Equal((4, $"wsproto: {_file} is neither pcap nor pcapng.\n"), (tool.Code, tool.Error));
        await RecordAsync("one");
        tool = await Tool.RunAsync("replay", _file, "ws://x/", "--connection", "2");
        Assert.Equal((4, $"wsproto: {_file} has 1 WebSockets from their beginning.\n"), (tool.Code, tool.Error));
    }

    /// <summary>A capture that has the handshake.</summary>
    private static (CaptureBuilder Capture, TcpTalk Talk) Opened(Exchange exchange)
    {
        var capture = new CaptureBuilder();
        var talk = new TcpTalk(capture);
        talk.Open();
        talk.Client(exchange.Request);
        talk.Server(exchange.Response);
        return (capture, talk);
    }

    /// <summary>Records how an echo server answers.</summary>
    private async Task RecordAsync(params string[] texts)
    {
        await using Listening server = await Listening.StartAsync("0", "--deflate");
        await using Listening proxy = await Listening.StartVerbAsync("proxy", "0", server.Address, "-q", "-n", "1", "--record", _file);
        Tool tool = await Tool.PipeAsync(string.Join('\n', texts), "connect", proxy.Address, "-n", $"{texts.Length}", "--deflate");
        Assert.Equal(0, tool.Code);
        Assert.Equal(0, await proxy.Code);
    }
}
