using WsProto.Tests.House;

namespace WsProto.SocketIO.Redis.Tests.House;

/// <summary>What the package shows, what it stands on, and what its README says.</summary>
public class HouseTests
{
    private const string Readme = "src/WsProto.SocketIO.Redis/README.md";
    private const string Document = "docs/socketio-scaling.md";

    [Fact]
    public void Public_api_is_the_approved_one() => Repository.Approve(
        "src/WsProto.SocketIO.Redis/PublicApi.approved.txt", PublicApiText.Of(typeof(RedisSocketIOBackplane).Assembly));

    [Fact]
    public void Examples_are_compiled_code()
    {
        Repository.Approve(Readme, CodeBlocks.Refresh(Repository.Read(Readme), Repository.Read));
        Assert.Equal(0, CodeBlocks.CountUnmarked(Repository.Read(Readme)));
    }

    [Fact]
    public void Demands_name_the_tests_that_cite_them() => Repository.Approve(
        Document,
        DemandTable.Refresh(
            Repository.Read(Document), typeof(HouseTests).Assembly, ["Q45", "Q46", "Q47", "Q48"], "demands of servers"));

    [Fact]
    public void Nothing_else_depends_on_the_client_of_Redis() =>
        Assert.All(
            [typeof(SocketIOBackplane).Assembly, typeof(AspNetCore.SocketIOOptions).Assembly],
            assembly => Assert.DoesNotContain(assembly.GetReferencedAssemblies(), reference => reference.Name == "StackExchange.Redis"));
}
