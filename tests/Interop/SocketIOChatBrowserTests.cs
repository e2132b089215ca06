using Microsoft.AspNetCore.Builder;
using SocketIOChat;

namespace WsProto.Interop.Tests;

/// <summary>
/// The chat of examples/SocketIOChat in a real browser: a page that moves to a WebSocket and one that keeps polling, while the server is
/// stopped and started again.
/// </summary>
[Trait("Category", "Interop")]
public sealed class SocketIOChatBrowserTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);

    [Theory, SocketIOChromium]
    public async Task Two_pages_with_different_transports_talk_and_come_back_when_the_server_restarts(PeerKind peer)
    {
        using var timeout = new CancellationTokenSource(_patience);
        WebApplication app = ChatApp.Build("--port", "0");
        try
        {
            await app.StartAsync(timeout.Token);
            string address = app.Urls.Single();
            string? folder = Environment.GetEnvironmentVariable("WSPROTO_SCREENSHOTS");
            string[] pictures = folder is null ? [] : [Directory.CreateDirectory(Path.Combine(folder, "socketio")).FullName];
            using Peer browser = Peer.Start(peer, [address, .. pictures], timeout.Token);
            try
            {
                await browser.ReadUntilAsync("restart");
                await app.StopAsync(timeout.Token);
                await app.DisposeAsync();
                await browser.ReadUntilAsync("away");
                app = ChatApp.Build("--port", new Uri(address).Port.ToString());
                await app.StartAsync(timeout.Token);
                await browser.FinishAsync();
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                throw new InvalidOperationException(await browser.EndAndTellAsync(), e);
            }

            AssertTold(browser.Reports);
        }
        finally
        {
            await app.DisposeAsync();
        }
    }

    private static void AssertTold(IReadOnlyList<PeerReport> reports)
    {
        PeerReport Single(string name) => Assert.Single(reports, report => report.Event == name);

        Assert.Equal(
            [("open", "websocket", 101), ("open", "polling", 0), ("back", "websocket", 101), ("back", "polling", 0)],
            reports.Where(report => report.Event is "open" or "back").Select(report => (report.Event, report.Carrier!, report.Status)));
        Assert.Equal("Bob joined", Single("joined").Message);
        Assert.Equal(2, reports.Count(report => report.Event == "met"));
        Assert.All(reports.Where(report => report.Event == "met"), met => Assert.Equal(["Ann", "Ann", "Bob", "Bob"], met.Texts!));
        Assert.Equal("Grüße, 世界! <b>Is anybody there?</b>", Single("text").Message);
        Assert.Equal(["Bob is typing", "Ann is typing"], Single("typing").Texts!);
        PeerReport[] ends = [.. reports.Where(report => report.Event == "end")];
        Assert.Equal(2, ends.Length);
        Assert.All(ends, end =>
        {
            Assert.Equal(
                ["Ann: Grüße, 世界! <b>Is anybody there?</b>", "Bob: I am.", "Ann: Are you back?", "Bob: I am back."],
                end.Texts!);
            Assert.Empty(end.Errors!);
        });
        Assert.Equal("Ann left", Single("left").Message);
    }
}
