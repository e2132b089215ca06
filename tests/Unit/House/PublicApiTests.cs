namespace WsProto.Tests.House;

public class PublicApiTests
{
    [Fact]
    public void Public_api_is_the_approved_one() =>
        Repository.Approve("src/WsProto/PublicApi.approved.txt", PublicApiText.Of(typeof(WsConnection).Assembly));

    [Fact]
    public void Public_api_for_testing_is_the_approved_one() =>
        Repository.Approve("src/WsProto.Testing/PublicApi.approved.txt", PublicApiText.Of(typeof(Link).Assembly));

    /// <summary>What tests the core from outside must not know its inside, and nor could its users.</summary>
    [Fact]
    public void The_core_does_not_show_its_internals_to_the_package_for_testing() =>
        Assert.DoesNotContain(
            typeof(WsConnection).Assembly.GetCustomAttributesData(),
            attribute => attribute.ConstructorArguments is [{ Value: "WsProto.Testing" }, ..]);
}
