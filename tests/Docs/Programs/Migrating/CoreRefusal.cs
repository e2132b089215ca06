using System.Text;

namespace WsProto.Docs.Programs.Migrating;

/// <summary>Events with more than their constructors take.</summary>
public static class CoreRefusal
{
    public static Task RunAsync()
    {
        #region refusal
        var client = new WsConnection(ConnectionRole.Client);
        var server = new WsConnection(ConnectionRole.Server);

        server.Receive(client.Send(new Request("localhost", "/attic") { ExtraHeaders = [("x-key", "1")] }));
        foreach (WsEvent e in server.ReadEvents())
        {
            if (e is Request request)
            {
                Console.WriteLine($"{request.Target}, {request.ExtraHeaders["x-key"]}");
                client.Receive(server.Send(new RejectConnection { StatusCode = 404, Headers = [("x-why", "no")], HasBody = true }));
                client.Receive(server.Send(new RejectData("There is no attic."u8.ToArray())));
            }
        }

        foreach (WsEvent e in client.ReadEvents())
        {
            if (e is RejectConnection reject)
                Console.WriteLine($"{reject.StatusCode}, {reject.Headers["x-why"]}");
            if (e is RejectData body)
                Console.WriteLine($"{Encoding.UTF8.GetString(body.Data.Span)} {body.BodyFinished}");
        }
        #endregion
        return Task.CompletedTask;
    }
}
