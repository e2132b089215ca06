// Which test proves which row. Tests say it with traits; they are read from the source text, as the test projects do not refer to
// each other. ConformanceTests compares the reading with what reflection finds in this assembly.

using System.Reflection;
using System.Text.RegularExpressions;

namespace WsProto.Tests.House;

/// <summary>One trait on one test.</summary>
/// <param name="Name">MUST, wsproto or Register.</param>
/// <param name="Value">The id of a row.</param>
/// <param name="Test">Folder, class and method.</param>
/// <param name="IsSkipped">Whether the test never runs, and so proves nothing.</param>
internal readonly record struct TestTrait(string Name, string Value, string Test, bool IsSkipped);

internal static partial class Traits
{
    private static readonly string[] _names = ["MUST", "wsproto", "Register"];

    /// <summary>All traits in the sources below a folder of the repository.</summary>
    public static IEnumerable<TestTrait> InSources(string folder) =>
        Directory.EnumerateFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains($"{Path.DirectorySeparatorChar}obj{Path.DirectorySeparatorChar}", StringComparison.Ordinal))
            .SelectMany(path => InSource(File.ReadAllText(path)));

    /// <summary>All traits on the tests of an assembly.</summary>
    public static IEnumerable<TestTrait> InAssembly(Assembly assembly) =>
        from type in assembly.GetTypes()
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
        from trait in method.CustomAttributes
        where trait.AttributeType == typeof(TraitAttribute)
        let name = (string)trait.ConstructorArguments[0].Value!
        where _names.Contains(name)
        select new TestTrait(
            name,
            (string)trait.ConstructorArguments[1].Value!,
            FullName(type.Namespace!, type.Name, method.Name),
            method.GetCustomAttribute<FactAttribute>()?.Skip is not null);

    public static IEnumerable<TestTrait> InSource(string source)
    {
        string space = "";
        string type = "";
        bool skipped = false;
        var pending = new List<(string Name, string Value)>();
        foreach (string line in source.Split('\n').Select(line => line.Trim()))
        {
            if (line.StartsWith('['))
            {
                skipped |= SkipArgument().IsMatch(line);
                pending.AddRange(Trait()
                    .Matches(line)
                    .Select(match => (match.Groups["name"].Value, match.Groups["value"].Value))
                    .Where(trait => _names.Contains(trait.Item1)));
                continue;
            }

            if (Namespace().Match(line) is { Success: true } inside)
                space = inside.Groups["name"].Value;
            else if (Class().Match(line) is { Success: true } begun)
                type = begun.Groups["name"].Value;
            else if (Method().Match(line) is { Success: true } method)
            {
                foreach ((string name, string value) in pending)
                    yield return new TestTrait(name, value, FullName(space, type, method.Groups["name"].Value), skipped);
            }
            else
                continue;
            pending.Clear();
            skipped = false;
        }
    }

    /// <summary>Without what all tests have in common: WsProto.Tests.Framing.A.B is Framing.A.B.</summary>
    private static string FullName(string space, string type, string method) =>
        string.Join('.', space.Split('.').Where(part => part is not ("WsProto" or "Tests" or "")).Append(type).Append(method));

    [GeneratedRegex("^namespace (?<name>[\\w.]+);")]
    private static partial Regex Namespace();

    [GeneratedRegex(
        "^(public |internal |private |file |sealed |static |abstract |partial )*(class|record|struct) (?<name>\\w+)",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Class();

    [GeneratedRegex("^public [^(=]*?\\b(?<name>\\w+)(<[^>]*>)?\\(", RegexOptions.ExplicitCapture)]
    private static partial Regex Method();

    [GeneratedRegex("\\bTrait\\(\"(?<name>\\w+)\", \"(?<value>[^\"]+)\"\\)")]
    private static partial Regex Trait();

    [GeneratedRegex("^\\[(\\w+, )*\\w*(Fact|Theory)\\(.*\\bSkip = ", RegexOptions.ExplicitCapture)]
    private static partial Regex SkipArgument();
}
