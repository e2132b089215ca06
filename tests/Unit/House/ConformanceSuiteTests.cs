using System.Text;
using System.Text.RegularExpressions;
using WsProto.Tests.Conformance;

namespace WsProto.Tests.House;

public partial class ConformanceSuiteTests
{
    private const string Document = "docs/conformance-suite.md";

    [Fact]
    public void The_table_of_the_conformance_suite_shows_how_its_cases_went() =>
        Repository.Approve(Document, Markers.Set(Repository.Read(Document), "results", Table()));

    /// <summary>1 to 10 have 301 cases, 12 has 90 and 13 has 126; 8 and 11 have none.</summary>
    [Fact]
    public void All_cases_of_the_conformance_suite_are_here()
    {
        Assert.Equal([(1, 16), (2, 11), (3, 7), (4, 10), (5, 20), (6, 145), (7, 37), (9, 54), (10, 1), (12, 90), (13, 126)],
            Suite.All.GroupBy(one => int.Parse(one.Id.Split('.')[0], System.Globalization.CultureInfo.InvariantCulture))
                .Select(chapter => (chapter.Key, chapter.Count()))
                .OrderBy(chapter => chapter));
        Assert.Equal(517, Suite.All.Select(one => one.Id).Distinct().Count());
    }

    [Fact]
    public void The_tests_that_stand_for_other_cases_are_there()
    {
        string[] tests =
        [
            .. from type in typeof(ConformanceSuiteTests).Assembly.GetTypes()
               from method in type.GetMethods()
               where method.IsDefined(typeof(FactAttribute), inherit: false)
               select $"{type.FullName!["WsProto.Tests.".Length..]}.{method.Name}",
        ];
        string[] named =
        [
            .. TestName().Matches(Markers.Get(Repository.Read(Document), "others")).Select(match => match.Groups["name"].Value),
        ];
        Assert.NotEmpty(named);
        Assert.Empty(named.Except(tests));
    }

    private static string Table()
    {
        var text = new StringBuilder("| Id | What is sent | Server | Client |\n|---|---|---|---|\n");
        foreach (SuiteCase one in Suite.All)
        {
            text.Append("| ")
                .Append(one.Id)
                .Append(" | ")
                .Append(one.Sends)
                .Append(one.Informational is null ? "" : $" – {one.Informational}")
                .Append(" | ")
                .Append(Suite.ResultOf(one, ConnectionRole.Server))
                .Append(" | ")
                .Append(Suite.ResultOf(one, ConnectionRole.Client))
                .Append(" |\n");
        }

        return text.ToString();
    }

    [GeneratedRegex("`(?<name>[\\w.]+)`")]
    private static partial Regex TestName();
}
