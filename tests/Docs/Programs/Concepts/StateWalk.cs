namespace WsProto.Docs.Programs.Concepts;

public static class StateWalk
{
    public static Task RunAsync()
    {
        #region walk
        using var client = new WsConnection(ConnectionRole.Client);
        using var server = new WsConnection(ConnectionRole.Server);

        server.Receive(client.Send(new Request("example.com", "/")));
        Show("the request is received", client, server);

        server.TryReadEvent(out _);
        client.Receive(server.Send(new AcceptConnection()));
        client.TryReadEvent(out _);
        Show("both are open", client, server);

        server.Receive(client.Send(new CloseConnection(CloseCode.NormalClosure)));
        server.TryReadEvent(out _);
        Show("the client has sent its Close", client, server);

        client.Receive(server.Send(new CloseConnection(CloseCode.NormalClosure)));
        client.TryReadEvent(out _);
        Show("the server has answered it", client, server);

        static void Show(string moment, WsConnection client, WsConnection server) =>
            Console.WriteLine($"{moment}: client {client.State}, server {server.State}");
        #endregion
        return Task.CompletedTask;
    }
}
