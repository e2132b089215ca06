using System.Text;
using System.Text.RegularExpressions;
using WsProto.Docs.Tests.Prose;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>What the site has: every page in its table of contents, and an example on every page.</summary>
public sealed partial class SiteTests
{
    private const string Contents = "docs/toc.yml";
    private const string FrontPage = "docs/index.md";

    /// <summary>Pages without an example, each with the reason.</summary>
    private static readonly Dictionary<string, string> _withoutExample = new()
    {
        [FrontPage] = "the front page leads to examples",
        ["docs/guides/index.md"] = "a list of guides",
        ["docs/PERFORMANCE.md"] = "measurements, and the commands that repeat them",
        ["docs/conformance-results.md"] = "results",
        ["docs/conformance-suite.md"] = "a table that a test writes",
        ["docs/mutation-testing.md"] = "results",
        ["docs/simple-websocket.md"] = "a table of names beside names",
        ["docs/reference/options.md"] = "a table that a test writes",
        ["docs/reference/errors.md"] = "a table that a test writes",
        ["docs/reference/exceptions.md"] = "a table that a test writes",
        ["docs/reference/security.md"] = "duties and faults",
        ["docs/reference/limitations.md"] = "a list of what is not there",
    };

    private static IEnumerable<string> Site => MarkdownPage.All.Where(path => path.StartsWith("docs/", StringComparison.Ordinal));

    public static TheoryData<string> All => [.. Site];

    /// <summary>The name of the site leads to its front page.</summary>
    [Fact]
    public void Every_page_is_in_the_table_of_contents_once() =>
        Assert.Equal(Site.Where(page => page != FrontPage), TocPages(Contents).Order(StringComparer.Ordinal));

    /// <summary>Pages that are not in the table of their folder yet are written to its end; put them where they belong.</summary>
    [Fact]
    public void Folders_have_tables_of_contents()
    {
        var sections = new StringBuilder("- name: Getting started\n  href: getting-started.md\n");
        foreach (string folder in (string[])["concepts", "guides", "manual", "migrating", "reference"])
        {
            string toc = $"docs/{folder}/toc.yml";
            string[] pages = [.. Site.Where(page => page.StartsWith($"docs/{folder}/", StringComparison.Ordinal))];
            string text = File.Exists(Repository.PathOf(toc)) ? Repository.Read(toc) : "";
            if (pages.Length == 0 && text.Length == 0)
                continue;
            foreach (string page in pages.Where(page => !text.Contains($"href: {Path.GetFileName(page)}\n", StringComparison.Ordinal)))
                text += $"- name: {MarkdownPage.Open(page).Title}\n  href: {Path.GetFileName(page)}\n";
            Repository.Approve(toc, text);
            sections.Append($"- name: {char.ToUpperInvariant(folder[0])}{folder[1..]}\n  href: {folder}/\n");
        }

        Repository.Approve(Contents, $"{sections}- name: API\n  href: ../artifacts/site/api/\n");
    }

    /// <summary>A marked example, or a block of commands or code.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void Every_page_has_an_example(string page)
    {
        if (!_withoutExample.ContainsKey(page))
            Assert.Contains(MarkdownPage.Open(page).Lines, line => line.IsCode);
    }

    /// <summary>Of all pages, also those whose blocks other projects keep true.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void Every_block_of_csharp_is_a_copy_of_code(string page) =>
        Assert.Equal(0, CodeBlocks.CountUnmarked(ProgramTests.WithoutNotRun(Repository.Read(page))));

    [Fact]
    public void Pages_that_need_no_example_are_there() => Assert.Empty(_withoutExample.Keys.Except(Site));

    /// <summary>The pages that a table of contents and those in it refer to, as paths in the repository.</summary>
    private static IEnumerable<string> TocPages(string toc)
    {
        string folder = Path.GetDirectoryName(Repository.PathOf(toc))!;
        foreach (Match entry in Href().Matches(Repository.Read(toc)))
        {
            string file = Path.GetFullPath(Path.Combine(folder, entry.Groups["path"].Value));
            string path = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/');
            if (path.StartsWith("artifacts/", StringComparison.Ordinal))
                continue;
            if (path.EndsWith(".md", StringComparison.Ordinal))
                yield return path;
            else
            {
                foreach (string page in TocPages($"{path}/toc.yml"))
                    yield return page;
            }
        }
    }

    [GeneratedRegex(@"^\s*(- )?href: (?<path>\S+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Href();
}
