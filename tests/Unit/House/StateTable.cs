using System.Text;

namespace WsProto.Tests.House;

/// <summary>The rows of a state machine as they stand in a document.</summary>
internal static class StateTable
{
    /// <summary>A line for each trigger, a column for each state; a dash where the trigger is refused, or cannot come about.</summary>
    public static string Table<TState, TTrigger>(IEnumerable<(TState From, TTrigger Trigger, TState To)> rows)
        where TState : struct, Enum
        where TTrigger : struct, Enum
    {
        TState[] states = Enum.GetValues<TState>();
        var next = rows.ToDictionary(row => (row.From, row.Trigger), row => row.To);
        var text = new StringBuilder();
        text.Append("| Trigger | ").AppendJoin(" | ", states).Append(" |\n");
        text.Append("|---|").Insert(text.Length, "---|", states.Length).Append('\n');
        foreach (TTrigger trigger in Enum.GetValues<TTrigger>())
        {
            IEnumerable<string> cells = states.Select(state => next.TryGetValue((state, trigger), out TState to) ? to.ToString() : "–");
            text.Append("| ").Append(trigger).Append(" | ").AppendJoin(" | ", cells).Append(" |\n");
        }

        return text.ToString();
    }

    /// <summary>
    /// The moves from one state to another; what leaves the state as it is stands in the table only, and so does one trigger.
    /// </summary>
    /// <param name="rows">All rows.</param>
    /// <param name="beginning">The lines for what leads to the first state.</param>
    /// <param name="fromEverywhere">The trigger that is left out, as it leads to the last state from everywhere.</param>
    public static string Diagram<TState, TTrigger>(
        IEnumerable<(TState From, TTrigger Trigger, TState To)> rows, string beginning, TTrigger fromEverywhere)
        where TState : struct, Enum
        where TTrigger : struct, Enum
    {
        var text = new StringBuilder($"```mermaid\nstateDiagram-v2\n{beginning}");
        var moves = rows.Where(row => !row.From.Equals(row.To) && !row.Trigger.Equals(fromEverywhere)).GroupBy(row => (row.From, row.To));
        foreach (var move in moves)
        {
            string triggers = string.Join(", ", move.Select(row => row.Trigger));
            text.Append("    ").Append(move.Key.From).Append(" --> ").Append(move.Key.To).Append(": ").Append(triggers).Append('\n');
        }

        return text.Append("    Closed --> [*]\n```").ToString();
    }
}
