using System.Net;
using System.Security.Cryptography.X509Certificates;
using WsProto.Adapters.Tests.Support;
using WsProto.Conformance;

namespace WsProto.Interop.Tests;

/// <summary>The page of a judge of clients in a real browser: it has the browser judged that opens it.</summary>
[Trait("Category", "Interop")]
public sealed class ConformanceBrowserTests
{
    /// <summary>The address is on the loopback, where a browser takes TLS and none alike.</summary>
    public static readonly object?[][] Schemes = [["http"], ["https"]];

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(3);

    [Theory, ConformanceChromium(nameof(Schemes))]
    [Trait("Demand", "L06")]
    public async Task Browser_that_opens_the_page_is_judged_in_each_case(PeerKind peer, string scheme)
    {
        using var timeout = new CancellationTokenSource(_patience);
        using TestCertificate? certificate = scheme == "https" ? TestCertificate.For("127.0.0.1") : null;
        await using ConformanceListener listener = Start(certificate?.Certificate);
        string address = listener.Address.ToString().Replace("ws", "http", StringComparison.Ordinal);
        using Peer browser = Peer.Start(peer, [address], timeout.Token);
        string agent = await listener.ReadReportRequestsAsync(timeout.Token).FirstAsync(timeout.Token);
        await browser.FinishAsync();

        PeerReport end = Assert.Single(browser.Reports, report => report.Event == "end");
        Assert.Empty(end.Errors!);
        Assert.Equal(agent, end.Sent);
        string major = Assert.Single(browser.Reports, report => report.Event == "browser").Message!.Split('.')[0];
        Assert.Contains($"Chrome/{major}.", agent, StringComparison.Ordinal);
        IReadOnlyList<ConformanceResult> results = listener.ResultsOf(agent);
        Assert.Equal(listener.Cases.Select(one => one.Id), results.Select(result => result.Case.Id));
        Assert.Equal(results.Select(result => $"{result.Case.Id} {result.Verdict.Name}"), end.Texts!);
        Assert.StartsWith($"Done. {results.Count} of {results.Count}: ", end.Message, StringComparison.Ordinal);

        // The browser is another's, and does what it does; some cases every one of them is known to be right in.
        Assert.All(
            results.Where(result => result.Case.Chapter is 1 or 2 or 12),
            result => Assert.True(result.Verdict == Verdict.Ok, result.ToString()));
        Assert.DoesNotContain(results, result => result.Verdict == Verdict.Unimplemented);
    }

    private static ConformanceListener Start(X509Certificate2? certificate) => ConformanceListener.Start(
        new IPEndPoint(IPAddress.Loopback, 0),
        ConformanceCases.Select(ConformanceCases.All, ["1.1", "2", "7.1", "12.1.1", "20", "22", "23", "24", "25", "26", "27"], []),
        certificate: certificate);
}
