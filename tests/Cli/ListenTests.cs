using System.Text;
using WsProto.Adapters;
using WsProto.Cli.Listen;
using WsProto.Conformance;
using WsProto.Conformance.Tests;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>listen</c>.</summary>
public sealed class ListenTests
{
    /// <summary>A few cases of all kinds.</summary>
    private const string Sample = "1.1.1-6 1.2.2 2.1-2 2.5 2.7 3.1 5.3 7.1.1 7.3.3 7.5.1 12.1.1 12.4.3";

    [Fact]
    [Trait("Demand", "L20")]
    public async Task Server_without_misbehaviour_is_ok_in_every_quick_case()
    {
        await using Listening listening = await Listening.StartAsync("0", "--deflate");
        Tool tool = await Tool.RunAsync("conform", listening.Address, "--quick");
        Assert.Equal(0, tool.Code);
        Assert.Empty(tool.Cases.Where(fields => fields[0] is not ("ok" or "informational")).Select(fields => string.Join(' ', fields)));
    }

    /// <summary>Which cases of the sample each misbehaviour loses, and why the first of them.</summary>
    public static TheoryData<string, string, string> Losses => new()
    {
        { "slow", "", "" },
        { "octets", "", "" },
        { "fragmented", "", "" },
        { "masked", Sample, "the server masks a frame" },
        { "long-lengths", Sample, "the server writes a length in more octets than it needs" },
        { "reserved-bit", "1.1.1-6 1.2.2 5.3 7.1.1 12.1.1 12.4.3", "the server sets a reserved bit" },
        { "reserved-opcode", "1.1.1-6 1.2.2 5.3 7.1.1 12.1.1 12.4.3", "the server sends the opcode 3" },
        { "bad-utf8", "1.1.1-6 5.3 7.1.1 12.1.1", "the server sends text that is no UTF-8" },
        { "altered", "1.1.2-6 1.2.2 5.3 7.1.1 12.1.1", "Text of 125 octets came instead of Text of 125 octets" },
        { "no-pong", "2.1-2", "nothing came instead of Pong" },
        { "wrong-pong", "2.1-2", "Pong 3F came instead of Pong" },
        { "fragmented-control", Sample, "the server sends a control frame that is fragmented or too long" },
        { "long-control", Sample, "the server sends a control frame that is fragmented or too long" },
        { "wrong-close-code", Sample, "there is a Close with 4999" },
        { "close-1006", Sample, "the server sends a Close that is none: 03EE" },
        { "no-close", "1.1.1-6 1.2.2 2.1-2 2.7 5.3 7.1.1 7.3.3 12.1.1 12.4.3", "the connection ends without a Close" },
        { "never-closes", Sample, "the connection stays open" },
        { "cut", "1.1.1-6 1.2.2 2.1-2 2.7 5.3 7.1.1 7.3.3 12.1.1 12.4.3", "nothing came instead of Text \"\"" },
        { "validates-nothing", "2.1-2 2.5 2.7 3.1 7.5.1", "nothing came instead of Pong; there is a Close with 1000" },
        { "wrong-accept", Sample, "there is no connection: the server answers another key" },
        { "unasked-extension", Sample, "the server answers no offer: x-unasked" },
        { "deflate-corrupt", "12.4.3", "the server compresses wrongly: a compressed message has a block of type 3" },
        { "deflate-no-bit", "12.4.3", "the server sends text that is no UTF-8" },
        { "deflate-bit-on-control", Sample, "the server sets a reserved bit of a control frame" },
    };

    [Theory]
    [MemberData(nameof(Losses))]
    public async Task Misbehaviour_is_found_by_the_right_cases(string name, string lost, string reason)
    {
        await using Listening listening = await Listening.StartAsync("0", "--deflate", "--misbehave", name);
        string[] ids = CaseIds.Of(name == "slow" ? "2.1" : Sample);
        Tool tool = await Tool.RunAsync(
            ["conform", listening.Address, "--silence", "1", "--parallel", "20", .. ids.SelectMany(id => new[] { "-s", id })]);
        string[][] failed = [.. tool.Cases.Where(fields => fields[0] == "failed")];
        Assert.Equal(CaseIds.Of(lost), failed.Select(fields => fields[1]));
        if (lost.Length > 0)
            Assert.StartsWith(reason, failed[0][4], StringComparison.Ordinal);
        Assert.Equal(lost.Length > 0 ? 1 : 0, tool.Code);
    }

    [Fact]
    public async Task Every_misbehaviour_is_listed_and_tested()
    {
        Tool tool = await Tool.RunAsync("listen", "--misbehaviours");
        Assert.Equal(Misbehaviour.All.Select(one => one.Name), tool.Lines.Select(line => line.Split('\t')[0]));
        Assert.Equal(Misbehaviour.All.Select(one => one.Name), Losses.Select(row => (string)row[0]));
    }

