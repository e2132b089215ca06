namespace WsProto.Tests.House;

public class PublicApiTests
{
    [Fact]
    public void Public_api_is_the_approved_one() =>
        Repository.Approve("src/WsProto/PublicApi.approved.txt", PublicApiText.Of(typeof(WsConnection).Assembly));
}
