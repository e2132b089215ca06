using System.Text;

namespace WsProto.Tests.House;

public class StateTableTests
{
    private const string Document = "ARCHITECTURE.md";

    [Fact]
    public void Architecture_shows_the_state_machine_as_it_is()
    {
        string text = Markers.Set(Repository.Read(Document), "state table", Table());
        Repository.Approve(Document, Markers.Set(text, "state diagram", Diagram()));
    }

    /// <summary>A line for each trigger, a column for each state; a dash where the trigger is refused, or cannot come about.</summary>
    private static string Table()
    {
        ConnectionState[] states = Enum.GetValues<ConnectionState>();
        var next = StateMachine.Rows().ToDictionary(row => (row.From, row.Trigger), row => row.To);
        var text = new StringBuilder();
        text.Append("| Trigger | ").AppendJoin(" | ", states).Append(" |\n");
        text.Append("|---|").Insert(text.Length, "---|", states.Length).Append('\n');
        foreach (Trigger trigger in Enum.GetValues<Trigger>())
        {
            IEnumerable<string> cells = states.Select(state => next.TryGetValue((state, trigger), out ConnectionState to) ? to.ToString() : "–");
            text.Append("| ").Append(trigger).Append(" | ").AppendJoin(" | ", cells).Append(" |\n");
        }

        return text.ToString();
    }

    /// <summary>The moves from one state to another; what leaves the state as it is stands in the table only, and so does Dispose.</summary>
    private static string Diagram()
    {
        var text = new StringBuilder("```mermaid\nstateDiagram-v2\n    [*] --> Connecting\n    [*] --> Open: Established\n");
        foreach (var move in StateMachine.Rows().Where(row => row.From != row.To && row.Trigger != Trigger.Dispose).GroupBy(row => (row.From, row.To)))
            text.Append("    ").Append(move.Key.From).Append(" --> ").Append(move.Key.To).Append(": ").AppendJoin(", ", move.Select(row => row.Trigger)).Append('\n');
        return text.Append("    Closed --> [*]\n```").ToString();
    }
}
