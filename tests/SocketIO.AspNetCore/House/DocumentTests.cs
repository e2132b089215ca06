using System.Reflection;
using System.Text.RegularExpressions;
using WsProto.Tests.House;

namespace WsProto.SocketIO.AspNetCore.Tests.House;

public sealed partial class DocumentTests
{
    private const string Document = "docs/socketio.md";

    [Fact]
    public void Examples_are_compiled_code()
    {
        Repository.Approve(Document, CodeBlocks.Refresh(Repository.Read(Document), Repository.Read));
        Assert.Equal(0, CodeBlocks.CountUnmarked(Repository.Read(Document)));
    }

    [Fact]
    public void Demands_name_the_tests_that_cite_them()
    {
        var cited = typeof(DocumentTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetCustomAttributesData()
                .Where(attribute => attribute.AttributeType == typeof(TraitAttribute) && (string?)attribute.ConstructorArguments[0].Value == "Demand")
                .Select(attribute => (Demand: (string)attribute.ConstructorArguments[1].Value!, Test: $"`{method.DeclaringType!.Name}.{method.Name}`")))
            .GroupBy(citation => citation.Demand, citation => citation.Test)
            .ToDictionary(citations => citations.Key, citations => string.Join("<br>", citations.Order(StringComparer.Ordinal)));

        string text = Repository.Read(Document);
        string table = Markers.Get(text, "demands");
        string[] rows = [.. DemandRow().Matches(table).Select(row => row.Groups[1].Value)];
        Assert.Subset(rows.ToHashSet(), cited.Keys.ToHashSet());
        Assert.Equal(Enumerable.Range(1, 34).Select(number => $"Q{number:00}"), rows.Order(StringComparer.Ordinal));

        // A row has its tests, or, where no test cites it, a reason that somebody wrote.
        string refreshed = DemandRow().Replace(table, row =>
            $"| {row.Groups[1].Value} | {row.Groups[2].Value} | {cited.GetValueOrDefault(row.Groups[1].Value, row.Groups[3].Value)} |");
        Assert.DoesNotContain("|  |", refreshed, StringComparison.Ordinal);
        Repository.Approve(Document, Markers.Set(text, "demands", refreshed));
    }

    [GeneratedRegex(@"^\| (Q\d\d) \| ([^|]*) \| ?([^|\n]*) \|$", RegexOptions.Multiline)]
    private static partial Regex DemandRow();
}
