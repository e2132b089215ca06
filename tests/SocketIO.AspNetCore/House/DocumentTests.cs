using WsProto.Tests.House;

namespace WsProto.SocketIO.AspNetCore.Tests.House;

public class DocumentTests
{
    [Fact]
    public void Examples_are_compiled_code()
    {
        Repository.Approve("docs/socketio.md", CodeBlocks.Refresh(Repository.Read("docs/socketio.md"), Repository.Read));
        Assert.Equal(0, CodeBlocks.CountUnmarked(Repository.Read("docs/socketio.md")));
    }
}
