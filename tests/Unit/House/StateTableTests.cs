namespace WsProto.Tests.House;

public class StateTableTests
{
    private const string Document = "ARCHITECTURE.md";

    [Fact]
    public void Architecture_shows_the_state_machine_as_it_is()
    {
        const string Beginning = "    [*] --> Connecting\n    [*] --> Open: Established\n";
        string text = Markers.Set(Repository.Read(Document), "state table", StateTable.Table(StateMachine.Rows()));
        string diagram = StateTable.Diagram(StateMachine.Rows(), Beginning, Trigger.Dispose);
        Repository.Approve(Document, Markers.Set(text, "state diagram", diagram));
    }
}
