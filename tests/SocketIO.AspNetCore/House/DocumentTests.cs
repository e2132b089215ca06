using WsProto.Tests.House;

namespace WsProto.SocketIO.AspNetCore.Tests.House;

public sealed class DocumentTests
{
    private const string Document = "docs/socketio.md";

    [Theory]
    [InlineData(Document)]
    [InlineData("docs/socketio-scaling.md")]
    public void Examples_are_compiled_code(string document)
    {
        Repository.Approve(document, CodeBlocks.Refresh(Repository.Read(document), Repository.Read));
        Assert.Equal(0, CodeBlocks.CountUnmarked(Repository.Read(document)));
    }

    [Fact]
    public void Demands_name_the_tests_that_cite_them() => Repository.Approve(
        Document,
        DemandTable.Refresh(
            Repository.Read(Document),
            typeof(DocumentTests).Assembly,
            Enumerable.Range(1, 34).Concat(Enumerable.Range(45, 4)).Select(number => $"Q{number:00}")));
}
