using System.Text.RegularExpressions;

namespace WsProto.Tests.House;

/// <summary>
/// Code in Markdown that is a copy of code that is compiled or run: <c>&lt;!-- example: path#region --&gt;</c>, then the block. Without a
/// region it is the whole file; <c>path#one+two</c> is one region after the other, as for a whole program with its usings.
/// </summary>
internal static partial class CodeBlocks
{
    /// <summary>The document with each marked block replaced by the code that it names.</summary>
    public static string Refresh(string document, Func<string, string> read) =>
        Marked().Replace(
            document,
            match => $"{match.Groups["open"].Value}{Find(match.Groups["path"].Value, match.Groups["region"].Value, read)}\n```");

    /// <summary>How many blocks are nobody's copy.</summary>
    public static int CountUnmarked(string document) => Regex.Count(
        Marked().Replace(document, ""),
        "^```(csharp|cs|c#|python|py|javascript|js)(?![a-z])",
        RegexOptions.Multiline | RegexOptions.IgnoreCase);

    private static string Find(string path, string regions, Func<string, string> read)
    {
        string[] lines = read(path).TrimEnd('\n').Split('\n');
        return regions.Length == 0
            ? Outdent(lines)
            : string.Join("\n\n", regions.Split('+').Select(region => Outdent(RegionOf(path, lines, region))));
    }

    private static string[] RegionOf(string path, string[] lines, string region)
    {
        int start = Array.FindIndex(lines, line => IsMark(line, $"#region {region}"));
        Assert.True(start >= 0, $"{path} has no region '{region}'.");
        return [.. lines.Skip(start + 1).TakeWhile(line => !IsMark(line, "#endregion"))];
    }

    private static string Outdent(string[] lines)
    {
        int indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line)).Trim('\n');
    }

    /// <summary>Python and JavaScript have marks in comments: <c># #region name</c>, <c>// #region name</c>.</summary>
    private static bool IsMark(string line, string mark) =>
        line.Trim() is var text && (text == mark || text == $"# {mark}" || text == $"// {mark}");

    [GeneratedRegex(
        "(?<open><!-- example: (?<path>[^#\\s]+)(#(?<region>[^\\s]+))? -->\n+```(csharp|python|javascript)\n)(?<code>.*?)\n?```",
        RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Marked();
}
