using System.Text.Json;
using System.Xml.Linq;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.Conformance.Tests;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>conform</c> with servers.</summary>
public sealed class ConformServerTests : IDisposable
{
    private const string LimitNote =
        "# 3 of its FAILED are limit here: a peer may have a limit of its own (RFC 6455 §10.4), which the suite does not know; "
        + "with --max-message SIZE, to refuse a message of up to SIZE is a failure here too";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wsproto");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Server_that_behaves__is_ok_in_a_line_for_each_case_in_their_order()
    {
        await using var server = new EchoServer();
        Tool tool = await Tool.RunAsync("conform", server.Address.ToString(), "--select", "2", "-s", "7.13", "--established");
        Assert.Equal((0, ""), (tool.Code, tool.Error));
        Assert.Equal([.. CaseIds.Of("2.1-11"), "7.13.1", "7.13.2"], tool.Cases.Select(fields => fields[1]));
        Assert.Equal(["ok", "2.5", "RFC 6455 §5.5", "Ping of 126 octets", "there is a Close with 1002"], tool.Cases[4]);
        Assert.Matches($@"^# {server.Address}, HTTP/1.1: 13 cases in \d+\.\d s$", tool.Lines[^3]);
        Assert.Equal("# 11 ok, 2 informational", tool.Lines[^2]);
        Assert.Equal("# by the rules of the established suite: 11 OK, 2 INFORMATIONAL", tool.Lines[^1]);
    }

    /// <summary>Whoever reads FAILED in the last line but one has the reason below it.</summary>
    [Theory]
    [InlineData("1000", 0, "5 ok, 3 limit", "5 OK, 3 FAILED", true)]
    [InlineData("1M", 1, "5 ok, 3 failed", "5 OK, 3 FAILED", false)]
    public async Task Limit_is_explained_where_the_established_suite_calls_it_a_failure(
        string declared, int code, string verdicts, string suite, bool isExplained)
    {
        await using var server = new EchoServer(new WsAcceptOptions { Session = EchoServer.WithLimit(1000) });
        Tool tool = await Tool.RunAsync("conform", server.Address.ToString(), "-s", "1.1", "--max-message", declared);
        Assert.Equal(code, tool.Code);
        Assert.Equal(
            [
                $"# {verdicts}",
                $"# by the rules of the established suite: {suite}",
                .. isExplained ? [LimitNote] : Array.Empty<string>(),
            ],
            tool.Lines[^(isExplained ? 3 : 2)..]);
    }

    /// <summary>What a server without any validation has to lose.</summary>
    [Fact]
    public async Task Server_that_validates_nothing__fails_in_at_least_100_cases()
    {
        await using var server = new FaultyServer(FaultyServer.EchoFramesAsync);
        Tool tool = await Tool.RunAsync("conform", server.Address.ToString(), "--quick", "--silence", "1", "--parallel", "32");
        Assert.Equal(1, tool.Code);
        Assert.InRange(tool.Cases.Count(fields => fields[0] == "failed"), 100, 517);
    }

    [Fact]
    [Trait("Demand", "L05")]
    public async Task Baseline_lets_known_failures_pass_and_finds_new_ones_and_those_that_are_gone()
    {
        await using var server = new FaultyServer(FaultyServer.EchoFramesAsync);
        string baseline = PathOf("known.txt");
        string[] run = ["conform", server.Address.ToString(), "-s", "2.1", "-s", "2.5", "-s", "2.7", "--silence", "1"];
        Tool first = await Tool.RunAsync([.. run, "--write-baseline", baseline]);
        Assert.Equal(0, first.Code);
        string[] lines = await File.ReadAllLinesAsync(baseline);
        Assert.StartsWith("# ", lines[0], StringComparison.Ordinal);
        Assert.Equal(["2.1", "2.5", "2.7"], lines[1..].Select(line => line.Split(' ')[0]));

        Tool same = await Tool.RunAsync([.. run, "--baseline", baseline]);
        Assert.Equal((0, "# nothing differs from the baseline"), (same.Code, same.Lines[^1]));

        await File.WriteAllTextAsync(baseline, "# comment\n2.1\n\n2.5 failed: why\n9.1.1 not run\n");
        string junit = PathOf("junit.xml");
        Tool more = await Tool.RunAsync([.. run, "--baseline", baseline, "--junit", junit]);
        Assert.Equal((1, "# new failure: 2.7 unasked Pong without a payload"), (more.Code, more.Lines[^1]));
        Assert.Equal("1", XDocument.Load(junit).Root!.Attribute("failures")!.Value);

        await using var good = new EchoServer();
        Tool less = await Tool.RunAsync("conform", good.Address.ToString(), "-s", "2", "--baseline", baseline);
        Assert.Equal(1, less.Code);
        Assert.Equal(["# no longer fails: 2.1 Ping without a payload", "# no longer fails: 2.5 Ping of 126 octets"], less.Lines[^2..]);
    }

