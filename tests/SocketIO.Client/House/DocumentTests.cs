using WsProto.Tests.House;

namespace WsProto.SocketIO.Client.Tests.House;

public sealed class DocumentTests
{
    private const string Document = "docs/socketio-client.md";

    private const string Readme = "src/WsProto.SocketIO.Client/README.md";

    [Fact]
    public void Public_api_is_the_approved_one() =>
        Repository.Approve("src/WsProto.SocketIO.Client/PublicApi.approved.txt", PublicApiText.Of(typeof(SocketIOClient).Assembly));

    /// <summary>The README has one program of its own, which .ci/packages.py runs.</summary>
    [Theory]
    [InlineData(Document, 0)]
    [InlineData(Readme, 1)]
    public void Examples_are_compiled_code(string document, int own)
    {
        Repository.Approve(document, CodeBlocks.Refresh(Repository.Read(document), Repository.Read));
        Assert.Equal(own, CodeBlocks.CountUnmarked(Repository.Read(document)));
    }

    [Fact]
    public void Demands_name_the_tests_that_cite_them() => Repository.Approve(
        Document,
        DemandTable.Refresh(
            Repository.Read(Document), typeof(DocumentTests).Assembly, Enumerable.Range(1, 48).Select(number => $"Q{number:00}")));
}
