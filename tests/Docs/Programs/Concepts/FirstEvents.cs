namespace WsProto.Docs.Programs.Concepts;

public static class FirstEvents
{
    public static Task RunAsync()
    {
        #region events
        var client = new WsConnection(ConnectionRole.Client);
        var server = new WsConnection(ConnectionRole.Server);

        byte[] request = client.Send(new Request { Host = "example.com", Target = "/chat" });
        server.Receive(request);
        foreach (WsEvent received in server.ReadEvents())
            Console.WriteLine(received.GetType().Name);
        #endregion
        return Task.CompletedTask;
    }
}
