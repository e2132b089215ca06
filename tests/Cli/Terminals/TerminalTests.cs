using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using WsProto.Adapters;
using WsProto.Conformance.Tests;

namespace WsProto.Cli.Tests.Terminals;

/// <summary>The tool in a real terminal, driven by keys, and judged by what is on the screen.</summary>
public sealed partial class TerminalTests
{
    [TerminalFact]
    public async Task Lines_are_messages_and_commands_do_what_they_say()
    {
        await using var server = new EchoServer();
        await using Pane pane = await Pane.StartAsync($"connect {server.Address} -v");
        await pane.UntilAsync(" open\n");
        await pane.TypeAsync("hello");
        await pane.UntilAsync("\n< hello\n");
        await pane.TypeAsync("/ping hey");
        await pane.UntilAsync("received pong 686579");
        await pane.TypeAsync("//slash");
        await pane.UntilAsync("\n< /slash\n");
        await pane.TypeAsync("/close 4000 why");
        await pane.UntilAsync("closed 4000 why (Local)");
        Assert.Equal(ExitCode.Failed, await pane.ExitCodeAsync());
    }

    /// <summary>More than the 4,096 octets that a terminal has room for in a line of its own.</summary>
    [TerminalFact]
    [Trait("Demand", "L13")]
    public async Task Long_line_that_is_pasted_arrives_whole()
    {
        var received = new TaskCompletionSource<Message?>();
        await using var server = new EchoServer(
            handler: async (session, _) => received.SetResult(await session.ReceiveAsync(CancellationToken.None)));
        await using Pane pane = await Pane.StartAsync($"connect {server.Address}");
        await pane.UntilAsync(" open\n");
        string line = string.Concat(Enumerable.Range(0, 1200).Select(i => $"{i:d4} "));
        await pane.TypeAsync(line);
        Assert.Equal(new TextMessage(line), await received.Task.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    /// <summary>
    /// A server that takes nothing holds up what is typed, so that nobody reads the terminal while a long line is pasted. In a mode of
    /// lines the terminal would drop what is beyond 4,095 octets.
    /// </summary>
    [TerminalFact]
    [Trait("Demand", "L13")]
    public async Task Long_line_arrives_whole_when_it_is_pasted_while_the_server_takes_nothing()
    {
        using var guard = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        string file = Path.GetTempFileName();
        await using (FileStream large = File.OpenWrite(file))
            large.SetLength(64 << 20);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using Pane pane = await Pane.StartAsync($"connect ws://{listener.LocalEndpoint}/");
        await using var stream = new GatedStream(new NetworkStream(await listener.AcceptSocketAsync(guard.Token), ownsSocket: true));
        var options = new WsAcceptOptions { Session = EchoServer.WithLimit(128 << 20) };
        await using WsSession session = await WsSession.AcceptAsync(stream, options, guard.Token);
        stream.Shut();
        await pane.UntilAsync(" open\n");
        await pane.TypeAsync($"/file {file}");
        string[] lines = [.. Enumerable.Range(10, 40).Select(i => $"line {i}")];
        await pane.TypeAsync(string.Join('\n', lines));
        // The program has room for some of them.
        await pane.UntilAsync("line 25\n");
        string line = string.Concat(Enumerable.Range(0, 1200).Select(i => $"{i:d4} "));
        await pane.TypeAsync(line);
        await pane.ScreenAsync();
        stream.Open();
        Assert.Equal(64 << 20, ((BytesMessage)(await session.ReceiveAsync(guard.Token))!).Data.Length);
        foreach (string expected in lines.Append(line))
            Assert.Equal(new TextMessage(expected), await session.ReceiveAsync(guard.Token));
        File.Delete(file);
    }

    /// <summary>However it ends, the terminal has its lines and its echo again.</summary>
    [TerminalFact]
    public async Task Terminal_is_as_before_when_it_has_ended()
    {
        await using var server = new EchoServer();
        foreach (string key in new[] { "C-d", "C-c" })
        {
            await using Pane pane = await Pane.StartAsync($"connect {server.Address} --wait 0", after: "; stty -a");
            await pane.UntilAsync(" open\n");
            await pane.PressAsync(key);
            string shown = await pane.UntilAsync("ended 0");
            Assert.Contains(" icanon", shown, StringComparison.Ordinal);
            Assert.Contains(" echo ", shown, StringComparison.Ordinal);
        }
    }

    [TerminalFact]
    public async Task Narrow_terminal_wraps_and_loses_nothing()
    {
        await using var server = new EchoServer();
        await using Pane pane = await Pane.StartAsync($"connect {server.Address}");
        await pane.UntilAsync(" open\n");
        await pane.ResizeAsync(30);
        string line = string.Concat(Enumerable.Range(10, 40).Select(i => $"{i} "));
        await pane.TypeAsync(line + "!");
        // A line that was wrapped by the terminal is joined by tmux, one that was cut is not.
        await pane.UntilAsync(shown => shown.Count(letter => letter == '!') == 2);
        Assert.Contains($"\n< {line}!\n", await pane.ScreenAsync("-J"), StringComparison.Ordinal);
    }

    [TerminalFact]
    public async Task Backspace_takes_a_character_away()
    {
        await using var server = new EchoServer();
        await using Pane pane = await Pane.StartAsync($"connect {server.Address}");
        await pane.UntilAsync(" open\n");
        await pane.TypeAsync("first");
        await pane.UntilAsync("\n< first\n");
        foreach (string key in new[] { "a", "b", "BSpace", "c" })
            await pane.PressAsync(key);
        await pane.PressAsync("Enter");
        await pane.UntilAsync("\nac\n< ac\n");
    }

    [TerminalFact]
    public async Task Keys_end_it_by_the_end_of_input_or_at_once()
    {
        await using var server = new EchoServer();
        await using (Pane pane = await Pane.StartAsync($"connect {server.Address} --wait 0"))
        {
            await pane.UntilAsync(" open\n");
            await pane.PressAsync("C-d");
            Assert.Equal(ExitCode.Ok, await pane.ExitCodeAsync());
        }

        await using (Pane pane = await Pane.StartAsync($"connect {server.Address}"))
        {
            await pane.UntilAsync(" open\n");
            await pane.PressAsync("C-c");
            Assert.Equal(ExitCode.Interrupted, await pane.ExitCodeAsync());
        }
    }

    /// <summary>SGR 90 is the grey of the times.</summary>
    [TerminalFact]
    public async Task Colours_are_for_terminals_that_want_them()
    {
        await using var server = new EchoServer();
        foreach ((string before, string after, bool hasColor) in new[]
        {
            ("", "", true), ("NO_COLOR=1", "", false), ("TERM=dumb", "", false), ("", " 2>&1 | cat", false),
        })
        {
            await using Pane pane = await Pane.StartAsync($"connect {server.Address} --timeout 60s", before: before, after: after);
            await pane.UntilAsync(" open\n");
            Assert.Equal(hasColor, (await pane.ScreenAsync("-e")).Contains("\e[90m", StringComparison.Ordinal));
        }
    }

    /// <summary>Standard error may be a file where standard output is a terminal.</summary>
    [TerminalFact]
    public async Task File_gets_no_colours_of_the_terminal()
    {
        await using var server = new EchoServer();
        string file = Path.GetTempFileName();
        await using Pane pane = await Pane.StartAsync($"connect {server.Address} --wait 0", after: $" 2> {file}");
        await pane.TypeAsync("hello");
        await pane.UntilAsync("< hello\n");
        await pane.PressAsync("C-d");
        Assert.Equal(ExitCode.Ok, await pane.ExitCodeAsync());
        string events = await File.ReadAllTextAsync(file);
        File.Delete(file);
        Assert.Contains(" open\n", events, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[", events, StringComparison.Ordinal);
    }

    [TerminalFact]
    public async Task Conformance_tells_how_far_it_is_on_one_line()
    {
        await using Listening server = await Listening.StartAsync("0", "--misbehave", "slow");
        await using Pane pane = await Pane.StartAsync($"conform {server.Address} -s 1.1 --parallel 1 --name x", width: 40);
        string shown = await pane.UntilAsync(text => Progress().IsMatch(text));
        Assert.Single(shown.Split('\n'), line => Progress().IsMatch(line));
        // It is cut where it has no room, also when the terminal has become narrow meanwhile.
        await pane.ResizeAsync(6);
        await pane.UntilAsync(text => CutProgress().IsMatch(text));
        await pane.ResizeAsync(80);
        shown = await pane.UntilAsync("\n8 ok\n");
        Assert.Contains("x, HTTP/1.1: 8 cases", shown, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await pane.ExitCodeAsync());
    }

    [TerminalFact]
    public async Task Proxy_shows_what_passes_in_columns()
    {
        await using var server = new EchoServer();
        await using Pane pane = await Pane.StartAsync($"proxy 0 {server.Address}");
        string shown = await pane.UntilAsync("listening ws://");
        string address = shown.Split('\n').First(line => line.StartsWith("listening ", StringComparison.Ordinal))["listening ".Length..];
        await using (WsSession session = await WsClient.ConnectAsync(new Uri(address)))
        {
            await session.SendTextAsync("Hello");
            Assert.Equal(new TextMessage("Hello"), await session.ReceiveAsync());
        }

        shown = await pane.UntilAsync(text => text.Split("close").Length > 2);
        Assert.Matches(@"\n  1    0\.\d{6} > text         FIN      [0-9a-f]{8}         5  Hello\n", shown);
        await pane.PressAsync("C-c");
        Assert.Equal(ExitCode.Ok, await pane.ExitCodeAsync());
    }

    /// <summary>Can be shut, so that nothing is read.</summary>
    private sealed class GatedStream(Stream inner) : PassThroughStream(inner)
    {
        private volatile TaskCompletionSource? _shut;

        internal void Shut() => _shut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        internal void Open() => _shut?.SetResult();

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await Inner.ReadAsync(buffer, cancellationToken);
            if (_shut is { } shut)
                await shut.Task.WaitAsync(cancellationToken);
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            Inner.WriteAsync(buffer, cancellationToken);
    }

    [GeneratedRegex(@"^\d/8  \d ok", RegexOptions.Multiline)]
    private static partial Regex Progress();

    [GeneratedRegex(@"^\d/8 *$", RegexOptions.Multiline)]
    private static partial Regex CutProgress();
}
