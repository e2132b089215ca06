using System.Net;
using System.Net.Http;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Time.Testing;
using WsProto.Adapters;
using WsProto.Adapters.Tests.Support;
using WsProto.AspNetCore.Tests.Support;
using WsProto.Extensions;

namespace WsProto.AspNetCore.Tests;

/// <summary>
/// Servers that answer an extended CONNECT in ways that no good server does: each has a clear outcome, and the connection serves the next.
/// </summary>
[Trait("RFC", "8441 §4")]
public class HttpClientHostileTests
{
    public static TheoryData<string, string, ProtocolError> Answers => new()
    {
        { "Sec-WebSocket-Protocol", "other", ProtocolError.UnrequestedSubprotocol },
        { "Sec-WebSocket-Extensions", "permessage-deflate", ProtocolError.UnofferedExtension },
        { "Sec-WebSocket-Extensions", "a b c", ProtocolError.MalformedExtensions },
    };

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Answer_that_breaks_the_protocol_is_named(string header, string value, ProtocolError error)
    {
        await using App app = await StartAsync(async context =>
        {
            context.Response.Headers[header] = value;
            await using Stream stream = await ConnectOf(context).AcceptAsync();
            _ = await stream.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false);
        });
        Assert.Equal(error, (await RefusedAsync(app)).Error);
        await AssertServesAsync(app);
    }

    [Fact]
    public async Task Stream_that_ends_after_its_answer_is_a_session_that_is_lost()
    {
        await using App app = await StartAsync(async context => await (await ConnectOf(context).AcceptAsync()).DisposeAsync());
        await using WsSession session = await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/"), Options(app)).AsTask().Soon();
        Assert.Null(await session.ReceiveAsync().Soon());
        WsCloseResult end = await session.Completion.Soon();
        Assert.Equal((WsCloseCause.Lost, CloseCode.AbnormalClosure, false), (end.Cause, end.Code, end.IsClean));
        await AssertServesAsync(app);
    }

    [Fact]
    public async Task Stream_that_is_reset_after_its_answer_is_a_session_that_is_lost()
    {
        await using App app = await StartAsync(async context =>
        {
            await ConnectOf(context).AcceptAsync();
            context.Abort();
        });
        await using WsSession session = await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/"), Options(app)).AsTask().Soon();
        Assert.Null(await session.ReceiveAsync().Soon());
        Assert.Equal(WsCloseCause.Lost, (await session.Completion.Soon()).Cause);
        await AssertServesAsync(app);
    }

    [Fact]
    public async Task Frame_that_breaks_the_protocol_ends_its_session_with_1002()
    {
        var told = new TaskCompletionSource<byte[]>();
        await using App app = await StartAsync(async context =>
        {
            await using Stream stream = await ConnectOf(context).AcceptAsync();
            // A frame of a server is not masked (RFC 6455 §5.1).
            await stream.WriteAsync((byte[])[0x81, 0x81, 0, 0, 0, 0, (byte)'a']);
            byte[] buffer = new byte[100];
            told.SetResult(buffer[..await stream.ReadAsync(buffer)]);
        });
        await using WsSession session = await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/"), Options(app)).AsTask().Soon();
        Assert.Null(await session.ReceiveAsync().Soon());
        Assert.Equal(0x88, (await told.Task.Soon())[0]);
        WsCloseResult end = await session.Completion.Soon();
        Assert.Equal((WsCloseCause.ProtocolError, CloseCode.ProtocolError), (end.Cause, end.Code));
        await AssertServesAsync(app);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("timeout")]
    [InlineData("cancelled")]
    public async Task Refusal_whose_body_does_not_end_tells_what_is_known(string end)
    {
        var time = new FakeTimeProvider();
        using var cancelled = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        await using App app = await StartAsync(async context =>
        {
            context.Response.StatusCode = 401;
            await context.Response.WriteAsync("half of it");
            await context.Response.Body.FlushAsync();
            begun.TrySetResult();
            if (end == "reset")
                context.Abort();
            else
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        WsClientOptions options = Options(app) with { Session = new() { TimeProvider = time } };
        Task<WsSession> connecting = WsClient.ConnectAsync(app.Address(Carrier.Http2, "/"), options, cancelled.Token).AsTask();
        await begun.Task.Soon();
        while (!connecting.IsCompleted)
        {
            if (end == "timeout")
                time.Advance(TimeSpan.FromSeconds(1));
            else if (end == "cancelled")
                await cancelled.CancelAsync();
            await Task.Yield();
        }

        Exception e = await Assert.ThrowsAnyAsync<Exception>(() => connecting);
        // A cancellation, or a limit of time, may come before the head is here.
        WsHandshakeException? refusal = e as WsHandshakeException ?? e.InnerException as WsHandshakeException;
        bool mayComeFirst = end != "reset" && e is OperationCanceledException or TimeoutException;
        Assert.True(refusal is { StatusCode: 401 } || mayComeFirst, e.ToString());
        Assert.True(refusal is null || "half of it".StartsWith(Encoding.UTF8.GetString(refusal.Body.Span), StringComparison.Ordinal));
        await AssertServesAsync(app);
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("timeout")]
    [InlineData("cancelled")]
    public async Task Server_that_agrees_to_too_little_is_named_however_the_stream_ends(string end)
    {
        var time = new FakeTimeProvider();
        using var cancelled = new CancellationTokenSource();
        var told = new TaskCompletionSource<byte[]>();
        await using App app = await StartAsync(async context =>
        {
            Stream stream = await ConnectOf(context).AcceptAsync();
            byte[] buffer = new byte[100];
            told.SetResult(buffer[..await stream.ReadAsync(buffer)]);
            if (end == "reset")
                context.Abort();
            else
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        });
        WsClientOptions options = Options(app) with
        {
            Subprotocols = ["chat"],
            SubprotocolRequired = true,
            Session = new() { TimeProvider = time },
        };
        Task<WsSession> connecting = WsClient.ConnectAsync(app.Address(Carrier.Http2, "/"), options, cancelled.Token).AsTask();
        Assert.Equal(0x88, (await told.Task.Soon())[0]);
        if (end == "timeout")
            time.Advance(TimeSpan.FromHours(1));
        else if (end == "cancelled")
            await cancelled.CancelAsync();
        Exception e = await Assert.ThrowsAnyAsync<Exception>(() => connecting.Soon());
        Assert.Equal(end == "cancelled", e is OperationCanceledException);
        WsHandshakeException? refusal = e as WsHandshakeException ?? e.InnerException as WsHandshakeException;
        Assert.Equal(200, refusal?.StatusCode);
        Assert.Contains("no subprotocol was chosen", refusal!.Message, StringComparison.Ordinal);
        await AssertServesAsync(app);
    }

    /// <summary>It has no limit of time but that of a Close.</summary>
    [Fact]
    public async Task Server_that_goes_on_after_it_was_refused_is_left_after_the_time_of_a_close()
    {
        var time = new FakeTimeProvider();
        var left = new TaskCompletionSource();
        await using App app = await StartAsync(async context =>
        {
            Stream stream = await ConnectOf(context).AcceptAsync();
            try
            {
                while (true)
                    await stream.WriteAsync(new byte[1000], context.RequestAborted);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
                left.SetResult();
            }
        });
        WsClientOptions options = Options(app) with
        {
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            HandshakeTimeout = Timeout.InfiniteTimeSpan,
            Subprotocols = ["chat"],
            SubprotocolRequired = true,
            Session = new() { TimeProvider = time },
        };
        Task<WsSession> connecting = WsClient.ConnectAsync(app.Address(Carrier.Http2, "/"), options).AsTask();
        while (!connecting.IsCompleted && !left.Task.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(() => connecting.Soon());
        Assert.Equal(200, e.StatusCode);
        await left.Task.Soon();
        await AssertServesAsync(app);
    }

    [Fact]
    public async Task Extension_that_throws_when_the_answer_is_here_leaves_nothing_open()
    {
        var left = new TaskCompletionSource();
        await using App app = await StartAsync(async context =>
        {
            Stream stream = await ConnectOf(context).AcceptAsync();
            await stream.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            left.SetResult();
        });
        await using (await WsClient.ConnectAsync(
            app.Address(Carrier.Http2, "/good"),
            Options(app) with { Extensions = [new OffersOnce()] }))
        {
            // What is not required is not asked for again.
        }

        WsClientOptions options = Options(app) with { Extensions = [new OffersOnce()], ExtensionsRequired = true };
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            async () => await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/"), options).AsTask().Soon());
        Assert.IsType<NotSupportedException>(e.InnerException);
        await left.Task.Soon();
        await AssertServesAsync(app);
    }

    [Fact]
    public async Task Answer_that_comes_after_the_client_has_given_up_is_let_go()
    {
        using var cancelled = new CancellationTokenSource();
        var left = new TaskCompletionSource();
        await using App app = await StartAsync(async context =>
        {
            Stream stream = await ConnectOf(context).AcceptAsync();
            await stream.FlushAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            left.SetResult();
        });
        using var stubborn = new StubbornInvoker(app.Invoker);
        WsClientOptions options = Options(app) with { HttpInvoker = stubborn };
        Task<WsSession> connecting = WsClient.ConnectAsync(app.Address(Carrier.Http2, "/"), options, cancelled.Token).AsTask();
        await stubborn.Answered.Soon();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.Soon());
        stubborn.Release();
        await left.Task.Soon();
        await AssertServesAsync(app);
    }

    private static Task<App> StartAsync(RequestDelegate hostile) => App.StartAsync(app =>
    {
        app.MapWebSocket("/good", (session, stop) => session.SendTextAsync("good", stop).AsTask());
        app.Map("/", hostile);
    });

    private static IHttpExtendedConnectFeature ConnectOf(HttpContext context) =>
        context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>();

    private static WsClientOptions Options(App app) => new() { HttpVersion = HttpVersion.Version20, HttpInvoker = app.Invoker };

    private static Task<WsHandshakeException> RefusedAsync(App app) =>
        Assert.ThrowsAsync<WsHandshakeException>(
            async () => await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/"), Options(app)).AsTask().Soon());

    /// <summary>The connection that they share serves the next.</summary>
    private static async Task AssertServesAsync(App app)
    {
        await using WsSession session = await WsClient.ConnectAsync(app.Address(Carrier.Http2, "/good"), Options(app)).AsTask().Soon();
        Assert.Equal(new TextMessage("good"), await session.ReceiveAsync().Soon());
    }

    private sealed class OffersOnce() : WsExtension("x-once")
    {
        private int _asked;

        public override IReadOnlyList<ExtensionElement> Offer() => _asked++ == 0 ? base.Offer() : throw new NotSupportedException();
    }

    /// <summary>Gives an answer when it is released, and does not heed cancellation.</summary>
    private sealed class StubbornInvoker(HttpMessageInvoker real) : HttpMessageInvoker(new SocketsHttpHandler())
    {
        private readonly TaskCompletionSource _answered = new();
        private readonly TaskCompletionSource _released = new();

        internal Task Answered => _answered.Task;

        internal void Release() => _released.SetResult();

        public override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            HttpResponseMessage response = await real.SendAsync(request, CancellationToken.None);
            _answered.SetResult();
            await _released.Task;
            return response;
        }
    }
}
