using System.IO.Pipes;
using System.Net;
using WsProto.Adapters;

namespace WsProto.Docs.Programs.Guides;

/// <summary>A transport around another one, over a named pipe.</summary>
public static class OwnTransport
{
    public static async Task RunAsync()
    {
        string name = Path.GetRandomFileName();
        #region pipe
        await using var there = new NamedPipeServerStream(
            name, PipeDirection.InOut, 1, PipeTransmissionMode.Byte, PipeOptions.Asynchronous);
        var here = new NamedPipeClientStream(".", name, PipeDirection.InOut, PipeOptions.Asynchronous);
        await Task.WhenAll(there.WaitForConnectionAsync(), here.ConnectAsync());

        var counted = new CountingTransport(WsTransport.From(here));
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(there);
        await using WsSession client = await WsSession.ConnectAsync(counted, new Request("localhost", "/"));
        await using WsSession server = await accepting;
        #endregion

        long before = counted.BytesWritten;
        await client.SendTextAsync("through a pipe");
        Console.WriteLine(((TextMessage)(await server.ReceiveAsync())!).Data);
        Console.WriteLine($"a message of 14 bytes took {counted.BytesWritten - before}");
    }

    #region transport
    private sealed class CountingTransport(WsTransport inner) : WsTransport
    {
        private long _read;
        private long _written;

        public long BytesRead => Interlocked.Read(ref _read);

        public long BytesWritten => Interlocked.Read(ref _written);

        public override EndPoint? RemoteEndPoint => inner.RemoteEndPoint;

        public override EndPoint? LocalEndPoint => inner.LocalEndPoint;

        public override WsTlsDetails? Tls => inner.Tls;

        public override bool CanCompleteWrites => inner.CanCompleteWrites;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            int count = await inner.ReadAsync(buffer, cancellationToken);
            Interlocked.Add(ref _read, count);
            return count;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default)
        {
            Interlocked.Add(ref _written, data.Length);
            return inner.WriteAsync(data, cancellationToken);
        }

        public override ValueTask WaitToReadAsync(CancellationToken cancellationToken = default) =>
            inner.WaitToReadAsync(cancellationToken);

        public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default) =>
            inner.CompleteWritesAsync(cancellationToken);

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }
    }
    #endregion
}
