using WsProto.Adapters;
using WsProto.Adapters.Transports;

namespace WsProto.Docs.Programs.Concepts;

public static class ThreeEndings
{
    public static async Task RunAsync()
    {
        #region endings
        await EndAsync("closed", (session, _) => session.CloseAsync(CloseCode.NormalClosure, "done").AsTask());
        await EndAsync("aborted", (session, _) =>
        {
            session.Abort();
            return Task.CompletedTask;
        });
        await EndAsync("broken", (_, transport) =>
        {
            transport.Break();
            return Task.CompletedTask;
        });

        static async Task EndAsync(string how, Func<WsSession, MemoryTransport, Task> end)
        {
            (MemoryTransport left, MemoryTransport right) = MemoryTransport.CreatePair();
            ValueTask<WsSession> accepting = WsSession.AcceptAsync(right);
            await using WsSession client = await WsSession.ConnectAsync(left, new Request("localhost", "/"));
            await using WsSession server = await accepting;

            await end(client, left);
            WsCloseResult result = await server.Completion;
            Console.WriteLine($"{how}: the server sees {(int)result.Code}, cause {result.Cause}, clean {result.IsClean}");
        }
        #endregion
    }
}
