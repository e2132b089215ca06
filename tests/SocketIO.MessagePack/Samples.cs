using Microsoft.AspNetCore.Builder;
using WsProto.SocketIO.AspNetCore;

namespace WsProto.SocketIO.MessagePack.Tests;

/// <summary>The code of the documents. <see cref="ServerTests"/> runs it.</summary>
internal static class Samples
{
    internal static void Map(WebApplication app)
    {
        #region parser
        app.MapSocketIO(
            "/socket.io",
            io => io.Main.On("save", async (SocketIOSocket socket, string name, byte[] content) => content.Length),
            new SocketIOOptions { Parser = new MessagePackSocketIOParser() });
        #endregion
    }
}
