using System.Collections.Concurrent;

namespace WsProto.Tests.Conformance;

/// <summary>All cases of the community's suite, and how they went. A case runs once, for its test and for the table of results.</summary>
internal static class Suite
{
    private static readonly ConcurrentDictionary<(string Id, ConnectionRole Role), Lazy<Exception?>> _outcomes = new();

    public static IReadOnlyList<SuiteCase> All { get; } =
    [
        .. FramingSuiteTests.Cases, .. PingSuiteTests.Cases, .. ReservedSuiteTests.Cases, .. FragmentationSuiteTests.Cases,
        .. Utf8SuiteTests.Cases, .. ClosingSuiteTests.Cases, .. LimitsSuiteTests.Cases, .. CompressionSuiteTests.Cases,
    ];

    /// <summary>The cases for both roles, as the data of a theory.</summary>
    public static TheoryData<string, ConnectionRole> InBothRoles(IEnumerable<SuiteCase> cases)
    {
        var data = new TheoryData<string, ConnectionRole>();
        foreach (SuiteCase one in cases)
        {
            data.Add(one.Id, ConnectionRole.Server);
            data.Add(one.Id, ConnectionRole.Client);
        }

        return data;
    }

    /// <summary>Wants a case to pass.</summary>
    public static void Passes(string id, ConnectionRole role)
    {
        if (OutcomeOf(id, role) is { } failure)
            Assert.Fail($"{id} with the {role} under test: {failure}");
    }

    /// <summary>The result in the words of the suite.</summary>
    public static string ResultOf(SuiteCase one, ConnectionRole role) =>
        OutcomeOf(one.Id, role) is not null ? "FAILED" : one.Informational is null ? "OK" : "INFORMATIONAL";

    private static Exception? OutcomeOf(string id, ConnectionRole role) =>
        _outcomes.GetOrAdd(
            (id, role),
            key => new Lazy<Exception?>(() => Record.Exception(() => All.Single(one => one.Id == key.Id).Run(key.Role)))).Value;
}
