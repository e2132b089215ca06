// What has to work however a program is published: zlib is there, and what one end compresses the other reads. And what has to work without
// a just-in-time compiler: Socket.IO.

using System.Buffers;
using WsProto;
#if SOCKETIO
using WsProto.Publish;
#endif

if (!PerMessageDeflate.IsSupported)
{
    await Console.Error.WriteLineAsync("PerMessageDeflate.IsSupported is false.");
    return 1;
}

using var client = new WsConnection(ConnectionRole.Client);
using var server = new WsConnection(ConnectionRole.Server);
server.Receive(client.Send(new Request("localhost", "/") { Extensions = [new PerMessageDeflate()] }));
ReadNext<Request>(server);
client.Receive(server.Send(new AcceptConnection { Extensions = [new PerMessageDeflate()] }));
ReadNext<AcceptConnection>(client);

byte[] data = new byte[10_000];
var wire = new ArrayBufferWriter<byte>();
client.SendBytes(data, wire);
server.Receive(wire.WrittenSpan);
byte[] received = ReadNext<BytesMessage>(server).Data.ToArray();
bool isRight = wire.WrittenCount < data.Length / 10 && received.AsSpan().SequenceEqual(data);
await Console.Out.WriteLineAsync($"{data.Length} bytes went in {wire.WrittenCount}, and {(isRight ? "arrived" : "something else arrived")}.");
#if SOCKETIO
(int right, int run) = await SocketIORoundTrip.RunAsync();
await Console.Out.WriteLineAsync($"Socket.IO: {right} of {run} ways.");
isRight &= right == run;
#endif
return isRight ? 0 : 1;

static T ReadNext<T>(WsConnection connection)
    where T : WsEvent => connection.TryReadEvent(out WsEvent? e) ? (T)e : throw new InvalidOperationException("There is nothing to read.");
