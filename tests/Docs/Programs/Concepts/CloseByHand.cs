namespace WsProto.Docs.Programs.Concepts;

public static class CloseByHand
{
    public static Task RunAsync()
    {
        #region core
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);

        server.Receive(client.Send(new CloseConnection(CloseCode.GoingAway, "the tab was closed")));
        foreach (WsEvent e in server.ReadEvents())
        {
            Console.WriteLine($"server reads {e}");
            if (e is CloseConnection close && server.State == ConnectionState.RemoteClosing)
                client.Receive(server.Send(close.Response()));
        }

        foreach (WsEvent e in client.ReadEvents())
            Console.WriteLine($"client reads {e}");
        Console.WriteLine($"client {client.State}, server {server.State}: close the transport, the server first");
        #endregion
        return Task.CompletedTask;
    }
}
