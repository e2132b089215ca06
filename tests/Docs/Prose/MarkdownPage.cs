using System.Text;
using System.Text.RegularExpressions;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests.Prose;

/// <summary>A Markdown file of the repository: its prose lines, links and anchors.</summary>
internal sealed partial class MarkdownPage
{
    private MarkdownPage(string path, string text)
    {
        Path = path;
        bool isCode = false;
        var lines = new List<(int Number, string Line, bool IsCode)>();
        foreach ((int index, string line) in text.Split('\n').Index())
        {
            bool isFence = Fence().IsMatch(line);
            lines.Add((index + 1, line, isCode || isFence));
            isCode ^= isFence;
        }

        Lines = lines;
    }

    /// <summary>All pages that people read, by their paths in the repository.</summary>
    public static IEnumerable<string> All { get; } = [.. Repository.Root.Length > 0 ? Find() : []];

    /// <summary>The path in the repository.</summary>
    public string Path { get; }

    public string Title => Lines[0].Line.TrimStart('#').Trim();

    public IReadOnlyList<(int Number, string Line, bool IsCode)> Lines { get; }

    public IEnumerable<(int Number, string Line)> Prose => Lines.Where(line => !line.IsCode).Select(line => (line.Number, line.Line));

    /// <summary>Where links and pictures lead that are not on the web.</summary>
    public IEnumerable<string> Links => Link().Matches(Text()).Select(link => link.Groups["to"].Value).Where(to => !Web().IsMatch(to));

    /// <summary>The anchors of the headings, as GitHub and docfx make them.</summary>
    public IEnumerable<string> Anchors =>
        Prose.Where(line => line.Line.StartsWith('#')).Select(line => AnchorOf(line.Line.TrimStart('#').Trim()));

    public static MarkdownPage Open(string path) => new(path, Repository.Read(path));

    private static string AnchorOf(string heading)
    {
        var anchor = new StringBuilder();
        foreach (char c in heading.ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(c) || c is '-' or '_')
                anchor.Append(c);
            else if (c == ' ')
                anchor.Append('-');
        }

        return anchor.ToString();
    }

    private static IEnumerable<string> Find() =>
        Directory.EnumerateFiles(Repository.Root, "*.md", new EnumerationOptions { RecurseSubdirectories = true })
            .Select(file => System.IO.Path.GetRelativePath(Repository.Root, file).Replace('\\', '/'))
            .Where(path => !Generated().IsMatch(path))
            .Order(StringComparer.Ordinal);

    /// <summary>The prose as one text, because a link may be broken over two lines; without code in backticks.</summary>
    private string Text() => Code().Replace(string.Join('\n', Prose.Select(line => line.Line)), "");

    [GeneratedRegex(@"^\s*(```|~~~)")]
    private static partial Regex Fence();

    [GeneratedRegex(@"\]\((?<to>[^()\s]+)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Link();

    [GeneratedRegex("^(https?|mailto|wss?|tel):")]
    private static partial Regex Web();

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex Code();

    [GeneratedRegex(@"(^|/)(bin|obj|node_modules|artifacts|StrykerOutput|TestResults)/|(^|/)\.(?!github)")]
    private static partial Regex Generated();
}
