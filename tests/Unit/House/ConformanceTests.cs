using System.Collections.Frozen;
using System.Globalization;

namespace WsProto.Tests.House;

public class ConformanceTests
{
    private const string Document = "CONFORMANCE.md";

    /// <summary>Each table of the document, and the trait that cites its rows.</summary>
    private static readonly FrozenDictionary<string, string> _traitOf =
        new Dictionary<string, string> { ["rfc6455"] = "MUST", ["rfc7692"] = "MUST", ["wsproto"] = "wsproto", ["register"] = "Register" }
            .ToFrozenDictionary();

    private static readonly TestTrait[] _traits = [.. Traits.InSources("tests")];

    public static TheoryData<string> Tables => [.. _traitOf.Keys];

    [Fact]
    public void Conformance_names_the_tests_that_there_are()
    {
        string text = Repository.Read(Document);
        Repository.Approve(
            Document,
            _traitOf.Keys.Aggregate(text, (document, table) => Markers.Set(document, table, Read(document, table).ToString())));
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void Every_row_has_a_test_or_a_reason(string table) =>
        AssertNone(Read(table).Unproven, $"rows of the table {table} without a test");

    [Theory]
    [MemberData(nameof(Tables))]
    public void Every_trait_cites_a_row(string table)
    {
        IEnumerable<string> cited = _traits.Where(test => Cites(test, table)).Select(test => test.Value).Distinct();
        AssertNone(cited.Except(Read(table).Ids), $"traits that cite no row of the table {table}");
    }

    [Theory]
    [MemberData(nameof(Tables))]
    public void No_row_stands_twice_or_is_cut(string table)
    {
        ConformanceTable read = Read(table);
        Assert.Equal(read.Ids.Distinct(), read.Ids);
        Assert.Single(read.Rows.Select(row => row.Length).Distinct());
    }

    /// <summary>wsproto 1.3.2 has 178 test functions, which are 230 cases.</summary>
    [Fact]
    public void All_tests_of_wsproto_are_listed()
    {
        ConformanceTable read = Read("wsproto");
        Assert.Equal(178, read.Rows.Count);
        Assert.Equal(230, read.Rows.Sum(row => int.Parse(row[1], CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void Reading_the_sources_finds_what_reflection_finds() =>
        Assert.Equal(
            Traits.InAssembly(typeof(ConformanceTests).Assembly).Select(trait => trait.ToString()).Order(StringComparer.Ordinal),
            Traits.InSources("tests/Unit").Concat(Traits.InSources("tests/Support")).Select(trait => trait.ToString())
                .Order(StringComparer.Ordinal));

    private static ConformanceTable Read(string table) => Read(Repository.Read(Document), table);

    /// <summary>A test that is skipped proves nothing.</summary>
    private static ConformanceTable Read(string document, string table) =>
        new(
            Markers.Get(document, table),
            _traits.Where(test => Cites(test, table) && !test.IsSkipped).ToLookup(test => test.Value, test => test.Test));

    /// <summary>The two RFCs share a trait; the ids of the second begin with its number.</summary>
    private static bool Cites(TestTrait test, string table) =>
        test.Name == _traitOf[table]
        && (test.Name != "MUST" || test.Value.StartsWith("7692-", StringComparison.Ordinal) == (table == "rfc7692"));

    private static void AssertNone(IEnumerable<string> found, string what)
    {
        string[] all = [.. found];
        Assert.True(all.Length == 0, $"{all.Length} {what}: {string.Join(", ", all)}");
    }
}
