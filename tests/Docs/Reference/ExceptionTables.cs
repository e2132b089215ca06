using System.Reflection;
using System.Text;
using System.Xml.Linq;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests.Reference;

/// <summary>Which member throws what, by the documentation of each public member.</summary>
internal static class ExceptionTables
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string All()
    {
        var text = new StringBuilder();
        foreach (Assembly assembly in Packages.Assemblies)
        {
            string tables = string.Concat(Packages.PublicTypes(assembly).Select(Table));
            if (tables.Length > 0)
                text.Append($"## {Packages.NameOf(assembly)}\n\n{tables}");
        }

        return text.ToString();
    }

    private static string Table(Type type)
    {
        string[] rows = [.. type.GetMembers(Declared).Where(IsVisible).SelectMany(Rows).Distinct().Order(StringComparer.Ordinal)];
        return rows.Length == 0
            ? ""
            : $"### {TypeNames.Of(type)}\n\n| Member | Throws | When |\n|---|---|---|\n{string.Join('\n', rows)}\n\n";
    }

    private static IEnumerable<string> Rows(MemberInfo member) =>
        XmlDocs.Of(DocId.Of(member), "exception").Select(thrown => Row(member, thrown));

    private static string Row(MemberInfo member, XElement thrown) =>
        $"| `{NameOf(member)}` | `{XmlDocs.ShortName(thrown.Attribute("cref")!.Value)}` | {XmlDocs.Text(thrown)} |";

    private static string NameOf(MemberInfo member) => member switch
    {
        MethodBase method =>
            $"{(method.IsConstructor ? $"new {TypeNames.BareName(method.DeclaringType!)}" : method.Name)}({Parameters(method)})",
        _ => member.Name,
    };

    /// <summary>Enough to tell overloads apart.</summary>
    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters()
        .Where(parameter => parameter.ParameterType != typeof(CancellationToken)).Select(parameter => parameter.Name));

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly,
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsVisible),
        _ => false,
    };
}
