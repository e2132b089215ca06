using System.Net;
using System.Net.Sockets;
using WsProto;

internal static class EchoServer
{
    #region server
    /// <summary>What a server that echoes says to each event.</summary>
    public static IEnumerable<WsEvent> Answer(WsConnection ws, WsEvent e) => e switch
    {
        Request => [new AcceptConnection()],
        Message message => [message],
        Ping ping => [ping.Response()],
        CloseConnection close when ws.State == ConnectionState.RemoteClosing => [close.Response()],
        HandshakeFailed { Response: { } refusal } => [refusal],
        _ => [],
    };
    #endregion

    public static async Task ServeOneAsync(TcpClient tcp, Trace trace)
    {
        using (tcp)
        using (var ws = new WsConnection(ConnectionRole.Server))
        {
            tcp.NoDelay = true;
            await Transport.RunAsync(ws, tcp.GetStream(), e => Answer(ws, e), trace);
        }
    }

    /// <summary>Serves until the program is stopped. What a peer does ends its own connection at most.</summary>
    public static async Task ServeAsync(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        Console.WriteLine($"Echoing on ws://{listener.LocalEndpoint}/ until Ctrl+C.");
        for (int number = 1; ; number++)
            _ = ServeQuietlyAsync(await listener.AcceptTcpClientAsync(), new Trace($"#{number}"));
    }

    private static async Task ServeQuietlyAsync(TcpClient tcp, Trace trace)
    {
        try
        {
            await ServeOneAsync(tcp, trace);
        }
        catch (IOException e)
        {
            trace.Say($"the transport failed: {e.Message}");
        }
    }
}
