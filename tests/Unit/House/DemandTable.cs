using System.Reflection;
using System.Text.RegularExpressions;

namespace WsProto.Tests.House;

/// <summary>
/// A table of a document that says which test answers which demand, between markers. A row has the tests that cite it by a trait, or, where
/// none does, a reason that somebody wrote.
/// </summary>
internal static partial class DemandTable
{
    /// <summary>Puts the tests of an assembly into the table.</summary>
    /// <param name="text">The document.</param>
    /// <param name="tests">The assembly.</param>
    /// <param name="demands">The rows that have to be there.</param>
    /// <param name="name">The name of the markers, where a document has several such tables.</param>
    internal static string Refresh(string text, Assembly tests, IEnumerable<string> demands, string name = "demands")
    {
        var cited = tests.GetTypes()
            .SelectMany(type => type.GetMethods())
            .SelectMany(
                method => DemandsOf(method).Select(demand => (Demand: demand, Test: $"`{method.DeclaringType!.Name}.{method.Name}`")))
            .GroupBy(citation => citation.Demand, citation => citation.Test)
            .ToDictionary(citations => citations.Key, citations => string.Join("<br>", citations.Distinct().Order(StringComparer.Ordinal)));

        string table = Markers.Get(text, name);
        string[] rows = [.. Row().Matches(table).Select(row => row.Groups[1].Value)];
        Assert.Subset(rows.ToHashSet(), cited.Keys.ToHashSet());
        Assert.Equal(demands, rows.Order(StringComparer.Ordinal));
        string refreshed = Row().Replace(table, row =>
            $"| {row.Groups[1].Value} | {row.Groups[2].Value} | {cited.GetValueOrDefault(row.Groups[1].Value, row.Groups[3].Value)} |");
        Assert.DoesNotContain("|  |", refreshed, StringComparison.Ordinal);
        return Markers.Set(text, name, refreshed);
    }

    /// <summary>Those of Socket.IO, which begin with a Q: there are others.</summary>
    private static IEnumerable<string> DemandsOf(MethodInfo method) => method.GetCustomAttributesData()
        .Where(attribute => attribute.AttributeType == typeof(TraitAttribute) && attribute.ConstructorArguments[0].Value is "Demand")
        .Select(attribute => (string)attribute.ConstructorArguments[1].Value!)
        .Where(demand => demand.StartsWith('Q'));

    [GeneratedRegex(@"^\| (Q\d\d) \| ([^|]*) \| ?([^|\n]*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
