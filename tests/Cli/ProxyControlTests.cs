using System.Net;
using System.Text;
using WsProto.Adapters;

namespace WsProto.Cli.Tests;

/// <summary>The faults of the verb <c>proxy</c> over HTTP.</summary>
public sealed class ProxyControlTests : IDisposable
{
    private readonly CancellationTokenSource _guard = new(TimeSpan.FromSeconds(60));

    public void Dispose() => _guard.Dispose();

    [Fact]
    [Trait("Demand", "L25")]
    public async Task Faults_are_changed_over_HTTP_while_it_runs()
    {
        await using Listening server = await Listening.StartAsync();
        await using Listening proxy =
            await Listening.StartVerbAsync("proxy", "0", server.Address, "-q", "--control", "0", "--fault", "drop@server");
        var control = new Uri((await proxy.LineAsync())["control ".Length..] + "faults");
        using var http = new HttpClient();
        await using WsSession session = await WsClient.ConnectAsync(new Uri(proxy.Address), cancellationToken: _guard.Token);
        await session.SendTextAsync("dropped", _guard.Token);
        await session.PingAsync(cancellationToken: _guard.Token);
        Assert.Equal("drop@server\n", await http.GetStringAsync(control, _guard.Token));
        using HttpResponseMessage removed = await http.DeleteAsync(control, _guard.Token);
        Assert.Equal(HttpStatusCode.OK, removed.StatusCode);
        await session.SendTextAsync("passes", _guard.Token);
        Assert.Equal(new TextMessage("passes"), await session.ReceiveAsync(_guard.Token));

        using var added = new StringContent("close=1013@server\n");
        using HttpResponseMessage answer = await http.PostAsync(control, added, _guard.Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await session.SendTextAsync("ends it", _guard.Token);
        Assert.Null(await session.ReceiveAsync(_guard.Token));
        Assert.Equal(CloseCode.TryAgainLater, (await session.Completion).Code);

        using var wrong = new StringContent("nope@server\n");
        using HttpResponseMessage refused = await http.PutAsync(control, wrong, _guard.Token);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Equal("close=1013@server\n", await http.GetStringAsync(control, _guard.Token));
        using var preflight = new HttpRequestMessage(HttpMethod.Options, control);
        using HttpResponseMessage allowed = await http.SendAsync(preflight, _guard.Token);
        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
        using HttpResponseMessage elsewhere = await http.GetAsync(new Uri(control, "other"), _guard.Token);
        Assert.Equal(HttpStatusCode.NotFound, elsewhere.StatusCode);
    }

    /// <summary>
    /// A page of another place cannot change faults through the browser of whoever runs the proxy, by its own name neither.
    /// </summary>
    [Theory]
    [InlineData("http://localhost:3000", null, true)]
    [InlineData("http://127.0.0.1", null, true)]
    [InlineData("https://evil.example", null, false)]
    [InlineData("http://localhost.evil.example", null, false)]
    [InlineData("null", null, false)]
    [InlineData(null, "evil.example", false)]
    public async Task Faults_are_changed_by_pages_of_this_machine_alone(string? origin, string? host, bool isAllowed)
    {
        await using Listening proxy =
            await Listening.StartVerbAsync("proxy", "0", "ws://127.0.0.1:1/", "-q", "--control", "0", "--fault", "drop@server");
        var control = new Uri((await proxy.LineAsync())["control ".Length..] + "faults");
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Delete, control);
        request.Headers.Host = host;
        // HttpListener may send a second answer behind that to a wrong Host.
        request.Headers.ConnectionClose = true;
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        using HttpResponseMessage answer = await http.SendAsync(request, _guard.Token);
        Assert.Equal(isAllowed, answer.IsSuccessStatusCode);
        Assert.Equal(isAllowed, answer.Headers.TryGetValues("Access-Control-Allow-Origin", out IEnumerable<string>? allowed));
        Assert.Equal(isAllowed ? [origin!] : [], allowed ?? []);
        Assert.Equal(isAllowed ? "" : "drop@server\n", await http.GetStringAsync(control, _guard.Token));
    }

    /// <summary>Whatever is asked has an answer that says what is wrong, and the faults stay as they were.</summary>
    [Theory]
    [InlineData("PATCH", "", 405, "GET, PUT, POST, DELETE, OPTIONS, and nothing else.\n")]
    [InlineData("TRACE", "", 405, "GET, PUT, POST, DELETE, OPTIONS, and nothing else.\n")]
    [InlineData("PUT", "{\"faults\": [\"drop@server\"]}", 400, "{\"faults\": [\"drop@server\"]} is no fault: ")]
    [InlineData("POST", "drop@server\n\u00E4", 400, "\u00E4 is no fault: ")]
    [InlineData("POST", "drop@client*1000", 400, "There are more than 1,000 faults.\n")]
    [InlineData("PUT", "drop@client*1001", 400, "There are more than 1,000 faults.\n")]
    [InlineData("PUT", " *65537", 413, "The body is larger than 64 KiB.\n")]
    [InlineData("POST", "drop@client*100000", 413, "The body is larger than 64 KiB.\n")]
    public async Task What_makes_no_sense__is_answered_and_changes_nothing(string method, string body, int status, string text)
    {
        await using Listening proxy =
            await Listening.StartVerbAsync("proxy", "0", "ws://127.0.0.1:1/", "-q", "--control", "0", "--fault", "drop@server");
        var control = new Uri((await proxy.LineAsync())["control ".Length..] + "faults");
        using var http = new HttpClient();
        string[] parts = body.Split('*');
        string content = parts.Length == 2 ? string.Concat(Enumerable.Repeat(parts[0] + "\n", int.Parse(parts[1]))) : body;
        using var request = new HttpRequestMessage(new HttpMethod(method), control)
        {
            Content = content.Length == 0 ? null : new StringContent(content, Encoding.UTF8),
        };
        using HttpResponseMessage answer = await http.SendAsync(request, _guard.Token);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.StartsWith(text, await answer.Content.ReadAsStringAsync(_guard.Token), StringComparison.Ordinal);
        Assert.Equal(
            status == 405 ? ["GET", "PUT", "POST", "DELETE", "OPTIONS"] : [],
            answer.Content.Headers.Allow);
        Assert.Equal("drop@server\n", await http.GetStringAsync(control, _guard.Token));
    }
}
