using System.Text;
using WsProto.Adapters.Sessions;
using WsProto.Tests.House;

namespace WsProto.Adapters.Tests.House;

public sealed class CloseTableTests
{
    private const string Document = "ARCHITECTURE.md";

    [Fact]
    public void The_document_shows_the_closing_handshake_as_it_is() =>
        Repository.Approve(Document, Markers.Set(Repository.Read(Document), "close table", Table()));

    /// <summary>A line for each trigger, a column for each state; a dash where the trigger changes nothing.</summary>
    private static string Table()
    {
        CloseState[] states = Enum.GetValues<CloseState>();
        var text = new StringBuilder();
        text.Append("| Trigger | ").AppendJoin(" | ", states).Append(" |\n");
        text.Append("|---|").Insert(text.Length, "---|", states.Length).Append('\n');
        foreach (CloseTrigger trigger in Enum.GetValues<CloseTrigger>())
        {
            IEnumerable<string> cells = states.Select(state => CloseHandshake.Next(state, trigger)?.ToString() ?? "–");
            text.Append("| ").Append(trigger).Append(" | ").AppendJoin(" | ", cells).Append(" |\n");
        }

        return text.ToString();
    }
}
