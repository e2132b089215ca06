namespace WsProto.Docs.Programs.Concepts;

public static class InflatedLimit
{
    public static Task RunAsync()
    {
        #region bomb
        using var client = new WsConnection(ConnectionRole.Client);
        using var server = new WsConnection(ConnectionRole.Server); // takes 1 MiB, the default
        server.Receive(client.Send(new Request("example.com", "/") { Extensions = [new PerMessageDeflate()] }));
        server.TryReadEvent(out _);
        client.Receive(server.Send(new AcceptConnection { Extensions = [new PerMessageDeflate()] }));
        client.TryReadEvent(out _);

        byte[] bomb = client.Send(new BytesMessage(new byte[64 << 20]));
        Console.WriteLine($"64 MiB of zeros in less than 100 KiB: {bomb.Length < 100 << 10}");
        server.Receive(bomb);
        server.TryReadEvent(out WsEvent? e);
        Console.WriteLine($"{((CloseConnection)e!).Error}, close with {(int)((CloseConnection)e).Code}");
        #endregion
        return Task.CompletedTask;
    }
}
