using System.Text.RegularExpressions;
using WsProto.Docs.Tests.Prose;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>The register of faults names tests that are there.</summary>
public sealed partial class RegisterTests
{
    [Fact]
    public void Tests_of_the_register_exist()
    {
        HashSet<string> methods = [.. Directory.EnumerateFiles(Repository.PathOf("tests"), "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => Method().Matches(File.ReadAllText(file))).Select(method => method.Groups["name"].Value)];
        IEnumerable<string> rows = MarkdownPage.Open("docs/reference/security.md").Prose
            .Select(line => line.Line)
            .Where(line => line.StartsWith("| F", StringComparison.Ordinal));
        string[] cited = [.. rows.SelectMany(row => Cited().Matches(row.Split('|')[^2])).Select(test => test.Groups["name"].Value)];
        Assert.NotEmpty(cited);
        Assert.DoesNotContain(cited, test => !methods.Contains(test));
    }

    [GeneratedRegex(@"public (async )?(Task|void) (?<name>\w+)\(", RegexOptions.ExplicitCapture)]
    private static partial Regex Method();

    [GeneratedRegex(@"`(?<name>\w+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Cited();
}
