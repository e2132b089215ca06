using System.Text.RegularExpressions;
using WsProto.Docs.Tests.Prose;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>The register of faults names tests that are there.</summary>
public sealed partial class RegisterTests
{
    private const string Heading = "## Faults that were found and corrected";

    /// <summary>The rows of the register, by cells.</summary>
    private static readonly string[][] _rows =
    [
        .. MarkdownPage.Open("docs/reference/security.md").Prose
            .Select(line => line.Line)
            .SkipWhile(line => line != Heading)
            .Where(line => line.StartsWith('|'))
            .Skip(2) // the head
            .Select(row => row.Trim('|').Split('|', StringSplitOptions.TrimEntries)),
    ];

    [Fact]
    public void Every_fault_has_a_test_and_each_test_is_there()
    {
        HashSet<string> tests =
        [
            .. Directory.EnumerateFiles(Repository.PathOf("tests"), "*.cs", SearchOption.AllDirectories)
                .SelectMany(file => TestsIn(File.ReadAllText(file))),
        ];
        Assert.NotEmpty(_rows);
        Assert.Empty(_rows.SelectMany(row => FaultsOf(row, tests)));
    }

    [Fact]
    public void No_fault_stands_twice_or_is_cut()
    {
        Assert.All(_rows, row => Assert.Equal(4, row.Length));
        Assert.All(_rows, row => Assert.Matches("^F[0-9]{2}$", row[0]));
        Assert.Equal(_rows.Select(row => row[0]).Distinct(), _rows.Select(row => row[0]));
    }

    [Theory]
    [InlineData("`A_law`", null)]
    [InlineData("`A_law`, `Another`", null)]
    [InlineData("", "F01 has no test")]
    [InlineData("by hand", "F01 has no test")]
    [InlineData("`A_law`, `Lost`", "F01: no test has the name Lost")]
    public void Row_without_a_test_or_with_one_that_is_not_there_is_found(string cell, string? fault) =>
        Assert.Equal(fault is null ? [] : [fault], FaultsOf(["F01", "a fault", "corrected", cell], ["A_law", "Another"]));

    [Theory]
    [InlineData("    [Fact]\n    public void A_law()\n    {\n", "A_law")]
    [InlineData("    [Theory]\n    [InlineData(\n        1)]\n    [Trait(\"A\", \"1\")]\n    public async Task A_law(int i)\n", "A_law")]
    [InlineData("    [ServersFact]\n    public Task A_law() =>\n", "A_law")]
    [InlineData("    public void A_law()\n", null)]
    [InlineData("    [Fact(Skip = \"later\")]\n    public void A_law()\n", null)]
    [InlineData("    [Fact]\n    public void First()\n    {\n    }\n\n    public void A_law()\n", "First")]
    public void Method_counts_as_a_test_if_it_runs_as_one(string source, string? test) =>
        Assert.Equal(test is null ? [] : [test], TestsIn(source));

    private static IEnumerable<string> FaultsOf(string[] row, HashSet<string> tests)
    {
        string[] cited = [.. Cited().Matches(row[^1]).Select(test => test.Groups["name"].Value)];
        return cited.Length == 0
            ? [$"{row[0]} has no test"]
            : cited.Where(test => !tests.Contains(test)).Select(test => $"{row[0]}: no test has the name {test}");
    }

    /// <summary>The methods in a source that run as tests.</summary>
    private static IEnumerable<string> TestsIn(string source)
    {
        bool isTest = false;
        foreach (string line in source.Split('\n'))
        {
            if (Attribute().IsMatch(line))
            {
                isTest = !line.Contains("Skip = ", StringComparison.Ordinal);
            }
            else if (Method().Match(line) is { Success: true } method)
            {
                if (isTest)
                    yield return method.Groups["name"].Value;
                isTest = false;
            }
        }
    }

    [GeneratedRegex(@"^\s*\[\w*(Fact|Theory)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex Attribute();

    [GeneratedRegex(@"^\s*public (async )?(Task|void) (?<name>\w+)\(", RegexOptions.ExplicitCapture)]
    private static partial Regex Method();

    [GeneratedRegex(@"`(?<name>\w+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Cited();
}
