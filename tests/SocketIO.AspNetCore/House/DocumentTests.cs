using WsProto.Tests.House;

namespace WsProto.SocketIO.AspNetCore.Tests.House;

public sealed class DocumentTests
{
    private const string Document = "docs/socketio.md";

    [Fact]
    public void Examples_are_compiled_code()
    {
        Repository.Approve(Document, CodeBlocks.Refresh(Repository.Read(Document), Repository.Read));
        Assert.Equal(0, CodeBlocks.CountUnmarked(Repository.Read(Document)));
    }

    [Fact]
    public void Demands_name_the_tests_that_cite_them() => Repository.Approve(
        Document,
        DemandTable.Refresh(
            Repository.Read(Document), typeof(DocumentTests).Assembly, Enumerable.Range(1, 34).Select(number => $"Q{number:00}")));
}
