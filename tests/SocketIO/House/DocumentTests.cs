using System.Globalization;
using System.Text;
using System.Xml.Linq;
using WsProto.Tests.House;

namespace WsProto.SocketIO.Tests.House;

/// <summary>docs/socketio.md says what the core says.</summary>
public class DocumentTests
{
    private const string Document = "docs/socketio.md";

    [Fact]
    public void Document_shows_the_state_machine_as_it_is() =>
        Repository.Approve(Document, Markers.Set(Repository.Read(Document), "state table", StateTable.Table(StateMachine.Rows())));

    [Fact]
    public void Document_of_the_client_shows_its_state_machines_as_they_are()
    {
        const string Client = "docs/socketio-client.md";
        string text = Markers.Set(Repository.Read(Client), "connection table", StateTable.Table(ClientStateMachine.ConnectionRows()));
        Repository.Approve(Client, Markers.Set(text, "membership table", StateTable.Table(ClientStateMachine.MembershipRows())));
    }

    [Fact]
    public void Document_shows_what_each_error_is()
    {
        XElement[] members =
        [
            .. XDocument.Load(Path.ChangeExtension(typeof(SocketIOError).Assembly.Location, "xml")).Descendants("member"),
        ];
        var text = new StringBuilder("| Error | What was wrong |\n|---|---|\n");
        foreach (SocketIOError error in Enum.GetValues<SocketIOError>())
        {
            XElement summary = members.Single(member => member.Attribute("name")!.Value == $"F:WsProto.SocketIO.SocketIOError.{error}")
                .Element("summary")!;
            string words = string.Concat(summary.Nodes().Select(node => node is XElement { Name.LocalName: "see" } see
                ? $"`{see.Attribute("cref")!.Value.Split('.')[^1]}`"
                : node is XElement code ? $"`{code.Value}`" : node.ToString()));
            text.Append(CultureInfo.InvariantCulture, $"| `{error}` | {words.Trim()} |\n");
        }

        Repository.Approve(Document, Markers.Set(Repository.Read(Document), "errors", text.ToString()));
    }
}
