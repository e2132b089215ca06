using System.Globalization;
using System.Text.RegularExpressions;
using WsProto.Adapters;
using WsProto.Cli.Tests.Captures;
using WsProto.Conformance.Tests;
using WsProto.Tests.House;

namespace WsProto.Cli.Tests;

/// <summary>How each verb ends; the table of docs/cli.md has the same.</summary>
public sealed partial class ExitCodeTests : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("wsproto").FullName;
    private readonly EchoServer _echo = new();
    private readonly EchoServer _closing = new(
        handler: async (session, stop) => await session.CloseAsync((CloseCode)4000, null, CancellationToken.None));
    private readonly List<Listening> _listening = [];

    /// <summary>A row is an exit code, a verb, and a command line that ends so.</summary>
    public static TheoryData<int, string, string> Ends
    {
        get
        {
            var data = new TheoryData<int, string, string>
            {
                { 0, "conform", "conform {echo} -s 1.1.1" },
                { 0, "connect", "connect {echo} -n 1" },
                { 0, "listen", "listen --misbehaviours" },
                { 0, "decode", "decode {right}" },
                { 0, "encode", "encode x" },
                { 0, "replay", "replay {recording} {echo} --step" },
                { 0, "bench", "bench {echo} --connections 1 --rate 1 --duration 1ms" },
                { 0, "fuzz", "fuzz {echo} --cases 1" },
                { 0, "completion", "completion bash" },
                { 1, "conform", "conform {masked} -s 1.1.1" },
                { 1, "connect", "connect {closing}" },
                { 1, "decode", "decode {wrong}" },
                { 1, "replay", "replay {recording} {closing} --step" },
                { 1, "bench", "bench {closing} --connections 1 --rate 1 --duration 1ms --max-errors 0" },
                { 1, "fuzz", "fuzz {masked} --cases 9" },
                { 3, "conform", "conform ws://127.0.0.1:1/" },
                { 3, "connect", "connect ws://127.0.0.1:1/" },
                { 3, "listen", "listen {used}" },
                { 3, "proxy", "proxy {used} ws://127.0.0.1:1/" },
                { 3, "replay", "replay {recording} ws://127.0.0.1:1/" },
                { 3, "bench", "bench ws://127.0.0.1:1/ --connections 1" },
                { 3, "fuzz", "fuzz ws://127.0.0.1:1/" },
                { 4, "conform", "conform {echo} -s 1.1.1 --baseline /none" },
                { 4, "connect", "connect {echo} --ca /none" },
                { 4, "decode", "decode /none" },
                { 4, "proxy", "proxy 0 ws://127.0.0.1:1/ --record /none/x" },
                { 4, "replay", "replay /none {echo}" },
                { 4, "bench", "bench {echo} --ca /none" },
                { 4, "fuzz", "fuzz {echo} --replay /none" },
                { 5, "connect", "connect {refusing}" },
                { 5, "replay", "replay {recording} {refusing}" },
                { 5, "fuzz", "fuzz {refusing}" },
                { 6, "connect", "connect {echo} --timeout 1m" },
                { 7, "connect", "connect {echo} -n 2 --wait 1m" },
            };
            foreach (string verb in Verbs)
                data.Add(2, verb, $"{verb} --nope");
            return data;
        }
    }

    private static IEnumerable<string> Verbs =>
        CommandLine.Root(new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false, HasColor: false, 80)).Subcommands
            .Select(verb => verb.Name);

    public async ValueTask DisposeAsync()
    {
        foreach (Listening one in _listening)
            await one.DisposeAsync();
        await _echo.DisposeAsync();
        await _closing.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Verb_ends_as_the_table_says(int code, string verb, string line)
    {
        string[] words = [.. await Task.WhenAll(line.Split(' ').Select(FilledAsync))];
        Assert.Equal(verb, words[0]);
        Tool tool = code is 6 or 7 ? await Tool.InMadeUpTimeAsync(words) : await Tool.PipeAsync("x\n", words);
        Assert.True(code == tool.Code, $"{tool.Code}: {tool.Out}{tool.Error}");
    }

    /// <summary>What the user breaks off; servers end well by it.</summary>
    [Theory]
    [InlineData(130, "conform {echo}")]
    [InlineData(130, "connect {echo}")]
    [InlineData(130, "replay {recording} {echo}")]
    [InlineData(130, "bench {echo}")]
    [InlineData(130, "fuzz {echo}")]
    [InlineData(0, "listen 0")]
    [InlineData(0, "proxy 0 ws://127.0.0.1:1/")]
    public async Task Verb_that_is_broken_off_ends_so(int code, string line)
    {
        string[] words = [.. await Task.WhenAll(line.Split(' ').Select(FilledAsync))];
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false, HasColor: false, 80);
        Assert.Equal(code, await CommandLine.RunAsync(words, terminal, new CancellationToken(canceled: true)));
    }

    [Fact]
    public void Document_has_all_codes_and_the_verbs_that_end_so()
    {
        string text = Repository.Read("docs/cli.md");
        (int Code, string Verbs)[] rows =
        [
            .. Row().Matches(text).Select(row => (int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture), row.Groups[2].Value)),
        ];
        Assert.Equal(typeof(ExitCode).GetFields().Select(field => (int)field.GetRawConstantValue()!), rows.Select(row => row.Code));
        foreach ((int code, string verbs) in rows)
        {
            IEnumerable<string> known = Ends.Where(end => (int)end[0] == code).Select(end => (string)end[1]);
            known = code switch
            {
                ExitCode.Ok => [.. known, "proxy"],
                ExitCode.Interrupted => ["conform", "connect", "replay", "bench", "fuzz"],
                ExitCode.Unread or ExitCode.Terminated => Verbs,
                _ => known,
            };
            Assert.Equal((verbs == "all" ? Verbs : verbs.Split(", ")).Order(), known.Distinct().Order());
        }
    }

    private async Task<string> FilledAsync(string word) => word switch
    {
        "{echo}" => _echo.Address.ToString(),
        "{used}" => _echo.Address.Authority,
        "{closing}" => _closing.Address.ToString(),
        "{masked}" => await StartAsync("--misbehave", "masked"),
        "{refusing}" => await StartAsync("--reject", "401"),
        "{right}" => await FileAsync([0x81, 1, (byte)'x']),
        "{wrong}" => await FileAsync([0xC1, 1, (byte)'x']),
        "{recording}" => await FileAsync(Recording.OfEcho("x")),
        _ => word,
    };

    private async Task<string> StartAsync(params string[] options)
    {
        _listening.Add(await Listening.StartAsync(["0", .. options]));
        return _listening[^1].Address;
    }

    private async Task<string> FileAsync(byte[] octets)
    {
        string file = Path.Combine(_folder, Path.GetRandomFileName());
        await File.WriteAllBytesAsync(file, octets);
        return file;
    }

    [GeneratedRegex(@"^\| (\d+) \| .* \| ([a-z, ]+) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
