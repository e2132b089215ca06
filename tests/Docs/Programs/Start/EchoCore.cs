using System.Net;
using System.Net.Sockets;
using WsProto.Adapters;

namespace WsProto.Docs.Programs.Start;

public static class EchoCore
{
    public static async Task RunAsync()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
#pragma warning disable CA2025 // It is awaited below.
        Task serving = ServeOneAsync(listener);
#pragma warning restore CA2025

        await using WsSession client = await WsClient.ConnectAsync(new Uri($"ws://{listener.LocalEndpoint}/"));
        await client.SendTextAsync("Hello");
        Console.WriteLine($"client: {await client.ReceiveAsync()}");
        await client.CloseAsync();
        await serving;
    }

    #region core
    private static async Task ServeOneAsync(TcpListener listener)
    {
        using TcpClient tcp = await listener.AcceptTcpClientAsync();
        NetworkStream stream = tcp.GetStream();
        using var ws = new WsConnection(ConnectionRole.Server);
        byte[] buffer = new byte[4096];
        while (ws.State != ConnectionState.Closed)
        {
            int count = await stream.ReadAsync(buffer);
            if (count == 0)
                ws.ReceiveEndOfStream();
            else
                ws.Receive(buffer.AsSpan(0, count));

            foreach (WsEvent e in ws.ReadEvents())
            {
                Console.WriteLine($"server: {e.GetType().Name}");
                WsEvent? answer = e switch
                {
                    Request => new AcceptConnection(),
                    Message message => message,
                    Ping ping => ping.Response(),
                    CloseConnection close when ws.State == ConnectionState.RemoteClosing => close.Response(),
                    HandshakeFailed failed => failed.Response,
                    _ => null,
                };
                if (answer is not null)
                    await stream.WriteAsync(ws.Send(answer));
            }
        }
    }
    #endregion
}
