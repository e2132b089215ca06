using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using WsProto.Adapters;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary><see cref="WsClient"/> and its sessions against ASP.NET Core.</summary>
[Trait("Category", "Interop")]
public sealed class KestrelInteropTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    public static TheoryData<bool, bool> Ways => new() { { false, false }, { true, false }, { false, true }, { true, true } };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Session_sends_messages_of_every_size_and_gets_them_back(bool deflate, bool tls)
    {
        using var client = new SessionClient(deflate, tls);
        using var guard = new CancellationTokenSource(_patience);
        await using KestrelServer server = await StartAsync(client, tls, KestrelServer.Accepting(deflate), KestrelServer.EchoAsync);
        WsClientOptions options = client.Options with { Subprotocols = ["chat.v2", "chat.v1"] };
        await using WsSession session = await WsClient.ConnectAsync(client.Uri(server.Port), options, guard.Token);
        Assert.Equal("chat.v1", session.Subprotocol);
        Assert.Equal(deflate ? 1 : 0, session.Extensions.Count);
        Payload[] payloads = [.. Payload.Scripts, .. Payload.Lengths, .. Payload.Sizes];
        Task sending = Task.Run(async () =>
        {
            foreach (Payload payload in payloads)
                await session.SendAsync(payload.Message, guard.Token);
        });
        foreach (Payload payload in payloads)
            Assert.Equal(payload.Report, Payload.ReportOf((await session.ReceiveAsync(guard.Token))!));
        await sending;
        WsCloseResult closed = await session.CloseAsync((CloseCode)4000, "enough", guard.Token);
        Assert.Equal(((CloseCode)4000, "enough"), (closed.Code, closed.Reason));
        Assert.True(session.CloseResult!.IsClean);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Server_sends_and_closes_first(bool deflate, bool tls)
    {
        using var client = new SessionClient(deflate, tls);
        using var guard = new CancellationTokenSource(_patience);
        await using KestrelServer server = await StartAsync(client, tls, KestrelServer.Accepting(deflate), async socket =>
        {
            await socket.SendAsync("last words"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, guard.Token);
            await socket.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, "gone", guard.Token);
        });
        await using WsSession session = await WsClient.ConnectAsync(client.Uri(server.Port), client.Options, guard.Token);
        Assert.Equal(new TextMessage("last words"), await session.ReceiveAsync(guard.Token));
        Assert.Null(await session.ReceiveAsync(guard.Token));
        Assert.Equal((CloseCode.GoingAway, "gone"), (session.CloseResult!.Code, session.CloseResult.Reason));
        await session.Completion.WaitAsync(guard.Token);
        Assert.Equal((WsCloseCause.Peer, true), (session.CloseResult!.Cause, session.CloseResult!.IsClean));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Server_breaks_the_connection_off__it_is_1006(bool deflate, bool tls)
    {
        using var client = new SessionClient(deflate, tls);
        using var guard = new CancellationTokenSource(_patience);
        await using KestrelServer server = await StartAsync(client, tls, KestrelServer.Accepting(deflate), async socket =>
        {
            // Kestrel resets the connection, and what the client has not read of the answer would be gone with it.
            await socket.ReceiveAsync(new ArraySegment<byte>(new byte[16]), guard.Token);
            socket.Abort();
        });
        await using WsSession session = await WsClient.ConnectAsync(client.Uri(server.Port), client.Options, guard.Token);
        await session.SendTextAsync("opened", guard.Token);
        Assert.Null(await session.ReceiveAsync(guard.Token));
        Assert.Equal((CloseCode.AbnormalClosure, WsCloseCause.Lost), (session.CloseResult!.Code, session.CloseResult!.Cause));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Server_refuses__status_headers_and_body_are_in_the_exception(bool deflate, bool tls)
    {
        using var client = new SessionClient(deflate, tls);
        using var guard = new CancellationTokenSource(_patience);
        await using KestrelServer server = await StartAsync(client, tls, RefuseAsync, _ => Task.CompletedTask);
        WsHandshakeException e = await Assert.ThrowsAsync<WsHandshakeException>(
            () => WsClient.ConnectAsync(client.Uri(server.Port), client.Options, guard.Token).AsTask());
        Assert.Equal((403, "interop", "Kein Zutritt, 禁止入内"), (e.StatusCode, e.Headers["x-reason"], Encoding.UTF8.GetString(e.Body.Span)));

        static async Task<WebSocket?> RefuseAsync(HttpContext context)
        {
            context.Response.StatusCode = 403;
            context.Response.Headers["X-Reason"] = "interop";
            await context.Response.WriteAsync("Kein Zutritt, 禁止入内");
            return null;
        }
    }

    private static Task<KestrelServer> StartAsync(
        SessionClient client, bool tls, Func<HttpContext, Task<WebSocket?>> accept, Func<WebSocket, Task> serve) =>
        KestrelServer.StartAsync(tls ? client.Certificate.Certificate : null, accept, serve);
}
