using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using WsProto.Adapters.Tests.Support;
using WsProto.Tests.House;

namespace WsProto.Adapters.Tests.House;

/// <summary>Each test of a session runs over each kind of transport, or says why it cannot; README.md has the list.</summary>
public sealed partial class TransportTableTests
{
    private const string Document = "tests/Adapters/README.md";

    [Fact]
    public void Each_test_of_a_session_runs_over_each_transport_or_says_why_not() =>
        Assert.All(Tests(), test => Assert.True(
            test.IsDefined(typeof(EveryTransportAttribute)) != (ReasonOf(test) is not null), $"{test.DeclaringType!.Name}.{test.Name}"));

    [Fact]
    public void The_document_lists_the_tests_that_run_over_one_transport_alone() =>
        Repository.Approve(Document, Markers.Set(Repository.Read(Document), "transports", Table()));

    private static MethodInfo[] Tests() =>
    [
        .. typeof(TransportTableTests).Assembly.GetTypes()
            .Where(type => OfSessions().IsMatch(type.Name))
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(method => method.IsDefined(typeof(FactAttribute)))
            .OrderBy(method => method.DeclaringType!.Name, StringComparer.Ordinal)
            .ThenBy(method => method.Name, StringComparer.Ordinal),
    ];

    private static OneTransportReason? ReasonOf(MethodInfo test) =>
        (test.GetCustomAttribute<OneTransportAttribute>() ?? test.DeclaringType!.GetCustomAttribute<OneTransportAttribute>())?.Reason;

    /// <summary>A line for each reason, and the tests that give it; those of a class that gives it as one.</summary>
    private static string Table()
    {
        MethodInfo[] tests = Tests();
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{tests.Count(test => test.IsDefined(typeof(EveryTransportAttribute)))} tests run over ")
            .AppendJoin(", ", EveryTransportAttribute.Kinds)
            .Append(".\n");
        foreach (OneTransportReason reason in Enum.GetValues<OneTransportReason>())
        {
            string[] those =
            [
                .. tests.Where(test => ReasonOf(test) == reason)
                    .Select(test => test.IsDefined(typeof(OneTransportAttribute)) ? $"{test.DeclaringType!.Name}.{test.Name}"
                        : $"{test.DeclaringType!.Name}, all")
                    .Distinct(),
            ];
            text.Append(CultureInfo.InvariantCulture, $"\n**{reason}** ({those.Length})\n\n");
            foreach (string test in those)
                text.Append(CultureInfo.InvariantCulture, $"- `{test}`\n");
        }

        return text.ToString();
    }

    [GeneratedRegex("^(Session[A-Za-z]*|WsSessionGroup|WebSocket(Session|Stream|Consumer|Scenario))Tests$")]
    private static partial Regex OfSessions();
}
