// docs/engineio.md says what the code says.

using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using WsProto.Tests.House;

namespace WsProto.EngineIO.Tests.House;

public sealed partial class DocumentTests
{
    private const string Document = "docs/engineio.md";

    private static readonly string[] _transports = ["Polling", "WebSocket"];

    [Fact]
    public void Document_shows_the_state_machine_as_it_is()
    {
        string text = Markers.Set(Repository.Read(Document), "state table", StateTable.Table(StateMachine.Rows()));
        string diagram = StateTable.Diagram(StateMachine.Rows(), "    [*] --> Opening\n", Trigger.End);
        Repository.Approve(Document, Markers.Set(text, "state diagram", diagram));
    }

    [Fact]
    public void Document_shows_the_state_machine_of_the_client() => Repository.Approve(
        Document, Markers.Set(Repository.Read(Document), "client state table", StateTable.Table(ClientStateMachine.Rows())));

    [Fact]
    public void Document_shows_what_each_error_leads_to()
    {
        var text = new StringBuilder("| Error | Answer | Session | What was wrong |\n|---|---|---|---|\n");
        foreach (EngineIOError error in Enum.GetValues<EngineIOError>())
        {
            ErrorOutcome outcome = EngineIOErrors.Of(error);
            string answer = outcome.Status is { } status
                ? $"{status} `{{\"code\":{outcome.Code},\"message\":\"{outcome.Message}\"}}`"
                : "–";
            string end = outcome.Ends is { } reason
                ? $"ends: {reason.ToProtocolText()}, {EngineIOErrors.WebSocketCode(error, reason)}"
                : "–";
            text.Append(CultureInfo.InvariantCulture, $"| `{error}` | {answer} | {end} | {outcome.Description} |\n");
        }

        Repository.Approve(Document, Markers.Set(Repository.Read(Document), "errors", text.ToString()));
    }

    [Fact]
    public void Document_has_all_options_with_their_defaults()
    {
        EngineIOServerOptions defaults = new();
        IEnumerable<string> expected =
            typeof(EngineIOServerOptions).GetProperties().Select(property => $"{property.Name} {Default(property.GetValue(defaults))}");
        IEnumerable<string> actual = OptionRow()
            .Matches(Markers.Get(Repository.Read(Document), "options"))
            .Select(row => $"{row.Groups[1].Value} {row.Groups[2].Value}");
        Assert.Equal(expected.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Demands_name_the_tests_that_cite_them() => Repository.Approve(
        Document,
        DemandTable.Refresh(
            Repository.Read(Document), typeof(DocumentTests).Assembly, Enumerable.Range(1, 48).Select(number => $"Q{number:00}")));

    [Fact]
    public void Examples_are_compiled_code()
    {
        Repository.Approve(Document, CodeBlocks.Refresh(Repository.Read(Document), Repository.Read));
        Assert.Equal(0, CodeBlocks.CountUnmarked(Repository.Read(Document)));
    }

    private static string Default(object? value) => value switch
    {
        null => "none",
        TimeSpan time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds} s"),
        int or long => string.Create(CultureInfo.InvariantCulture, $"{value:N0}"),
        bool => value is true ? "true" : "false",
        EngineIOTransports transports =>
            string.Join(", ", _transports.Where(name => transports.HasFlag(Enum.Parse<EngineIOTransports>(name)))),
        EngineIOOrigins origins when ReferenceEquals(origins, EngineIOOrigins.SameOrigin) => "SameOrigin",
        EngineIOCorsOptions cors when cors == new EngineIOCorsOptions() => "without credentials",
        string { Length: 0 } => "empty",
        System.Collections.ICollection { Count: 0 } => "none",
        _ => throw new InvalidOperationException($"How is {value} written?"),
    };

    [GeneratedRegex(@"^\| `(\w+)` \| ([^|]*) \|", RegexOptions.Multiline)]
    private static partial Regex OptionRow();
}
