using System.Net.Sockets;
using WsProto.Adapters;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A listener on a Unix socket, and two ways to reach it.</summary>
public static class UnixSockets
{
    public static async Task RunAsync()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("wsproto");
        string path = Path.Combine(folder.FullName, "app.sock");

        #region listener
        var options = new WsListenerOptions { ReplaceStaleSocketFile = true };
        await using var listener = new WsListener(new UnixDomainSocketEndPoint(path), options);
        listener.Start();
        Task serving = listener.RunAsync(async (session, stop) =>
            await session.SendTextAsync($"{session.Request!.Target} of {session.Request.Host}", stop));
        #endregion

        #region client
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await using WsSession session = await socket.ConnectWebSocketAsync(new Request("localhost", "/status"));
        Console.WriteLine(((TextMessage)(await session.ReceiveAsync())!).Data);
        #endregion

        #region transport
        var overSocket = new WsClientOptions
        {
            ConnectTransport = async (_, stop) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        };
        await using WsSession byUri = await WsClient.ConnectAsync(new Uri("ws://app/status"), overSocket);
        Console.WriteLine(((TextMessage)(await byUri.ReceiveAsync())!).Data);
        #endregion

        await listener.StopAsync();
        await serving;
        folder.Delete(recursive: true);
    }
}
