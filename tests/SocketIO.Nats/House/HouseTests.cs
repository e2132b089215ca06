using WsProto.Tests.House;

namespace WsProto.SocketIO.Nats.Tests.House;

/// <summary>What the package shows, what it stands on, and what its README says.</summary>
public class HouseTests
{
    private const string Readme = "src/WsProto.SocketIO.Nats/README.md";

    [Fact]
    public void Public_api_is_the_approved_one() => Repository.Approve(
        "src/WsProto.SocketIO.Nats/PublicApi.approved.txt", PublicApiText.Of(typeof(NatsSocketIOBackplane).Assembly));

    [Fact]
    public void Examples_are_compiled_code()
    {
        Repository.Approve(Readme, CodeBlocks.Refresh(Repository.Read(Readme), Repository.Read));
        Assert.Equal(0, CodeBlocks.CountUnmarked(Repository.Read(Readme)));
    }

    [Fact]
    public void Nothing_else_depends_on_the_client_of_NATS() =>
        Assert.All(
            [typeof(SocketIOBackplane).Assembly, typeof(AspNetCore.SocketIOOptions).Assembly],
            assembly => Assert.DoesNotContain(
                assembly.GetReferencedAssemblies(),
                reference => reference.Name!.StartsWith("NATS", StringComparison.Ordinal)));
}
