using System.Text;
using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Concepts;

public static class RefusedUpgrade
{
    public static async Task RunAsync()
    {
        #region session
        var options = new WsAcceptOptions
        {
            OnRequest = (_, _) => new(WsResponse.Reject(401, "Who are you?", [("WWW-Authenticate", "Bearer")])),
        };
        (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
        Task<WsSession> accepting = WsSession.AcceptAsync(right, options).AsTask();
        try
        {
            await WsSession.ConnectAsync(left, new Request("localhost", "/"));
        }
        catch (WsHandshakeException e)
        {
            Console.WriteLine($"client: {e.StatusCode}, {e.Headers["WWW-Authenticate"]}, \"{Encoding.UTF8.GetString(e.Body.Span)}\"");
        }

        try
        {
            await accepting;
        }
        catch (WsHandshakeException e)
        {
            Console.WriteLine($"server: {e.StatusCode}");
        }
        #endregion
    }
}
