using WsProto.Tests.House;

namespace WsProto.SocketIO.AspNetCore.Testing.Tests.House;

public class PublicApiTests
{
    [Fact]
    public void Public_api_is_the_approved_one() => Repository.Approve(
        "src/WsProto.SocketIO.AspNetCore.Testing/PublicApi.approved.txt", PublicApiText.Of(typeof(SocketIOTestClient).Assembly));
}
