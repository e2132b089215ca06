using WsProto.Conformance;
using WsProto.Conformance.Tests;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>ASP.NET Core's own WebSockets in the cases of the established suite.</summary>
[Trait("Category", "Interop")]
public sealed class FrameworkConformanceTests
{
    /// <summary>The framework's own server is known to reset the connection at a fault, so that its Close is lost in many cases.</summary>
    [Fact]
    public async Task Server_of_the_framework__fails_in_no_case_and_is_lenient_at_faults_at_most()
    {
        await using KestrelServer server =
            await KestrelServer.StartAsync(certificate: null, KestrelServer.Accepting(deflate: true), KestrelServer.EchoAsync);
        string[] compressed = CaseIds.Of("12.1.1-18 13.3.1-18 13.5.1-18");
        ConformanceCase[] cases =
        [
            .. ConformanceCases.Established.Where(one => one.Chapter <= 7),
            .. ConformanceCases.Established.Where(one => compressed.Contains(one.Id)),
        ];
        using var runner = new ConformanceRunner(
            new Uri($"http://127.0.0.1:{server.Port}/"), new ConformanceOptions { Silence = TimeSpan.FromSeconds(3), Parallelism = 32 });
        IReadOnlyList<ConformanceResult> results = await runner.RunAsync(cases).InOrderOf(cases);
        string[] lenient = [.. results.Where(result => result.Verdict == Verdict.Lenient).Select(result => result.Case.Id)];
        Assert.All(results, result => Assert.True(result.Verdict is not (Verdict.Failed or Verdict.Unimplemented), result.ToString()));
        Assert.Empty(lenient.Except(CaseIds.Of(CaseIds.Faults)));
        Assert.Equal(CaseIds.Of("6.4.3-4"), lenient.Intersect(CaseIds.Of("6.4.3-4")));
    }
}
