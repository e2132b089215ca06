using System.Text.RegularExpressions;
using WsProto.Conformance;
using Xunit;

namespace WsProto.Interop.Tests;

/// <summary>A route of <c>WsProto.AspNetCore</c> in the cases of the established suite, over loopback.</summary>
[Trait("Category", "Interop")]
public sealed partial class RouteConformanceTests(EchoRoute route) : IClassFixture<EchoRoute>
{
    public static TheoryData<ConformanceCarrier, int> Chapters
    {
        get
        {
            var data = new TheoryData<ConformanceCarrier, int>();
            foreach (int chapter in ConformanceCases.Established.Select(one => one.Chapter).Distinct())
            {
                data.Add(ConformanceCarrier.Http1, chapter);
                data.Add(ConformanceCarrier.Http2, chapter);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Chapters))]
    public async Task Route_behaves_as_it_should_in_every_case_of_the_chapter(ConformanceCarrier carrier, int chapter)
    {
        ConformanceCase[] cases = [.. ConformanceCases.Established.Where(one => one.Chapter == chapter)];
        IReadOnlyList<ConformanceResult> results = await route.RunAsync(carrier, cases);
        string[] others = [.. results.Where(result => result.Verdict != Expected(result.Case)).Select(result => result.ToString())];
        Assert.True(others.Length == 0, $"{others.Length} of {cases.Length} over {carrier}:\n{string.Join('\n', others)}");
    }

    [Theory]
    [InlineData(ConformanceCarrier.Http1)]
    [InlineData(ConformanceCarrier.Http2)]
    public async Task Route_where_there_is_no_right_or_wrong_answers_all_that_came_before_a_Close_and_refuses_unknown_codes(
        ConformanceCarrier carrier)
    {
        ConformanceCase[] cases = [.. ConformanceCases.Established.Where(one => one.IsInformational)];
        IReadOnlyList<ConformanceResult> results = await route.RunAsync(carrier, cases);
        Assert.Equal(
            [
                ("7.1.6", "there is a Close with 1000, after Text of 262144 octets, Text \"Hello World!\""),
                ("7.13.1", "there is a Close with 1002, after nothing"),
                ("7.13.2", "there is a Close with 1002, after nothing"),
            ],
            results.Select(result => (result.Case.Id, result.Reason)));
    }

    /// <summary>What came before a violation may be lost with such a handler. What the client is told does not depend on it.</summary>
    [Theory]
    [InlineData(ConformanceCarrier.Http1)]
    [InlineData(ConformanceCarrier.Http2)]
    public async Task Route_whose_handler_heeds_its_token_is_at_most_lenient_where_a_fault_follows_a_message(ConformanceCarrier carrier)
    {
        ConformanceCase[] cases = [.. ConformanceCases.Established.Where(one => one.Chapter is 2 or 3 or 4 or 5 or 7)];
        IReadOnlyList<ConformanceResult> results = await route.RunAsync(carrier, cases, "/hasty");
        Assert.All(results, result => Assert.True(
            result.Verdict == Expected(result.Case) || (result.Verdict == Verdict.Lenient && result.Case.Lenient.Count > 0),
            result.ToString()));
    }

    [Fact]
    public void Table_has_all_cases_that_the_core_is_tested_by()
    {
        string document = Path.Combine(PeerInstallation.Folder, "..", "..", "..", "docs", "conformance-suite.md");
        string[] ids = [.. IdInTable().Matches(File.ReadAllText(document)).Select(row => row.Groups["id"].Value)];
        Assert.Equal(517, ids.Length);
        Assert.Equal(ids, ConformanceCases.Established.Select(one => one.Id));
    }

    /// <summary>Nothing is lenient: what the suite calls non-strict does not occur.</summary>
    private static Verdict Expected(ConformanceCase one) => one.Id is "7.1.6" or "7.13.1" or "7.13.2" ? Verdict.Informational : Verdict.Ok;

    [GeneratedRegex(@"^\| (?<id>\d+(\.\d+)+) \|", RegexOptions.Multiline)]
    private static partial Regex IdInTable();
}
