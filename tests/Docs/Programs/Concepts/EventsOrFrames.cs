using System.Buffers;
using System.Text;

namespace WsProto.Docs.Programs.Concepts;

public static class EventsOrFrames
{
    public static Task RunAsync()
    {
        #region frames
        using WsConnection client = WsConnection.Established(ConnectionRole.Client);
        using WsConnection server = WsConnection.Established(ConnectionRole.Server);
        var wire = new ArrayBufferWriter<byte>();

        client.SendText("as an event", wire);
        client.SendText("as a frame", wire);
        server.Receive(wire.WrittenSpan);

        if (server.TryReadEvent(out WsEvent? e))
            Console.WriteLine($"event: {e}"); // owns its data

        if (server.TryReadFrame(out Frame frame))
            Console.WriteLine($"frame: {Encoding.UTF8.GetString(frame.Payload)}"); // a view, valid until the next call
        #endregion
        return Task.CompletedTask;
    }
}
