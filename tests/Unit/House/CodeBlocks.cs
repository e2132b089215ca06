using System.Text.RegularExpressions;

namespace WsProto.Tests.House;

/// <summary>C# in Markdown that is a copy of compiled code: <c>&lt;!-- example: path#region --&gt;</c>, then the block. Without a region it is the whole file.</summary>
internal static partial class CodeBlocks
{
    /// <summary>The document with each marked block replaced by the code that it names.</summary>
    public static string Refresh(string document, Func<string, string> read) =>
        Marked().Replace(document, match => $"{match.Groups["marker"].Value}```csharp\n{Find(match.Groups["path"].Value, match.Groups["region"].Value, read)}\n```");

    /// <summary>How many blocks are nobody's copy.</summary>
    public static int CountUnmarked(string document) => Regex.Count(Marked().Replace(document, ""), "^```(csharp|cs|c#)", RegexOptions.Multiline | RegexOptions.IgnoreCase);

    private static string Find(string path, string region, Func<string, string> read)
    {
        string[] lines = read(path).TrimEnd('\n').Split('\n');
        if (region.Length > 0)
        {
            int start = Array.FindIndex(lines, line => line.Trim() == $"#region {region}");
            Assert.True(start >= 0, $"{path} has no region '{region}'.");
            lines = [.. lines.Skip(start + 1).TakeWhile(line => line.Trim() != "#endregion")];
        }

        int indent = lines.Where(line => line.Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > 0 ? line[indent..] : line)).Trim('\n');
    }

    [GeneratedRegex("(?<marker><!-- example: (?<path>[^#\\s]+)(#(?<region>[^\\s]+))? -->\n+)```csharp\n(?<code>.*?)\n?```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Marked();
}
