// What has to work however a program is published: an echo over a socket, compressed both ways. And what has to work without a just-in-time
// compiler: Socket.IO. .ci/publish.py publishes this.

using System.Net;
using System.Net.Sockets;
using System.Text;
using WsProto;
using WsProto.Adapters;
#if SOCKETIO
using WsProto.Publish;
#endif

if (!PerMessageDeflate.IsSupported)
{
    await Console.Error.WriteLineAsync("PerMessageDeflate.IsSupported is false.");
    return 1;
}

byte[] data = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("all work and no play makes a dull boy, ", 1000)))[..13_200];
var options = new WsListenerOptions { Accept = new() { Extensions = [new PerMessageDeflate()] } };
await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), options);
listener.Start();
Task serving = listener.RunAsync(async (session, stop) =>
{
    await foreach (Message message in session.ReadAllAsync(stop))
        await session.SendAsync(message, stop);
});

CountingStream? wire = null;
await using WsSession client = await WsClient.ConnectAsync(new Uri($"ws://{listener.LocalEndPoint}/"), new WsClientOptions
{
    Extensions = [new PerMessageDeflate()],
    ExtensionsRequired = true,
    ConnectTransport = async (uri, stop) => wire = await CountingStream.ConnectAsync(uri, stop),
});
(long sentBefore, long receivedBefore) = (wire!.BytesWritten, wire.BytesRead);
await client.SendBytesAsync(data);
byte[] received = ((await client.ReceiveAsync() as BytesMessage)?.Data ?? default).ToArray();
(long sent, long got) = (wire.BytesWritten - sentBefore, wire.BytesRead - receivedBefore);
WsCloseResult closed = await client.CloseAsync();
await listener.StopAsync();
await serving;

bool isRight = received.AsSpan().SequenceEqual(data) && closed.IsClean && sent > 0 && got > 0 && Math.Max(sent, got) < data.Length / 10;
await Console.Out.WriteLineAsync(isRight
    ? $"{received.Length} bytes came back, compressed both ways."
    : $"{data.Length} bytes went in {sent}, {received.Length} came back in {got}; clean: {closed.IsClean}.");
#if SOCKETIO
(int right, int run) = await SocketIORoundTrip.RunAsync();
await Console.Out.WriteLineAsync($"Socket.IO: {right} of {run} ways.");
isRight &= right == run;
#endif
return isRight ? 0 : 1;

/// <summary>Counts what goes over a connection.</summary>
internal sealed class CountingStream : NetworkStream
{
    private CountingStream(Socket socket)
        : base(socket, ownsSocket: true)
    {
    }

    public long BytesRead { get; private set; }

    public long BytesWritten { get; private set; }

    public static async Task<CountingStream> ConnectAsync(Uri uri, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(uri.Host, uri.Port, cancellationToken);
        return new CountingStream(socket);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await base.ReadAsync(buffer, cancellationToken);
        BytesRead += count;
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        BytesWritten += buffer.Length;
        return base.WriteAsync(buffer, cancellationToken);
    }
}
