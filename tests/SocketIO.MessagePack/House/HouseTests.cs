using WsProto.Tests.House;

namespace WsProto.SocketIO.MessagePack.Tests.House;

/// <summary>What the package shows, what it stands on, and what its README says.</summary>
public class HouseTests
{
    private const string Readme = "src/WsProto.SocketIO.MessagePack/README.md";

    [Fact]
    public void Public_api_is_the_approved_one() => Repository.Approve(
        "src/WsProto.SocketIO.MessagePack/PublicApi.approved.txt", PublicApiText.Of(typeof(MessagePackSocketIOParser).Assembly));

    [Fact]
    public void Examples_are_compiled_code()
    {
        Repository.Approve(Readme, CodeBlocks.Refresh(Repository.Read(Readme), Repository.Read));
        Assert.Equal(0, CodeBlocks.CountUnmarked(Repository.Read(Readme)));
    }

    [Fact]
    public void Nothing_else_depends_on_the_package_MessagePack() =>
        Assert.All(
            [typeof(SocketIOParser).Assembly, typeof(AspNetCore.SocketIOOptions).Assembly],
            assembly => Assert.DoesNotContain(assembly.GetReferencedAssemblies(), reference => reference.Name == "MessagePack"));
}
