namespace WsProto.Docs.Programs.Concepts;

public static class EventLoop
{
    public static Task RunAsync()
    {
        #region loop
        using var client = new WsConnection(ConnectionRole.Client);
        using var server = new WsConnection(ConnectionRole.Server);

        byte[] toServer = client.Send(new Request("example.com", "/chat"));
        while (toServer.Length > 0)
        {
            byte[] toClient = Exchange("server", server, toServer);
            toServer = Exchange("client", client, toClient);
        }
        #endregion
        return Task.CompletedTask;
    }

    #region exchange
    // What every program on the core does: receive bytes, read all events, write the answers.
    private static byte[] Exchange(string name, WsConnection connection, byte[] received)
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        connection.Receive(received);
        foreach (WsEvent e in connection.ReadEvents())
        {
            Console.WriteLine($"{name} reads {e.GetType().Name}, is now {connection.State}");
            if (Answer(connection, e) is { } answer)
                connection.Send(answer, output);
        }

        return output.WrittenSpan.ToArray();
    }

    private static WsEvent? Answer(WsConnection connection, WsEvent e) => e switch
    {
        Request => new AcceptConnection(),
        AcceptConnection => new Ping("hello"u8.ToArray()),
        Ping ping => ping.Response(),
        Pong => new CloseConnection(CloseCode.NormalClosure, "done"),
        CloseConnection close when connection.State == ConnectionState.RemoteClosing => close.Response(),
        _ => null,
    };
    #endregion
}
