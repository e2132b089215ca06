using System.Text;

namespace WsProto.Docs.Programs.Concepts;

public static class BadHandshake
{
    public static Task RunAsync()
    {
        #region handshake
        using var server = new WsConnection(ConnectionRole.Server);
        server.Receive("GET /chat HTTP/1.1\r\nHost: example.com\r\n\r\n"u8);
        foreach (WsEvent e in server.ReadEvents())
        {
            var failed = (HandshakeFailed)e;
            Console.WriteLine($"{failed.Error}: {failed.Message}");
            byte[] answer = server.Send(failed.Response!);
            Console.WriteLine(Encoding.ASCII.GetString(answer).Split("\r\n")[0]);
        }

        Console.WriteLine(server.State);
        #endregion
        return Task.CompletedTask;
    }
}
