namespace WsProto.Conformance.Tests;

public sealed class SelectionTests
{
    [Theory]
    [InlineData("6.4", "6.4.1 6.4.2 6.4.3 6.4.4")]
    [InlineData("6.4.", "6.4.1 6.4.2 6.4.3 6.4.4")]
    [InlineData("6.4.*", "6.4.1 6.4.2 6.4.3 6.4.4")]
    [InlineData("5.1", "5.1")]
    [InlineData("5.1*", "5.1 5.10 5.11 5.12 5.13 5.14 5.15 5.16 5.17 5.18 5.19")]
    [InlineData("*.4.4", "6.4.4 9.4.4 12.4.4 13.4.4")]
    [InlineData("2.11 1.1.1", "1.1.1 2.11")]
    public void Pattern_selects_ids_and_what_stands_below_them(string include, string expected) =>
        Assert.Equal(expected.Split(' '), Ids(include, ""));

    [Fact]
    public void Excluded_cases_are_left_out() =>
        Assert.Equal(["6.4.1", "6.4.4"], Ids("6.4", "6.4.2 6.4.3"));

    [Fact]
    public void No_pattern_selects_all_that_are_not_excluded()
    {
        Assert.Equal(ConformanceCases.Established.Select(one => one.Id), Ids("", ""));
        Assert.Equal(301, Ids("", "12 13").Length);
    }

    [Theory]
    [Trait("Demand", "L05")]
    [InlineData("8", "")]
    [InlineData("1.1.1 1.1.9", "")]
    [InlineData("1.1", "1.1.9")]
    [InlineData("1.1", "1")]
    [InlineData("6.4.1", "*")]
    public void Selection_without_a_case_or_a_pattern_that_fits_none__is_refused(string include, string exclude) =>
        Assert.Throws<ArgumentException>(() => Ids(include, exclude));

    [Fact]
    public void Established_suite_has_517_cases_with_ids_rules_titles_and_expectations()
    {
        Assert.Equal(517, ConformanceCases.Established.Count);
        Assert.Equal(517, ConformanceCases.Established.DistinctBy(one => one.Id).Count());
        Assert.All(ConformanceCases.All, one =>
        {
            Assert.Matches(@"^RFC (6455|7692|9110|9112|6585) §\d", one.Rule);
            Assert.NotEqual("Others", one.Subject);
            Assert.Equal(one.Chapter < 20, one.IsEstablished);
            Assert.NotEmpty(one.Title);
            Assert.EndsWith(".", one.Expectation, StringComparison.Ordinal);
        });
        Assert.Equal(216, ConformanceCases.Established.Count(one => one.Rule.StartsWith("RFC 7692", StringComparison.Ordinal)));
    }

    [Fact]
    public void Quick_set_has_no_large_message_and_something_of_every_chapter_but_9()
    {
        Assert.All(ConformanceCases.Quick.Where(one => one.Chapter is 12 or 13), one => Assert.True(one.LargestMessage <= 4096));
        Assert.Equal(
            [1, 2, 3, 4, 5, 6, 7, 10, 12, 13],
            ConformanceCases.Quick.Where(one => one.IsEstablished).Select(one => one.Chapter).Distinct());
    }

    private static string[] Ids(string include, string exclude) =>
        [.. ConformanceCases.Select(ConformanceCases.Established, Split(include), Split(exclude)).Select(one => one.Id)];

    private static string[] Split(string patterns) => patterns.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
