using System.Text.RegularExpressions;
using AspNetChat;
using Microsoft.AspNetCore.Builder;

namespace WsProto.Interop.Tests;

/// <summary>
/// The chat of examples/AspNetChat in a real browser: two pages in one room, while the server is stopped and started again.
/// </summary>
[Trait("Category", "Interop")]
public sealed partial class ChatBrowserTests
{
    /// <summary>The scheme, what carries a WebSocket, and the status with which it opens (RFC 6455 §4.2.2; RFC 8441 §5.1).</summary>
    public static readonly object?[][] Carriers = [["http", "HTTP/1.1", 101], ["https", "HTTP/2", 200]];

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(90);

    [Theory, Chromium(nameof(Carriers))]
    [Trait("RFC", "8441 §5")]
    public async Task Two_pages_talk_and_come_back_when_the_server_restarts(PeerKind peer, string scheme, string carrier, int status)
    {
        using var timeout = new CancellationTokenSource(_patience);
        WebApplication app = ChatApp.Build("--http", "0", "--https", "0");
        try
        {
            await app.StartAsync(timeout.Token);
            string[] ports = [.. app.Urls.Select(url => new Uri(url).Port.ToString())];
            string address = app.Urls.Single(url => url.StartsWith(scheme + ":", StringComparison.Ordinal));
            string? folder = Environment.GetEnvironmentVariable("WSPROTO_SCREENSHOTS");
            using Peer browser = Peer.Start(
                peer,
                folder is null ? [address] : [address, Directory.CreateDirectory(Path.Combine(folder, scheme)).FullName],
                timeout.Token);
            try
            {
                await browser.ReadUntilAsync("restart");
                await app.StopAsync(timeout.Token);
                await app.DisposeAsync();
                await browser.ReadUntilAsync("away");
                app = ChatApp.Build("--http", ports[0], "--https", ports[1]);
                await app.StartAsync(timeout.Token);
                await browser.FinishAsync();
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                throw new InvalidOperationException(await browser.EndAndTellAsync(), e);
            }

            AssertTold(browser.Reports, carrier, status);
        }
        finally
        {
            await app.DisposeAsync();
        }
    }

    private static void AssertTold(IReadOnlyList<PeerReport> reports, string carrier, int status)
    {
        PeerReport Single(string name) => Assert.Single(reports, report => report.Event == name);

        Assert.Equal(4, reports.Count(report => report.Event is "open" or "back"));
        Assert.All(
            reports.Where(report => report.Event is "open" or "back"),
            report => Assert.Equal((carrier, status), (report.Carrier!, report.Status)));
        Assert.Equal(["Ann", "Bob", "Ann", "Bob"], Single("met").Texts!);
        Assert.Equal("Grüße, 世界! <b>Is anybody there?</b>", Single("text").Message);
        Assert.Equal("Bob is typing", Single("typing").Message);
        Assert.Equal(Single("picture").Sent, Single("picture").Sha256);
        Assert.InRange(Single("picture").Bytes, 1024, 256 * 1024);
        Assert.Matches(Milliseconds(), Single("trip").Message);
        PeerReport[] ends = [.. reports.Where(report => report.Event == "end")];
        Assert.Equal(2, ends.Length);
        Assert.All(ends, end =>
        {
            Assert.Equal(
                ["Ann: Grüße, 世界! <b>Is anybody there?</b>", "Bob: I am.", "Ann: a picture", "Ann: Are you back?", "Bob: I am back."],
                end.Texts!);
            Assert.Empty(end.Errors!);
        });
    }

    [GeneratedRegex(@"^\d+(\.\d)? ms$")]
    private static partial Regex Milliseconds();
}
