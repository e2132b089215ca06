namespace WsProto.Tests.House;

/// <summary>
/// Parts of a document that a test writes, between <c>&lt;!-- begin: name --&gt;</c> and <c>&lt;!-- end: name --&gt;</c>.
/// </summary>
internal static class Markers
{
    public static string Get(string document, string name)
    {
        (int start, int end) = Find(document, name);
        return document[start..end].Trim('\n');
    }

    public static string Set(string document, string name, string content)
    {
        (int start, int end) = Find(document, name);
        return $"{document[..start]}\n{content.Trim('\n')}\n\n{document[end..]}";
    }

    private static (int Start, int End) Find(string document, string name)
    {
        string begin = $"<!-- begin: {name} -->\n";
        int start = document.IndexOf(begin, StringComparison.Ordinal);
        int end = document.IndexOf($"<!-- end: {name} -->", StringComparison.Ordinal);
        Assert.True(start >= 0 && end > start, $"The markers 'begin: {name}' and 'end: {name}' are missing.");
        return (start + begin.Length, end);
    }
}
