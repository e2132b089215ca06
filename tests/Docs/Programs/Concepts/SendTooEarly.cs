namespace WsProto.Docs.Programs.Concepts;

public static class SendTooEarly
{
    public static Task RunAsync()
    {
        #region refused
        using var client = new WsConnection(ConnectionRole.Client);
        var message = new TextMessage("Is anybody there?");

        Console.WriteLine($"can send: {client.CanSend(message)}");
        try
        {
            client.Send(message);
        }
        catch (LocalProtocolException e)
        {
            Console.WriteLine($"{e.Error}: {e.Message}");
        }

        Console.WriteLine($"state: {client.State}");
        #endregion
        return Task.CompletedTask;
    }
}
