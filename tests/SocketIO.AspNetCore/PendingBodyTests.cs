using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.EngineIO;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>
/// A request is answered while its body is still expected. Kestrel reads what is left of the body, which a read that is still pending would
/// prevent: Kestrel would write an error to the log and end the connection.
/// </summary>
public class PendingBodyTests
{
    private const string Path = "/engine.io/";

    private const string Sized = "Content-Length: 100";

    private const string Chunked = "Transfer-Encoding: chunked";

    [Theory]
    [InlineData(Sized)]
    [InlineData(Chunked)]
    public async Task Second_post_refuses_the_first_and_its_connection_goes_on(string body)
    {
        await using App app = await StartAsync(new());
        string session = await app.OpenAsync(Path);
        await using var wire = new Wire(app);
        await BeginPostAsync(wire, session, body);
        Assert.Equal((HttpStatusCode.BadRequest, """{"code":3,"message":"Bad request"}"""), await app.PostAsync(session, "3"));
        await EndPostAsync(app, wire, body);
    }

    [Theory]
    [InlineData(Sized)]
    [InlineData(Chunked)]
    public async Task Session_that_times_out_answers_the_post_and_its_connection_goes_on(string body)
    {
        var time = new FakeTimeProvider();
        await using App app = await StartAsync(new() { TimeProvider = time });
        string session = await app.OpenAsync(Path);
        await using var wire = new Wire(app);
        await BeginPostAsync(wire, session, body);
        for (int i = 0; i < 10; i++)
            time.Advance(TimeSpan.FromSeconds(25));
        await EndPostAsync(app, wire, body);
    }

    [Fact]
    public async Task Session_that_the_application_ends_answers_the_post_and_its_connection_goes_on()
    {
        var connected = new TaskCompletionSource<EngineIOConnection>();
        await using App app = await StartAsync(new(), connected);
        string session = await app.OpenAsync(Path);
        await using var wire = new Wire(app);
        await BeginPostAsync(wire, session, Sized);
        (await connected.Task.Soon()).Close();
        Assert.Equal("1", await app.PollAsync(session));
        await EndPostAsync(app, wire, Sized);
    }

    [Fact]
    public async Task Host_that_stops_answers_the_post()
    {
        var connected = new TaskCompletionSource<EngineIOConnection>();
        var time = new FakeTimeProvider();
        await using App app = await StartAsync(new() { TimeProvider = time }, connected);
        string session = await app.OpenAsync(Path);
        EngineIOConnection connection = await connected.Task.Soon();
        await using var wire = new Wire(app);
        await BeginPostAsync(wire, session, Sized);
        Task stopped = app.StopAsync();
        // The close waits for a poll, and at last for none.
        await Waiting.Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return connection.Completion.IsCompleted;
        });
        Assert.StartsWith("HTTP/1.1 400", await wire.UntilAsync("}"), StringComparison.Ordinal);
        await wire.SendAsync(new string('x', 98));
        await stopped.Soon();
        AssertNothingWentWrong(app);
    }

    [Fact]
    public async Task Client_that_goes_while_it_posts_is_no_fault_of_the_server()
    {
        var connected = new TaskCompletionSource<EngineIOConnection>();
        await using App app = await StartAsync(new(), connected);
        string session = await app.OpenAsync(Path);
        await using (var wire = new Wire(app))
            await BeginPostAsync(wire, session, Sized);
        Assert.Equal(CloseReason.TransportError, await (await connected.Task.Soon()).Completion.Soon());
        await app.StopAsync().Soon();
        AssertNothingWentWrong(app);
    }

    [Fact]
    public async Task Second_post_refuses_the_first_over_HTTP_2()
    {
        await using App app = await StartAsync(new());
        string session = await app.OpenAsync(Path);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<HttpStatusCode> first = PostAsync(app, session, begun, end.Task);
        await begun.Task.Soon();
        Assert.Equal(HttpStatusCode.BadRequest, (await app.PostAsync(session, "3")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, await first.Soon());
        end.SetResult();
        await app.StopAsync().Soon();
        AssertNothingWentWrong(app);
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task WebSocket_that_is_lost_while_it_is_read_is_no_fault_of_the_server(string version)
    {
        var connected = new TaskCompletionSource<EngineIOConnection>();
        await using App app = await StartAsync(new(), connected);
        WsSession socket = await app.OpenWebSocketAsync(Path, new Version(version));
        EngineIOConnection connection = await connected.Task.Soon();
        connection.Close();
        Assert.StartsWith("close", await socket.TextAsync(), StringComparison.Ordinal);
        await socket.DisposeAsync();
        await connection.Completion.Soon();
        await app.StopAsync().Soon();
        AssertNothingWentWrong(app);
    }

    private static Task<App> StartAsync(EngineIOEndpointOptions options, TaskCompletionSource<EngineIOConnection>? connected = null) =>
        App.StartAsync(app => app.MapEngineIO(
            Path,
            async (connection, ended) =>
            {
                connected?.TrySetResult(connection);
                await foreach (EngineIOMessage message in connection.ReadAllAsync(ended))
                    connection.Send(message.Text);
            },
            options));

    private static async Task<HttpStatusCode> PostAsync(App app, string session, TaskCompletionSource begun, Task end)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, session)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new Unfinished(begun, end),
            Headers = { ExpectContinue = true },
        };
        using HttpResponseMessage response = await app.Client.SendAsync(request);
        return response.StatusCode;
    }

    /// <summary>Sends a POST without the end of its body. The answer that it may go on says that the server reads the body.</summary>
    private static async Task BeginPostAsync(Wire wire, string session, string body)
    {
        await wire.SendAsync($"POST {session} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n{body}\r\n\r\n");
        Assert.Equal("HTTP/1.1 100 Continue\r\n\r\n", await wire.UntilAsync("\r\n\r\n"));
        await wire.SendAsync(body == Chunked ? "2\r\n40\r\n" : "40");
    }

    /// <summary>Reads the answer, sends the rest of the body, and one more request.</summary>
    private static async Task EndPostAsync(App app, Wire wire, string body)
    {
        Assert.StartsWith("HTTP/1.1 400", await wire.UntilAsync("}"), StringComparison.Ordinal);
        await wire.SendAsync(body == Chunked ? "0\r\n\r\n" : new string('x', 98));
        await wire.SendAsync($"GET {Path}?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 200", await wire.UntilAsync("}"), StringComparison.Ordinal);
        AssertNothingWentWrong(app);
    }

    private static void AssertNothingWentWrong(App app) => Assert.DoesNotContain(
        app.Logs.GetSnapshot(), entry => entry.Level >= LogLevel.Warning);

    /// <summary>A body whose end comes when the test says so.</summary>
    private sealed class Unfinished(TaskCompletionSource begun, Task end) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync("40"u8.ToArray());
            await stream.FlushAsync();
            begun.SetResult();
            await end;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
