using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using WsProto.Tests.House;

namespace WsProto.Docs.Tests.Reference;

/// <summary>Every option of every options type: its default is read from an object, its meaning from the documentation.</summary>
internal static class OptionTables
{
    public static string All()
    {
        var text = new StringBuilder();
        foreach (Assembly assembly in Packages.Assemblies)
        {
            Type[] types = [.. Packages.PublicTypes(assembly).Where(IsOptions)];
            if (types.Length == 0)
                continue;
            text.Append($"## {Packages.NameOf(assembly)}\n\n");
            foreach (Type type in types)
                text.Append($"### {type.Name}\n\n{Wrap(XmlDocs.Summary(DocId.Of(type)))}\n\n{Table(type)}\n");
        }

        return text.ToString();
    }

    private static bool IsOptions(Type type) =>
        (type.Name.EndsWith("Options", StringComparison.Ordinal) || type == typeof(PerMessageDeflate))
        && type.GetConstructor([]) is not null;

    /// <summary>Breaks a paragraph into lines of at most 140 columns.</summary>
    private static string Wrap(string text)
    {
        var lines = new List<string> { "" };
        foreach (string word in text.Split(' '))
        {
            if (lines[^1].Length + word.Length >= 140)
                lines.Add("");
            lines[^1] += lines[^1].Length == 0 ? word : $" {word}";
        }

        return string.Join('\n', lines);
    }

    private static string Table(Type type)
    {
        object defaults = Activator.CreateInstance(type)!;
        var text = new StringBuilder("| Option | Type | Default | Meaning |\n|---|---|---|---|\n");
        PropertyInfo[] options = type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);
        foreach (PropertyInfo option in options.Where(IsSet).OrderBy(option => option.MetadataToken))
        {
            string name = TypeNames.Of(option).Replace("|", "\\|", StringComparison.Ordinal);
            text.Append($"| `{option.Name}` | `{name}` | {Value(option.GetValue(defaults))} | {XmlDocs.Summary(DocId.Of(option))} |\n");
        }

        return text.ToString();
    }

    /// <summary>A list without a setter is filled where it is.</summary>
    private static bool IsSet(PropertyInfo option) =>
        option.SetMethod?.IsPublic == true || typeof(IEnumerable).IsAssignableFrom(option.PropertyType);

    private static string Value(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        TimeSpan span when span == Timeout.InfiniteTimeSpan => "infinite",
        TimeSpan span when span.TotalSeconds >= 1 || span == TimeSpan.Zero => Number($"{span.TotalSeconds:#,0.###} s"),
        TimeSpan span => Number($"{span.TotalMilliseconds:#,0.###} ms"),
        int or long or double => Number($"{value:#,0.###}"),
        string { Length: 0 } => "empty",
        string name => $"`{name}`",
        Enum member => $"`{member}`",
        Version version => version.ToString(2),
        TimeProvider => "the system's",
        IEnumerable list when !list.Cast<object>().Any() => "empty",
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(item => $"`{item}`")),
        _ when value.GetType().Name.EndsWith("Options", StringComparison.Ordinal) => "its defaults",
        _ => "see the meaning",
    };

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
