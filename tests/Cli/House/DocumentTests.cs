// docs/cli.md says what the program does.

using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using WsProto.Cli.Listen;
using WsProto.Tests.House;

namespace WsProto.Cli.Tests.House;

public sealed partial class DocumentTests
{
    private const string Document = "docs/cli.md";

    private static readonly string[] _provenElsewhere = ["L01", "L02", "L03", "L06"];

    [Fact]
    public void Demands_name_the_tests_that_cite_them()
    {
        var cited = typeof(DocumentTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttributesData()
                .Where(attribute => attribute.AttributeType == typeof(TraitAttribute)
                    && (string?)attribute.ConstructorArguments[0].Value == "Demand")
                .Select(attribute =>
                    (Demand: (string)attribute.ConstructorArguments[1].Value!, Test: $"`{method.DeclaringType!.Name}.{method.Name}`")))
            .GroupBy(citation => citation.Demand, citation => citation.Test)
            .ToDictionary(citations => citations.Key, citations => string.Join("<br>", citations.Order(StringComparer.Ordinal)));

        string text = Repository.Read(Document);
        string table = Markers.Get(text, "demands");
        string[] rows = [.. DemandRow().Matches(table).Select(row => row.Groups[1].Value)];
        Assert.Subset(rows.ToHashSet(), cited.Keys.ToHashSet());
        Assert.Equal(Enumerable.Range(1, 27).Select(number => string.Create(CultureInfo.InvariantCulture, $"L{number:00}")), rows);

        // A row has its tests; where none of this project cites it, it names tests of another, or what the gate runs.
        Assert.Equal(_provenElsewhere, rows.Where(row => !cited.ContainsKey(row)));
        Assert.All(
            DemandRow().Matches(table).Where(row => _provenElsewhere.Contains(row.Groups[1].Value)),
            row => AssertExists(row.Groups[3].Value));
        string refreshed = DemandRow().Replace(table, row =>
            $"| {row.Groups[1].Value} | {row.Groups[2].Value} | {cited.GetValueOrDefault(row.Groups[1].Value, row.Groups[3].Value)} |");
        Assert.DoesNotContain("|  |", refreshed, StringComparison.Ordinal);
        Repository.Approve(Document, Markers.Set(text, "demands", refreshed));
    }

    [Fact]
    public void Document_has_all_options_of_each_verb()
    {
        string text = Repository.Read(Document);
        var terminal = new Terminal(TextWriter.Null, TextWriter.Null, IsInteractive: false, HasColor: false, 80);
        foreach (Command verb in CommandLine.Root(terminal).Subcommands)
        {
            string chapter = text[text.IndexOf($"## {verb.Name}\n", StringComparison.Ordinal)..];
            int end = chapter.IndexOf("\n## ", StringComparison.Ordinal);
            chapter = end < 0 ? chapter : chapter[..end];
            Assert.All(verb.Options, option => Assert.Contains(
                option.Aliases.Concat([option.Name]),
                name => chapter.Contains("`" + name, StringComparison.Ordinal)));
            Assert.All(((VerbCommand)verb).Examples, example => Assert.Contains(example + "\n", chapter, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Document_has_all_misbehaviours()
    {
        IEnumerable<string> rows = Misbehaviour.All.Select(one => $"| `{one.Name}` | {one.Description} |\n");
        string text = Markers.Set(Repository.Read(Document), "misbehaviours", "| Name | What it is |\n|---|---|\n" + string.Concat(rows));
        Repository.Approve(Document, text);
    }

    /// <summary>Where a row names what is not of this project: a file of the repository, or a test of another.</summary>
    private static void AssertExists(string reason)
    {
        Match[] names = [.. Named().Matches(reason).Cast<Match>()];
        Assert.NotEmpty(names);
        foreach (Match name in names)
        {
            string text = name.Groups[1].Value;
            if (text.Contains('/', StringComparison.Ordinal))
            {
                Assert.True(File.Exists(Repository.PathOf(text)), text);
                continue;
            }

            string[] parts = text.Split('.');
            IEnumerable<string> files = new[] { "tests/Conformance", "tests/Interop" }.SelectMany(
                folder => Directory.GetFiles(Repository.PathOf(folder), parts[0] + ".cs", SearchOption.AllDirectories));
            string source = File.ReadAllText(Assert.Single(files));
            Assert.True(parts.Length == 1 || source.Contains($" {parts[1]}(", StringComparison.Ordinal), text);
        }
    }

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Named();

    [GeneratedRegex(@"^\| (L\d\d) \| ([^|]*) \| ?([^|\n]*?) ?\|$", RegexOptions.Multiline)]
    private static partial Regex DemandRow();
}
