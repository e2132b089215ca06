// All the I/O of this program: bytes from the stream into the connection, bytes from the connection into the stream.

using System.Buffers;
using WsProto;

internal static class Transport
{
    #region loop
    /// <summary>Runs one end until it is closed: receive, read all events, write what they ask for.</summary>
    public static async Task RunAsync(WsConnection ws, Stream stream, Func<WsEvent, IEnumerable<WsEvent>> answer, Trace trace)
    {
        var output = new ArrayBufferWriter<byte>();
        while (ws.State != ConnectionState.Closed)
        {
            int count = await stream.ReadAsync(ws.ReceiveBuffer.GetMemory());
            ws.ReceiveBuffer.Advance(count);
            if (count == 0)
                ws.ReceiveEndOfStream();

            foreach (WsEvent e in ws.ReadEvents())
            {
                trace.Received(e, ws.State);
                foreach (WsEvent reply in answer(e))
                {
                    ws.Send(reply, output);
                    trace.Sent(reply, ws.State);
                }
            }

            await stream.WriteAsync(output.WrittenMemory);
            output.ResetWrittenCount();
        }
    }
    #endregion
}
