namespace WsProto.Docs.Programs.Concepts;

public static class SizeLimit
{
    public static Task RunAsync()
    {
        #region size
        var options = new WsConnectionOptions { MaxMessageSize = 16 };
        using WsConnection server = WsConnection.Established(ConnectionRole.Server, options: options);
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);

        server.Receive(client.Send(new TextMessage("sixteen letters!")));
        server.Receive(client.Send(new TextMessage("seventeen letters")));
        foreach (WsEvent e in server.ReadEvents())
            Console.WriteLine(e);
        #endregion
        return Task.CompletedTask;
    }
}
