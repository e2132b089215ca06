namespace WsProto.Docs.Programs.Migrating;

/// <summary>The program of wsproto_dialogue.py.</summary>
public static class CoreDialogue
{
    public static Task RunAsync()
    {
        #region dialogue
        var client = new WsConnection(ConnectionRole.Client);
        var server = new WsConnection(ConnectionRole.Server);

        byte[] Answer(WsEvent e) => e switch
        {
            Request request => server.Send(new AcceptConnection { Subprotocol = request.Subprotocols.FirstOrDefault() }),
            Ping ping => server.Send(ping.Response()),
            TextMessage text => server.Send(new TextMessage(text.Data.ToUpperInvariant())),
            CloseConnection close when server.State == ConnectionState.RemoteClosing => server.Send(close.Response()),
            HandshakeFailed { Response: { } refusal } => server.Send(refusal),
            _ => [],
        };

        void Exchange(WsEvent e)
        {
            server.Receive(client.Send(e));
            foreach (WsEvent received in server.ReadEvents())
                client.Receive(Answer(received));
            foreach (WsEvent received in client.ReadEvents())
                Console.WriteLine($"{received.GetType().Name} {(received as TextMessage)?.Data ?? "-"}");
        }

        Exchange(new Request("localhost", "/") { Subprotocols = ["shout.v1"] });
        Exchange(new TextMessage("hello"));
        Exchange(new Ping("?"u8.ToArray()));
        Exchange(new CloseConnection(CloseCode.NormalClosure));
        Console.WriteLine($"{client.State} {server.State}");
        #endregion
        return Task.CompletedTask;
    }
}
