using System.Net.Sockets;
using WsProto;

internal static class Client
{
    /// <summary>What to say, each after the echo of the one before.</summary>
    private static readonly WsEvent[][] _steps =
    [
        [new TextMessage("Hello, wörld 👋")],
        [new BytesMessage(new byte[] { 1, 2, 3 })],
        [new TextMessage("one message ") { MessageFinished = false }, new TextMessage("in two frames")],
        [new Ping("still there?"u8.ToArray())],
        [new CloseConnection(CloseCode.NormalClosure, "that is all")],
    ];

    public static async Task<bool> RunAsync(int port, Trace trace)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", port);
        #region request
        using var ws = new WsConnection(ConnectionRole.Client);
        Request request = Request.FromUri(new Uri($"ws://127.0.0.1:{port}/echo"));
        await tcp.GetStream().WriteAsync(ws.Send(request));
        #endregion
        trace.Sent(request, ws.State);

        int step = 0;
        IEnumerable<WsEvent> Next(WsEvent e) => e is CloseConnection || step == _steps.Length ? [] : _steps[step++];
        await Transport.RunAsync(ws, tcp.GetStream(), Next, trace);
        return step == _steps.Length;
    }
}
