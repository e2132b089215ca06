namespace WsProto.Docs.Programs.Concepts;

public static class CompressedSizes
{
    public static Task RunAsync()
    {
        #region sizes
        using var client = new WsConnection(ConnectionRole.Client);
        using var server = new WsConnection(ConnectionRole.Server);

        server.Receive(client.Send(new Request("example.com", "/") { Extensions = [new PerMessageDeflate()] }));
        server.TryReadEvent(out _);
        client.Receive(server.Send(new AcceptConnection { Extensions = [new PerMessageDeflate()] }));
        client.TryReadEvent(out _);
        Console.WriteLine($"agreed: {client.Extensions[0]}");

        const string Json = """{"symbol":"WSP","currency":"EUR","price":42.5,"at":"2026-11-28T09:00:00Z"}""";
        int plain = server.Send(new TextMessage(Json) { Compress = false }).Length;
        int first = server.Send(new TextMessage(Json)).Length;
        int second = server.Send(new TextMessage(Json)).Length;
        Console.WriteLine($"{Json.Length} characters take {plain} bytes as they are");
        Console.WriteLine($"compressed they take less: {first < plain}");
        Console.WriteLine($"and the second time less than a quarter of that: {second < first / 4}");
        #endregion
        return Task.CompletedTask;
    }
}
