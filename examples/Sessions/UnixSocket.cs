// The same over a Unix socket: only the end points differ.

using System.Net.Sockets;
using WsProto;
using WsProto.Adapters;

internal static class UnixSocket
{
    public static async Task RunAsync()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        #region unix
        var endPoint = new UnixDomainSocketEndPoint(path);
        await using var listener = new WsListener(endPoint);
        listener.Start();
        ValueTask<WsSession> accepting = listener.AcceptAsync();

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(endPoint);
        await using WsSession client = await socket.ConnectWebSocketAsync(new Request("localhost", "/"));
        await using WsSession server = await accepting;
        #endregion

        await client.SendTextAsync("over a file");
        Console.WriteLine(await server.ReceiveAsync());
    }
}
