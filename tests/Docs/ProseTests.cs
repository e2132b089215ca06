using System.Buffers;
using WsProto.Docs.Tests.Prose;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests;

/// <summary>What every page of the repository has to keep to.</summary>
public sealed class ProseTests
{
    private const int MaxWidth = 140;
    private static readonly SearchValues<char> _quotes = SearchValues.Create("\u00AB\u00BB\u201C\u201D\u201E\u2018\u2019\u201A");

    /// <summary>Pages that are wide for a reason.</summary>
    private static readonly Dictionary<string, string> _wide = new()
    {
        ["docs/as-websocket.md"] = "a test writes what others say, as they say it",
    };

    public static TheoryData<string> All => [.. MarkdownPage.All];

    [Theory]
    [MemberData(nameof(All))]
    public void Links_lead_to_files_and_headings_that_are_there(string page)
    {
        MarkdownPage source = MarkdownPage.Open(page);
        Assert.DoesNotContain(source.Links, link => !Leads(source, link));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Quotes_are_straight(string page) => Assert.Empty(
        MarkdownPage.Open(page).Prose
            .Where(line => line.Line.AsSpan().ContainsAny(_quotes))
            .Select(line => $"{line.Number}: {line.Line}"));

    /// <summary>A row of a table and a link cannot be broken.</summary>
    [Theory]
    [MemberData(nameof(All))]
    public void Lines_are_not_too_wide(string page)
    {
        if (_wide.ContainsKey(page))
            return;
        Assert.Empty(MarkdownPage.Open(page).Lines
            .Where(line => IsTooWide(line.Line))
            .Select(line => $"{line.Number}: {line.Line.Length} columns"));
    }

    [Fact]
    public void Pages_that_may_be_wide_are_there() => Assert.Empty(_wide.Keys.Except(MarkdownPage.All));

    private static bool IsTooWide(string line) =>
        line.Length > MaxWidth && !line.TrimStart().StartsWith('|') && line.TrimStart().Contains(' ', StringComparison.Ordinal);

    private static bool Leads(MarkdownPage source, string link)
    {
        string[] parts = link.Split('#');
        string path = parts[0].Length == 0 ? source.Path : Resolve(source.Path, parts[0]);
        if (!File.Exists(Repository.PathOf(path)) && !Directory.Exists(Repository.PathOf(path)))
            return false;
        return parts.Length == 1 || MarkdownPage.Open(path).Anchors.Contains(parts[1]);
    }

    private static string Resolve(string page, string link)
    {
        string file = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(Repository.PathOf(page))!, Uri.UnescapeDataString(link)));
        return Path.GetRelativePath(Repository.Root, file);
    }
}
