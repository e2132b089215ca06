using System.Globalization;
using WsProto.Adapters;

namespace WsProto.Cli.Tests;

/// <summary>The verb <c>conform</c> with clients.</summary>
public sealed class ConformClientTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("wsproto");
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromMinutes(2));

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        _guard.Dispose();
    }

    [Fact]
    [Trait("Demand", "L20")]
    public async Task Client_is_judged_by_a_listener_that_says_where_it_is_and_ends_with_the_client()
    {
        string json = Path.Combine(_folder.FullName, "r.json");
        var output = new LineWriter();
        Task<int> running = RunAsync(output, "conform", "--listen", "0", "--once", "-s", "2", "--json", json);
        Uri address = await ListeningAsync(output);
        await MeetAsync(address, "mine");
        Assert.Equal(0, await running);
        string[] lines = await output.RestAsync(_guard.Token);
        Assert.Equal("ok\t2.1\tRFC 6455 §5.5.2\tPing without a payload\tthere is a Close with 1000\tmine", lines[0]);
        Assert.StartsWith("# mine, HTTP/1.1: 11 cases in ", lines[11], StringComparison.Ordinal);
        Assert.Equal("# 11 ok", lines[12]);
        Assert.Contains("\"role\": \"client\"", await File.ReadAllTextAsync(json), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Listener_judges_one_client_after_the_other_until_it_is_broken_off()
    {
        string html = Path.Combine(_folder.FullName, "r.html");
        var output = new LineWriter();
        var stop = CancellationTokenSource.CreateLinkedTokenSource(_guard.Token);
        Task<int> running = RunAsync(output, stop.Token, "conform", "--listen", "127.0.0.1:0", "-s", "2.1", "--html", html);
        Uri address = await ListeningAsync(output);
        foreach (string agent in new[] { "first", "second", "first" })
            await MeetAsync(address, agent);
        // The last line of each report.
        for (int seen = 0; seen < 3;)
            seen += (await output.LineAsync(_guard.Token)).StartsWith("# by the rules", StringComparison.Ordinal) ? 1 : 0;
        await stop.CancelAsync();
        Assert.Equal(0, await running);
        Assert.Contains("<h1>WebSocket conformance of first</h1>", await File.ReadAllTextAsync(html), StringComparison.Ordinal);
        Assert.Contains(
            "<h1>WebSocket conformance of second</h1>",
            await File.ReadAllTextAsync(Path.Combine(_folder.FullName, "r.2.html")),
            StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Demand", "L07")]
    public async Task Client_is_judged_over_TLS_with_a_certificate_made_on_the_spot()
    {
        var output = new LineWriter();
        Task<int> running = RunAsync(output, "conform", "--listen", "0", "--tls", "--once", "-s", "2.1");
        Uri address = await ListeningAsync(output);
        Assert.Equal("wss", address.Scheme);
        await MeetAsync(address, "mine");
        Assert.Equal(0, await running);
        Assert.Contains(
            await output.RestAsync(_guard.Token),
            line => line.StartsWith("# mine, HTTP/1.1 and TLS: 1 cases", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_that_is_done_without_a_case__fails()
    {
        var output = new LineWriter();
        Task<int> running = RunAsync(output, "conform", "--listen", "0", "--once", "-s", "2.1");
        Uri address = await ListeningAsync(output);
        await EchoAsync(new Uri(address, "/runCase?case=1&agent=mine"));
        await EchoAsync(new Uri(address, "/updateReports?agent=another"));
        Assert.Equal(1, await running);
    }

    [Fact]
    public async Task Place_that_is_taken__has_an_exit_code_of_its_own()
    {
        var taken = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        taken.Start();
        Tool tool = await Tool.RunAsync("conform", "--listen", taken.LocalEndpoint.ToString()!);
        taken.Dispose();
        Assert.Equal(3, tool.Code);
        Assert.Contains("is no place to listen at", tool.Error, StringComparison.Ordinal);
    }

    private Task<int> RunAsync(LineWriter output, params string[] arguments) => RunAsync(output, _guard.Token, arguments);

    private static Task<int> RunAsync(LineWriter output, CancellationToken stop, params string[] arguments) => Task.Run(
        async () =>
        {
            int code = await CommandLine.RunAsync(
                arguments, new Terminal(output, TextWriter.Null, IsInteractive: false, HasColor: false, 80), stop);
            output.Complete();
            return code;
        },
        CancellationToken.None);

    private async Task<Uri> ListeningAsync(LineWriter output)
    {
        string line = await output.LineAsync(_guard.Token);
        Assert.StartsWith("listening ", line, StringComparison.Ordinal);
        return new Uri(line["listening ".Length..]);
    }

    /// <summary>Has a session's client judged.</summary>
    private async Task MeetAsync(Uri address, string agent)
    {
        int count = int.Parse(await EchoAsync(new Uri(address, "/getCaseCount")), CultureInfo.InvariantCulture);
        for (int number = 1; number <= count; number++)
            await EchoAsync(new Uri(address, string.Create(CultureInfo.InvariantCulture, $"/runCase?case={number}&agent={agent}")));
        await EchoAsync(new Uri(address, "/updateReports?agent=" + agent));
    }

    private async Task<string> EchoAsync(Uri uri)
    {
        var options = new WsClientOptions
        {
            Tls = uri.Scheme == "wss"
                ? new() { RemoteCertificateValidationCallback = (_, presented, _, _) => presented!.Subject == "CN=wsproto" }
                : null,
        };
        await using WsSession session = await WsClient.ConnectAsync(uri, options, _guard.Token);
        string last = "";
        try
        {
            await foreach (Message message in session.ReadAllAsync(_guard.Token))
            {
                last = message is TextMessage text ? text.Data : last;
                if (uri.AbsolutePath == "/runCase")
                    await session.SendAsync(message, _guard.Token);
            }
        }
        catch (WsClosedException)
        {
            // As the case wants it.
        }

        return last;
    }
}
