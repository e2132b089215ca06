using WsProto.Tests.House;

namespace WsProto.Adapters.Tests.House;

public class PublicApiTests
{
    [Fact]
    public void Public_api_is_the_approved_one() =>
        Repository.Approve("src/WsProto.Adapters/PublicApi.approved.txt", PublicApiText.Of(typeof(WsSession).Assembly));

    /// <summary>No rule of the protocol is decided outside the core, so the core's internals are of no use here.</summary>
    [Fact]
    public void The_core_does_not_show_its_internals_to_the_adapters() =>
        Assert.DoesNotContain(
            typeof(WsConnection).Assembly.GetCustomAttributesData(),
            attribute => attribute.ConstructorArguments is [{ Value: string name }, ..]
                && name.StartsWith("WsProto.Adapters", StringComparison.Ordinal));

    [Fact]
    public void The_adapters_depend_on_the_core_and_the_runtime_alone() =>
        Assert.All(
            typeof(WsSession).Assembly.GetReferencedAssemblies(),
            // Counting coverage adds netstandard.
            reference => Assert.True(
                reference.Name is "WsProto" or "netstandard" || reference.Name!.StartsWith("System", StringComparison.Ordinal),
                reference.Name));
}
