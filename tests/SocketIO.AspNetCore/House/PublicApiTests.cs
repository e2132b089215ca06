using WsProto.Tests.House;

namespace WsProto.SocketIO.AspNetCore.Tests.House;

public class PublicApiTests
{
    [Fact]
    public void Public_api_is_the_approved_one() =>
        Repository.Approve("src/WsProto.SocketIO.AspNetCore/PublicApi.approved.txt", PublicApiText.Of(typeof(EngineIOConnection).Assembly));
}