    [Fact]
    public async Task Server_without_validation_fails_in_at_least_100_cases()
    {
        await using Listening listening = await Listening.StartAsync("0", "--misbehave", "validates-nothing");
        Tool tool = await Tool.RunAsync("conform", listening.Address, "--quick", "--silence", "1", "--parallel", "32");
        Assert.InRange(tool.Cases.Count(fields => fields[0] == "failed"), 100, ConformanceCases.Quick.Count);
    }

    [Fact]
    public async Task Server_that_takes_lengths_that_are_too_long_is_lenient()
    {
        await using Listening listening = await Listening.StartAsync("0", "--misbehave", "validates-nothing");
        Tool tool = await Tool.RunAsync("conform", listening.Address, "-s", "22", "-x", "22.4");
        Assert.Equal(["lenient", "lenient", "lenient"], tool.Cases.Select(fields => fields[0]));
    }

    [Fact]
    public async Task Message_goes_to_all_clients()
    {
        await using Listening listening = await Listening.StartAsync("--broadcast");
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using WsSession one = await WsClient.ConnectAsync(new Uri(listening.Address), cancellationToken: guard.Token);
        await one.SendTextAsync("a", guard.Token);
        Assert.Equal(new TextMessage("a"), await one.ReceiveAsync(guard.Token));
        await using WsSession other = await WsClient.ConnectAsync(new Uri(listening.Address), cancellationToken: guard.Token);
        await other.SendBytesAsync(new byte[] { 1 }, guard.Token);
        Assert.IsType<BytesMessage>(await other.ReceiveAsync(guard.Token));
        Assert.IsType<BytesMessage>(await one.ReceiveAsync(guard.Token));
    }

    [Theory]
    [InlineData("401", "refused with 401\n")]
    [InlineData("429={\"retry\":5}", "refused with 429\n{\"retry\":5}\n")]
    public async Task Requests_are_refused(string option, string shown)
    {
        await using Listening listening = await Listening.StartAsync("--reject", option);
        Tool tool = await Tool.PipeAsync("", "connect", listening.Address);
        Assert.Equal((5, shown), (tool.Code, tool.Error));
    }

    [Fact]
    public async Task Server_ends_after_so_many_connections_and_tells_of_them()
    {
        await using Listening listening = await Listening.StartAsync("-n", "2", "-v", "--subprotocol", "chat", "--tls");
        Assert.StartsWith("wss://127.0.0.1:", listening.Address, StringComparison.Ordinal);
        foreach (string text in new[] { "a\e", "b" })
        {
            Tool tool = await Tool.PipeAsync(text + "\n", "connect", listening.Address + "path", "-k", "-n", "1", "--subprotocol", "chat");
            Assert.Equal((0, text + "\n"), (tool.Code, tool.Payloads));
        }

        Assert.Equal(0, await listening.Code);
        string[] lines = listening.Error.Split('\n');
        Assert.Contains("1 open /path, subprotocol chat", lines);
        Assert.Contains("1 < text a\\x1b", lines);
        Assert.Contains("2 > text b", lines);
        Assert.Contains("2 closed 1000 (Peer)", lines.Select(line => line.Replace("  ", " ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Length_that_a_client_announces_takes_no_memory()
    {
        const string Request = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        using var stream = new DeafStream([.. Encoding.ASCII.GetBytes(Request), 0x82, 0xFF, 0, 0, 0, 0, 1, 0, 0, 0, 1, 2, 3, 4]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        await RawEcho.RunAsync(stream, CancellationToken.None);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Theory]
    [InlineData("There is no misbehaviour nope; --misbehaviours lists them.", "--misbehave", "nope")]
    [InlineData("x is no refusal: a status from 300 to 599, and perhaps = and a body.", "--reject", "x")]
    [InlineData("200 is no refusal: a status from 300 to 599, and perhaps = and a body.", "--reject", "200")]
    [InlineData("--connections has to be positive.", "-n", "0")]
    [InlineData("nowhere is no place to listen at: a port, or an address and a port such as 127.0.0.1:9001.", "nowhere")]
    public async Task Command_line_that_makes_no_sense__says_so(string message, params string[] arguments)
    {
        Tool tool = await Tool.RunAsync(["listen", .. arguments]);
        Assert.Equal((2, $"wsproto: {message}\n"), (tool.Code, tool.Error));
    }

    /// <summary>Has what a client says, and takes what is written without keeping it.</summary>
    private sealed class DeafStream(byte[] octets) : MemoryStream(octets)
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;
    }
}
