using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using WsProto.Adapters;
using WsProto.Conformance.Tests;

namespace WsProto.Cli.Tests;

/// <summary>The tool as a process among others: pipes that end, disks that are full, signals.</summary>
public sealed class ProcessTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(120));

    public void Dispose() => _guard.Dispose();

    /// <summary>Each would write on for ever.</summary>
    [Theory]
    [InlineData("yes 2> /dev/null | $wsproto encode --hex")]
    [InlineData("yes 2> /dev/null | $wsproto encode | $wsproto decode - ; exit ${PIPESTATUS[2]}")]
    public async Task Program_whose_output_nobody_reads__ends_without_a_word(string writer)
    {
        ToolProcess ended = await ToolProcess.RunAsync($"({writer}) | head -1 > /dev/null; echo ${{PIPESTATUS[0]}}", _guard.Token);
        Assert.Equal(("141\n", ""), (ended.Out, ended.Error));
    }

    /// <summary>The server has always more to say.</summary>
    [Theory]
    [InlineData("connect")]
    [InlineData("connect --json")]
    [InlineData("connect --hex")]
    public async Task Connection_whose_messages_nobody_reads__is_closed(string arguments)
    {
        var closed = new TaskCompletionSource<CloseCode>();
        await using var server = new EchoServer(handler: async (session, _) =>
        {
            Task receiving = session.ReceiveAsync(CancellationToken.None).AsTask();
            try
            {
                while (session.CloseResult is null && !receiving.IsCompleted)
                    await session.SendTextAsync("more", CancellationToken.None);
            }
            catch (WsClosedException)
            {
                // It is seen below.
            }

            closed.SetResult((await session.Completion).Code);
        });
        ToolProcess ended =
            await ToolProcess.RunAsync($"$wsproto {arguments} {server.Address} | head -1; echo ${{PIPESTATUS[0]}}", _guard.Token);
        Assert.EndsWith("\n141\n", ended.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("wsproto:", ended.Error, StringComparison.Ordinal);
        Assert.Equal(CloseCode.NormalClosure, await closed.Task.WaitAsync(_guard.Token));
    }

    [Theory]
    [InlineData("completion bash")]
    [InlineData("--help")]
    [InlineData("listen --help")]
    [InlineData("encode hello")]
    [InlineData("conform --list")]
    [InlineData("listen 0")]
    [InlineData("proxy 0 ws://127.0.0.1:1/")]
    public async Task Output_to_a_full_disk_has_the_exit_code_of_files(string arguments)
    {
        ToolProcess ended = await ToolProcess.RunAsync($"$wsproto {arguments} > /dev/full", _guard.Token);
        Assert.Equal(
            (4, "wsproto: Standard output cannot be written: No space left on device\n"),
            (ended.Code, ended.Error.ReplaceLineEndings("\n")));
    }

    [Fact]
    public async Task What_cannot_be_written_to_standard_error__ends_nothing()
    {
        ToolProcess ended = await ToolProcess.RunAsync("$wsproto nope 2> /dev/full", _guard.Token);
        Assert.Equal(2, ended.Code);
        await using var server = new EchoServer();
        ended = await ToolProcess.RunAsync($"echo hello | $wsproto connect {server.Address} -n 1 --stats 2> /dev/full", _guard.Token);
        Assert.Equal((0, "hello\n"), (ended.Code, ended.Out));
    }

    /// <summary>What is there stays there, and what others write has its place.</summary>
    [Fact]
    public async Task File_is_written_by_several_programs_one_after_the_other()
    {
        ToolProcess ended = await ToolProcess.RunAsync(
            "f=$(mktemp); (echo first; $wsproto encode --hex hello; echo last) > $f; $wsproto encode --hex more >> $f; cat $f; rm $f",
            _guard.Token);
        Assert.Equal("first\n810568656c6c6f\nlast\n81046d6f7265\n", ended.Out);
    }

    /// <summary>More clients than there are descriptors; when they have gone, others are served.</summary>
    [Theory]
    [InlineData("listen 0")]
    [InlineData("listen 0 --exec cat")]
    public async Task Server_without_descriptors__says_so_once_and_goes_on_when_there_are_some(string arguments)
    {
        using Process server = ToolProcess.Start($"ulimit -n 200; exec $wsproto {arguments}");
        string address = (await server.StandardOutput.ReadLineAsync(_guard.Token))!["listening ".Length..];
        await EchoAsync(address);
        Assert.Equal("wsproto: no connection is accepted for now: too many open files, see ulimit -n", await CrowdAsync(server, address));
        await EchoAsync(address);
        Assert.Equal("wsproto: connections are accepted again", await NextAsync(server));
        Assert.Equal(0, await EndAsync(server, "TERM"));
    }

    [Fact]
    public async Task Load_beyond_the_descriptors__is_said_before_it_starts()
    {
        ToolProcess ended = await ToolProcess.RunAsync("ulimit -n 200; $wsproto bench ws://127.0.0.1:1/ --connections 1000", _guard.Token);
        Assert.Equal(2, ended.Code);
        Assert.Equal("wsproto: 1000 connections need 1064 descriptors, and there are 200: ulimit -n 1064.", ended.Error.TrimEnd());
    }

    [Theory]
    [InlineData("listen 0", "TERM", 0)]
    [InlineData("listen 0", "INT", 0)]
    [InlineData("proxy 0 ws://127.0.0.1:1/ --control 0", "TERM", 0)]
    [InlineData("proxy 0 ws://127.0.0.1:1/", "INT", 0)]
    public async Task Server_ends_by_a_signal(string arguments, string signal, int code)
    {
        using Process server = ToolProcess.Start($"exec $wsproto {arguments}");
        Assert.StartsWith("listening ", await server.StandardOutput.ReadLineAsync(_guard.Token), StringComparison.Ordinal);
        Assert.Equal(code, await EndAsync(server, signal));
    }

    /// <summary>A read of standard input cannot be broken off.</summary>
    [Fact]
    public async Task Verb_that_waits_for_its_input_ends_by_a_signal()
    {
        using Process tool = ToolProcess.Start("exec $wsproto encode --hex");
        await tool.StandardInput.WriteLineAsync("hello");
        await tool.StandardInput.FlushAsync(_guard.Token);
        Assert.NotNull(await tool.StandardOutput.ReadLineAsync(_guard.Token));
        Assert.Equal(ExitCode.Terminated, await EndAsync(tool, "TERM"));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Client_ends_by_a_signal_and_closes(string signal)
    {
        var closed = new TaskCompletionSource<CloseCode>();
        await using var server = new EchoServer(handler: async (session, _) =>
        {
            await session.ReceiveAsync(CancellationToken.None);
            closed.SetResult((await session.Completion).Code);
        });
        using Process client = ToolProcess.Start($"exec $wsproto connect {server.Address}");
        Assert.EndsWith(" open", await client.StandardError.ReadLineAsync(_guard.Token), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Interrupted, await EndAsync(client, signal));
        Assert.Equal(CloseCode.NormalClosure, await closed.Task.WaitAsync(_guard.Token));
    }

    /// <summary>Connects more and more clients that say nothing, up to what the server says of it, and lets them go.</summary>
    private async Task<string> CrowdAsync(Process server, string address)
    {
        var clients = new List<NetworkStream>();
        Task<string> said = NextAsync(server);
        try
        {
            while (!said.IsCompleted && clients.Count < 400)
                clients.Add(await RawServer.ConnectAsync(address, _guard.Token));
            return await said;
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }
    }

    /// <summary>The next that is not of a single connection.</summary>
    private async Task<string> NextAsync(Process server)
    {
        var before = new StringBuilder();
        while (await server.StandardError.ReadLineAsync(_guard.Token) is { } line)
        {
            if (line.StartsWith("wsproto: ", StringComparison.Ordinal))
                return line;
            before.AppendLine(line);
        }

        return $"It has ended: {before}";
    }

    private async Task EchoAsync(string address)
    {
        await using WsSession session = await WsClient.ConnectAsync(new Uri(address), cancellationToken: _guard.Token);
        await session.SendTextAsync("hello", _guard.Token);
        Message? answer = await session.ReceiveAsync(_guard.Token);
        Assert.Equal(
            "hello",
            answer is TextMessage text ? text.Data : Encoding.UTF8.GetString(((BytesMessage)answer!).Data.Span).TrimEnd());
    }

    private async Task<int> EndAsync(Process process, string signal)
    {
        using (Process kill = Process.Start("kill", [$"-{signal}", $"{process.Id}"]))
            await kill.WaitForExitAsync(_guard.Token);
        await process.WaitForExitAsync(_guard.Token);
        return process.ExitCode;
    }
}
