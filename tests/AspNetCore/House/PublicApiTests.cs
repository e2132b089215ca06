using WsProto.Tests.House;

namespace WsProto.AspNetCore.Tests.House;

public class PublicApiTests
{
    [Fact]
    public void Public_api_is_the_approved_one() =>
        Repository.Approve("src/WsProto.AspNetCore/PublicApi.approved.txt", PublicApiText.Of(typeof(WsEndpointOptions).Assembly));

    /// <summary>An arrow of the stack stands for the public API of what it points to.</summary>
    [Fact]
    public void Neither_the_core_nor_the_adapters_show_their_internals() =>
        Assert.DoesNotContain(
            new[] { typeof(WsConnection).Assembly, typeof(WsProto.Adapters.WsSession).Assembly }.SelectMany(
                assembly => assembly.GetCustomAttributesData()),
            attribute => attribute.ConstructorArguments is [{ Value: string name }, ..]
                && name.StartsWith("WsProto.AspNetCore", StringComparison.Ordinal));
}
