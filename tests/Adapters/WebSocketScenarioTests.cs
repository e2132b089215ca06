using System.Text;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>
/// The same over the base class library's WebSocket and over ours: states, results and exceptions, and what the peer saw.
/// </summary>
[OneTransport(OneTransportReason.ComparesWithDotNet)]
public sealed class WebSocketScenarioTests
{
    private const string Document = "docs/as-websocket.md";
    private const string Begin = "<!-- begin: differences -->\n";
    private const string End = "<!-- end: differences -->";

    public static TheoryData<string, ConnectionRole> Scenarios()
    {
        var data = new TheoryData<string, ConnectionRole>();
        foreach (WebSocketScenario scenario in WebSocketScenarios.All)
        {
            data.Add(scenario.Name, ConnectionRole.Client);
            data.Add(scenario.Name, ConnectionRole.Server);
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public async Task Ours_does_what_the_base_class_library_does_except_where_the_table_says_so(string name, ConnectionRole role)
    {
        WebSocketScenario scenario = WebSocketScenarios.All.Single(scenario => scenario.Name == name);
        IReadOnlyList<string> theirs = await WebSocketBench.RunAsync(scenario, ours: false, role);
        IReadOnlyList<string> ours = await WebSocketBench.RunAsync(scenario, ours: true, role);

        Assert.Equal(theirs.Count, ours.Count);
        Assert.Equal(WebSocketDifferences.Of(name, role), theirs.Zip(ours).Where(step => step.First != step.Second));
    }

    [Fact]
    public void Every_difference_belongs_to_a_scenario()
    {
        string[] names = [.. WebSocketScenarios.All.Select(scenario => scenario.Name)];
        Assert.Distinct(names);
        Assert.All(WebSocketDifferences.All.SelectMany(difference => difference.Cases), c => Assert.Contains(c.Scenario, names));
    }

    [Fact]
    public async Task The_differences_are_in_the_documents()
    {
        string path = Path.Combine(Root(), Document);
        string document = (await File.ReadAllTextAsync(path)).ReplaceLineEndings("\n");
        int start = document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = document.IndexOf(End, StringComparison.Ordinal);
        string expected = $"{document[..start]}\n{Render()}\n{document[end..]}";
        if (Environment.GetEnvironmentVariable("WSPROTO_ACCEPT") == "1")
            await File.WriteAllTextAsync(path, expected);
        else
            Assert.Equal(expected, document);
    }

    private static string Render()
    {
        var text = new StringBuilder();
        text.Append(FormattableString.Invariant($"{WebSocketScenarios.All.Count} scenarios in both roles; after each step, the state.\n"));
        foreach (WebSocketDifference difference in WebSocketDifferences.All)
        {
            text.Append(FormattableString.Invariant($"\n**{difference.Title}** {difference.Reason}\n\n"));
            text.Append("| scenario | `WebSocket.CreateFromStream` | `AsWebSocket()` |\n|---|---|---|\n");
            foreach (WebSocketDifferenceCase c in difference.Cases)
            {
                string role = c.Role is { } only ? $", as {only.ToString().ToLowerInvariant()}" : "";
                text.Append(FormattableString.Invariant(
                    $"| {c.Scenario}{role} | {Join(c.Steps.Select(step => step.Theirs))} | {Join(c.Steps.Select(step => step.Ours))} |\n"));
            }
        }

        return text.ToString();
    }

    private static string Join(IEnumerable<string> steps) => string.Join("<br>", steps);

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "WsProto.sln")))
            folder = folder.Parent;
        return folder.FullName;
    }
}
