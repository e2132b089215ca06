namespace WsProto.Cli.Tests;

public sealed class CommandLineTests
{
    [Theory]
    [InlineData("Give the address of a server, or --listen.", "conform")]
    [InlineData("Give the address of a server, or --listen.", "conform", "ws://x/", "--listen", "0")]
    [InlineData("http:x is no address of a WebSocket; it has to begin with ws:// or wss://.", "conform", "http:x")]
    [InlineData("ftp://x/ is no address of a WebSocket; it has to begin with ws:// or wss://.", "conform", "ftp://x/")]
    [InlineData("The pattern 99 fits no case.", "conform", "ws://x/", "-s", "99")]
    [InlineData("The selection has no case.", "conform", "ws://x/", "-s", "2.5", "-x", "2")]
    [InlineData("--parallel has to be positive, and is 0.", "conform", "ws://x/", "--parallel", "0")]
    [InlineData("--silence has to be positive, and is -1.", "conform", "ws://x/", "--silence", "-1")]
    [InlineData(
        "1X is no size: a number of bytes, with k or M behind it for powers of 1,024.", "conform", "ws://x/", "--max-message", "1X")]
    [InlineData(
        "99999999999G is no size: a number of bytes, with k or M behind it for powers of 1,024.", "conform", "ws://x/", "--max-message",
        "99999999999G")]
    [InlineData("a b: c is no header field; one is 'Name: value'.", "conform", "ws://x/", "-H", "a b: c")]
    [InlineData("a is no header field; one is 'Name: value'.", "conform", "ws://x/", "-H", "a")]
    [InlineData("70000 is no place to listen at: a port, or an address and a port such as 127.0.0.1:9001.", "conform", "--listen", "70000")]
    [InlineData("--once and --tls need --listen.", "conform", "ws://x/", "--once")]
    [InlineData("--http2, --insecure, --ca and --header are for servers, and not for --listen.", "conform", "--listen", "0", "-k")]
    [InlineData("Required command was not provided.")]
    [InlineData("Unrecognized command or argument '--nope'.", "conform", "ws://x/", "--nope")]
    [InlineData(
        "Cannot parse argument 'many' for option '--parallel' as expected type 'System.Int32'.", "conform", "ws://x/", "--parallel",
        "many")]
    [Trait("Demand", "L05")]
    public async Task Command_line_that_makes_no_sense__says_so_with_an_exit_code_of_its_own(string message, params string[] arguments)
    {
        Tool tool = await Tool.RunAsync(arguments);
        Assert.Equal((2, ""), (tool.Code, tool.Out));
        Assert.Equal("wsproto: " + message, tool.Error.Split('\n')[0]);
    }

    [Fact]
    public async Task Time_that_no_clock_has__is_a_long_one()
    {
        Tool tool = await Tool.RunAsync("conform", "ws://127.0.0.1:1/", "--timeout", "2147483647", "--silence", "2147483647");
        Assert.Equal(3, tool.Code);
    }

    [Theory]
    [InlineData("--help", "conform")]
    [InlineData("conform --help", "wsproto conform ws://127.0.0.1:9001/ --html report.html")]
    [InlineData("conform -h", "wsproto conform --listen 9001 --once --baseline known.txt --junit results.xml")]
    public async Task Help_of_a_verb_has_examples(string arguments, string expected)
    {
        Tool tool = await Tool.RunAsync(arguments.Split(' '));
        Assert.Equal((0, ""), (tool.Code, tool.Error));
        Assert.Contains(expected, tool.Out, StringComparison.Ordinal);
    }

    /// <summary>Whatever it needs otherwise.</summary>
    [Fact]
    public async Task Help_of_every_verb_has_two_examples_and_all_options()
    {
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false, HasColor: false, 80);
        foreach (System.CommandLine.Command verb in CommandLine.Root(terminal).Subcommands)
        {
            Tool tool = await Tool.RunAsync(verb.Name, "--help");
            Assert.Equal((0, ""), (tool.Code, tool.Error));
            string[] examples = ((VerbCommand)verb).Examples;
            Assert.Equal(2, examples.Length);
            Assert.EndsWith($"Examples:\n  {examples[0]}\n  {examples[1]}\n\n", tool.Out, StringComparison.Ordinal);
            Assert.All(verb.Options, option => Assert.Contains(option.Name, tool.Out, StringComparison.Ordinal));
            Assert.All(examples, example => Assert.Contains($"wsproto {verb.Name}", example, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("65536", 65_536)]
    [InlineData("64k", 65_536)]
    [InlineData("1M", 1 << 20)]
    [InlineData("2G", 2L << 30)]
    public void Sizes_are_read(string text, long expected) => Assert.Equal(expected, Values.Size(text));

    [Theory]
    [InlineData("0", "127.0.0.1:0")]
    [InlineData("9001", "127.0.0.1:9001")]
    [InlineData("localhost:9001", "127.0.0.1:9001")]
    [InlineData("*:9001", "0.0.0.0:9001")]
    [InlineData("[::1]:9001", "[::1]:9001")]
    public void Servers_bind_to_loopback_unless_told(string text, string expected) =>
        Assert.Equal(expected, Values.EndPoint(text).ToString());

    [Fact]
    public void Text_of_a_peer_cannot_steer_a_terminal() =>
        Assert.Equal(@"a\x1b[31m\x07\x0a é", Terminal.Plain("a\e[31m\a\n é"));
}
