using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace WsProto.Docs.Tests.Reference;

/// <summary>The XML documentation of the packages, as text for a cell of a Markdown table.</summary>
internal static partial class XmlDocs
{
    private static readonly Dictionary<string, XElement> _members = Load();

    /// <summary>The elements of a member, with those of the member that it inherits from; none where it has no documentation.</summary>
    public static IEnumerable<XElement> Of(string id, string element)
    {
        if (!_members.TryGetValue(id, out XElement? member))
            return [];
        XElement[] own = [.. member.Elements(element)];
        return own.Length > 0 || member.Element("inheritdoc")?.Attribute("cref") is not { } from ? own : Of(from.Value, element);
    }

    /// <summary>The summary as one line; fails where there is none, as every public member has one.</summary>
    public static string Summary(string id)
    {
        XElement? summary = Of(id, "summary").FirstOrDefault();
        Assert.True(summary is not null, $"{id} has no summary.");
        return Text(summary!);
    }

    /// <summary>The content of an element as one line of Markdown.</summary>
    public static string Text(XElement element)
    {
        var text = new StringBuilder();
        foreach (XNode node in element.Nodes())
            text.Append(node is XElement inner ? Inline(inner) : Escape(((XText)node).Value));
        return Space().Replace(text.ToString(), " ").Trim();
    }

    /// <summary>The last part of the name in an id: <c>P:A.B.C</c> is C, <c>M:A.B.D(System.String)</c> is D.</summary>
    public static string ShortName(string id)
    {
        string name = id[(id.IndexOf(':', StringComparison.Ordinal) + 1)..].Split('(')[0];
        string last = name[(name.LastIndexOf('.') + 1)..].Split('`')[0];
        return last == "#ctor" ? ShortName(name[..name.LastIndexOf('.')]) : last;
    }

    /// <summary>The name of a member, with its type where the documentation is that of another type.</summary>
    private static string NameFor(XElement place, string id)
    {
        string owner = TypeIn(place.Ancestors("member").Single().Attribute("name")!.Value);
        return id[0] == 'T' || TypeIn(id) == owner ? ShortName(id) : $"{ShortName(TypeIn(id))}.{ShortName(id)}";
    }

    private static string TypeIn(string id)
    {
        string name = id[2..].Split('(')[0];
        return $"T:{(id[0] == 'T' ? name : name[..name.LastIndexOf('.')])}";
    }

    private static string Inline(XElement element) => element.Name.LocalName switch
    {
        "see" or "seealso" when element.Attribute("cref") is { } to => element.IsEmpty ? $"`{NameFor(element, to.Value)}`" : Text(element),
        "see" when element.Attribute("langword") is { } word => $"`{word.Value}`",
        "see" when element.Attribute("href") is { } link => $"[{Text(element)}]({link.Value})",
        "paramref" or "typeparamref" => $"`{element.Attribute("name")!.Value}`",
        "c" => $"`{element.Value.Replace("|", "\\|", StringComparison.Ordinal)}`",
        "inheritdoc" => element.Attribute("cref") is not { } from
            ? ""
            : Of(from.Value, element.Parent!.Name.LocalName).Select(Text).FirstOrDefault() ?? "",
        "para" => $" {Text(element)} ",
        _ => Text(element),
    };

    private static string Escape(string text) =>
        text.Replace("|", "\\|", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace("*", "\\*", StringComparison.Ordinal);

    private static Dictionary<string, XElement> Load() => Packages.Assemblies
        .SelectMany(assembly => XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member"))
        .ToDictionary(member => member.Attribute("name")!.Value);

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
