using WsProto.Tests.House;

namespace WsProto.Interop.Tests.House;

public sealed class DocumentTests
{
    private const string Document = "docs/socketio-scaling.md";

    [Fact]
    public void Demands_name_the_tests_that_cite_them() => Repository.Approve(
        Document,
        DemandTable.Refresh(Repository.Read(Document), typeof(DocumentTests).Assembly, ["Q34", "Q35"], "demands of proxies"));
}