    [Theory]
    [InlineData("9.9.9 x\n", "line 1: there is no case 9.9.9.")]
    [InlineData(null, "cannot be read")]
    public async Task Baseline_that_is_none__ends_the_program(string? text, string message)
    {
        string file = PathOf("known.txt");
        if (text is not null)
            await File.WriteAllTextAsync(file, text);
        Tool tool = await Tool.RunAsync("conform", "ws://127.0.0.1:1/", "--baseline", file);
        Assert.Equal(4, tool.Code);
        Assert.Contains(message, tool.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reports_are_written_without_secrets()
    {
        await using var server = new EchoServer(new WsAcceptOptions { Session = EchoServer.WithLimit(1000) });
        (string json, string junit, string html) = (PathOf("r.json"), PathOf("r.xml"), PathOf("r.html"));
        Tool tool = await Tool.RunAsync(
            "conform", server.Address.ToString(), "-s", "1.1", "-s", "2.5", "-s", "7.13.1", "-s", "12.1.1", "--name", "<My> server\e",
            "--max-message", "1k",
            "-H", "Authorization: Bearer secret", "--json", json, "--junit", junit, "--html", html);
        Assert.Equal(0, tool.Code);

        using JsonDocument document = JsonDocument.Parse(await File.ReadAllTextAsync(json));
        JsonElement root = document.RootElement;
        Assert.Equal(
            (1, "<My> server\e", "server"),
            (root.GetProperty("format").GetInt32(), root.GetProperty("name").GetString(), root.GetProperty("role").GetString()));
        Assert.Equal(
            """{"ok":6,"informational":1,"unimplemented":1,"limit":3}""",
            root.GetProperty("totals").GetRawText().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal));
        JsonElement large = root.GetProperty("cases").EnumerateArray().Single(one => one.GetProperty("id").GetString() == "1.1.6");
        Assert.Equal(("limit", "FAILED", "FAILED", 1009), (
            large.GetProperty("verdict").GetString(), large.GetProperty("behavior").GetString(),
            large.GetProperty("behaviorClose").GetString(), large.GetProperty("remoteCloseCode").GetInt32()));
        Assert.Equal(1024, large.GetProperty("sent").GetProperty("hex").GetString()!.Length);
        Assert.InRange(large.GetProperty("sent").GetProperty("bytes").GetInt64(), 65_535, 65_600);
        Assert.StartsWith(
            "8102",
            root.GetProperty("cases")[0].GetProperty("received").GetProperty("hex").GetString()!
                .Replace("8100", "8102", StringComparison.Ordinal),
            StringComparison.Ordinal);

        XElement suites = XDocument.Load(junit).Root!;
        Assert.Equal(
            ("11", "0", "1"),
            (suites.Attribute("tests")!.Value, suites.Attribute("failures")!.Value, suites.Attribute("skipped")!.Value));
        Assert.Equal(
            ["1 Framing", "2 Pings and Pongs", "7 Closing", "12 Compression of many sizes"],
            suites.Elements().Select(suite => suite.Attribute("name")!.Value));

        string page = await File.ReadAllTextAsync(html);
        Assert.Contains("<title>WebSocket conformance of &lt;My&gt; server\\x1b</title>", page, StringComparison.Ordinal);
        Assert.Contains("<details id=\"1.1.6\" data-verdict=\"limit\">", page, StringComparison.Ordinal);
        Assert.Contains(" 3 FAILED. 3 of its FAILED are limit here: ", page, StringComparison.Ordinal);
        Assert.DoesNotContain("http://", page.Replace(server.Address.ToString(), "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("<link", page, StringComparison.Ordinal);
        Assert.All([json, junit, html], file => Assert.DoesNotContain("secret", File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Report_that_cannot_be_written__ends_the_program_after_the_summary()
    {
        await using var server = new EchoServer();
        Tool tool = await Tool.RunAsync(
            "conform", server.Address.ToString(), "-s", "2.1", "--json", Path.Combine(_folder.FullName, "no", "where.json"));
        Assert.Equal(4, tool.Code);
        Assert.Contains("where.json cannot be written", tool.Error, StringComparison.Ordinal);
        Assert.Contains("# 1 ok\n", tool.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_is_not_there_or_refuses__has_an_exit_code_of_its_own()
    {
        Tool absent = await Tool.RunAsync("conform", "ws://127.0.0.1:1/");
        Assert.Equal((3, ""), (absent.Code, absent.Out));
        await using var server = new EchoServer(new WsAcceptOptions { OnRequest = (_, _) => new(WsResponse.Reject(401, "Who are you?")) });
        Tool refused = await Tool.RunAsync("conform", server.Address.ToString());
        Assert.Equal(
            (3, $"wsproto: {server.Address} opens no WebSocket: the server does not upgrade: HTTP/1.1 401 Unauthorized\n"),
            (refused.Code, refused.Error));
    }

    [Fact]
    [Trait("Demand", "L07")]
    public async Task Certificates_are_judged_as_the_user_wants()
    {
        using TestCertificate certificate = TestCertificate.For("127.0.0.1");
        await using var server = new EchoServer(certificate: certificate);
        string[] run = ["conform", server.Address.ToString(), "-s", "2.1"];
        Assert.Equal(3, (await Tool.RunAsync(run)).Code);
        Tool insecure = await Tool.RunAsync([.. run, "-k"]);
        Assert.Equal(0, insecure.Code);
        Assert.Contains("HTTP/1.1 and TLS: 1 cases", insecure.Out, StringComparison.Ordinal);
        string authority = PathOf("ca.pem");
        await File.WriteAllTextAsync(authority, certificate.Authority.ExportCertificatePem());
        Assert.Equal(0, (await Tool.RunAsync([.. run, "--ca", authority])).Code);
        using TestCertificate other = TestCertificate.For("127.0.0.1");
        await File.WriteAllTextAsync(authority, other.Authority.ExportCertificatePem());
        Assert.Equal(3, (await Tool.RunAsync([.. run, "--ca", authority])).Code);
        Assert.Equal(4, (await Tool.RunAsync([.. run, "--ca", PathOf("none.pem")])).Code);
    }

    [Fact]
    public async Task Strict_run_fails_where_a_server_is_lenient()
    {
        await using var server = new FaultyServer(FaultyServer.EchoMessages(_ => null));
        string[] run = ["conform", server.Address.ToString(), "-s", "2.5"];
        Assert.Equal(0, (await Tool.RunAsync(run)).Code);
        Assert.Equal(1, (await Tool.RunAsync([.. run, "--strict"])).Code);
    }

    [Fact]
    public async Task Terminal_shows_what_is_not_fine_and_how_far_it_is()
    {
        await using var server = new FaultyServer(FaultyServer.EchoMessages(_ => null));
        Tool tool = await Tool.RunAsync(
            isInteractive: true, hasColor: true, 30, "conform", server.Address.ToString(), "-s", "2", "--parallel", "1");
        Assert.Contains(
            "\r\e[K\e[33mlenient      \e[0m 2.5      Ping of 126 octets: the connection ends without a Close \e[90m(RFC 6455 §5.5)\e[0m\n",
            tool.Out,
            StringComparison.Ordinal);
        Assert.Contains("\r\e[K11/11  10 ok, 1 lenient\r\e[K", tool.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("2.4 ", tool.Out, StringComparison.Ordinal);
        Assert.EndsWith("by the rules of the established suite: 11 OK\n", tool.Out, StringComparison.Ordinal);

        Tool plain = await Tool.RunAsync(
            isInteractive: true, hasColor: false, 12, "conform", server.Address.ToString(), "-s", "2", "--parallel", "1", "-v");
        Assert.Contains("\r\e[K11/11  10 o\r", plain.Out, StringComparison.Ordinal);
        Assert.Contains("ok            2.4 ", plain.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("\e[3", plain.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cases_can_be_listed()
    {
        Tool tool = await Tool.RunAsync("conform", "--list", "--established");
        Assert.Equal((0, 517), (tool.Code, tool.Lines.Length));
        Assert.Equal("1.1.1\tRFC 6455 §5.2\ttext of 0 octets", tool.Lines[0]);
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);
}
