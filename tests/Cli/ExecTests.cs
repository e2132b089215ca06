using System.Diagnostics;
using System.Globalization;
using WsProto.Adapters;

namespace WsProto.Cli.Tests;

/// <summary>The option <c>--exec</c> of the verb <c>listen</c>.</summary>
public sealed class ExecTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(60));

    public void Dispose() => _guard.Dispose();

    [Theory]
    [InlineData("cat", "a\nbé\n")]
    [InlineData("sed -u 's/a/b/'", "b\nbé\n")]
    [InlineData("printf 'no line feed'", "no line feed\n")]
    [Trait("Demand", "L21")]
    public async Task Line_is_a_message_in_both_directions(string command, string expected)
    {
        await using Listening server = await Listening.StartAsync("--exec", command);
        Tool tool = await Tool.PipeAsync("a\nbé\n", "connect", server.Address, "-n", $"{expected.Count(letter => letter == '\n')}");
        Assert.Equal((0, expected), (tool.Code, tool.Payloads));
    }

    /// <summary>All octets, and an empty message.</summary>
    [Theory]
    [InlineData("length")]
    [InlineData("chunk")]
    [Trait("Demand", "L21")]
    public async Task Octets_are_not_changed(string framing)
    {
        byte[] all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        await using Listening server = await Listening.StartAsync("--exec", "cat", "--framing", framing);
        await using WsSession session = await WsClient.ConnectAsync(new Uri(server.Address), cancellationToken: _guard.Token);
        await session.SendBytesAsync(all, _guard.Token);
        Assert.Equal(all, ((BytesMessage)(await session.ReceiveAsync(_guard.Token))!).Data.ToArray());
        if (framing == "chunk")
            return;
        await session.SendBytesAsync(ReadOnlyMemory<byte>.Empty, _guard.Token);
        Assert.Equal(0, ((BytesMessage)(await session.ReceiveAsync(_guard.Token))!).Data.Length);
    }

    [Theory]
    [InlineData("true", 1000, null, "1 exit code 0")]
    [InlineData("exit 3", 1011, "exit code 3", "1 exit code 3")]
    [InlineData("printf 'wrong\\033\\n' >&2; exit 1", 1011, "exit code 1", "1 stderr wrong\\x1b")]
    [InlineData("exec <&-; sleep 0.01", 1000, null, "1 exit code 0")]
    [Trait("Demand", "L21")]
    public async Task End_of_the_program_closes_the_connection(string command, int code, string? reason, string shown)
    {
        await using Listening server = await Listening.StartAsync("-n", "1", "--exec", command);
        await using WsSession session = await WsClient.ConnectAsync(new Uri(server.Address), cancellationToken: _guard.Token);
        Assert.Null(await session.ReceiveAsync(_guard.Token));
        WsCloseResult result = await session.Completion;
        Assert.Equal((code, reason ?? ""), ((int)result.Code, result.Reason ?? ""));
        Assert.Equal(0, await server.Code);
        Assert.Contains(shown, server.Error.Split('\n'));
    }

    /// <summary>The program takes no notice of the end of its input; one of them takes none of being terminated either.</summary>
    [Theory]
    [InlineData("echo $$; exec sleep 1000")]
    [InlineData("trap '' TERM; echo $$; while true; do sleep 1000; done")]
    [Trait("Demand", "L21")]
    public async Task End_of_the_client_ends_the_program(string command)
    {
        await using Listening server = await Listening.StartAsync("-n", "1", "--exec", command);
        int id;
        await using (WsSession session = await WsClient.ConnectAsync(new Uri(server.Address), cancellationToken: _guard.Token))
            id = int.Parse(((TextMessage)(await session.ReceiveAsync(_guard.Token))!).Data, CultureInfo.InvariantCulture);
        Assert.Equal(0, await server.Code);
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(id));
    }

    [Theory]
    [InlineData("--broadcast and --exec do not go together.", "--broadcast")]
    [InlineData("word is no framing: line, chunk or length.", "--framing", "word")]
    public async Task Command_line_that_makes_no_sense__says_so(string message, params string[] arguments)
    {
        Tool tool = await Tool.RunAsync(["listen", "--exec", "cat", .. arguments]);
        Assert.Equal((2, $"wsproto: {message}\n"), (tool.Code, tool.Error));
    }
}
