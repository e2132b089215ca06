// A transport of one's own: here channels of arrays, standing for whatever carries bytes in order.

using System.Threading.Channels;
using WsProto;
using WsProto.Adapters;

#region transport
internal sealed class ChannelTransport(ChannelReader<byte[]> input, ChannelWriter<byte[]> output) : WsTransport
{
    private ReadOnlyMemory<byte> _rest;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.IsEmpty && await input.WaitToReadAsync(cancellationToken))
            _rest = await input.ReadAsync(cancellationToken);
        int count = Math.Min(_rest.Length, buffer.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken = default) =>
        output.WriteAsync(data.ToArray(), cancellationToken);

    public override bool CanCompleteWrites => true;

    public override ValueTask CompleteWritesAsync(CancellationToken cancellationToken = default)
    {
        output.TryComplete();
        return default;
    }

    public override ValueTask DisposeAsync()
    {
        output.TryComplete();
        return base.DisposeAsync();
    }
}
#endregion

internal static class OwnTransport
{
    public static async Task RunAsync()
    {
        var there = Channel.CreateBounded<byte[]>(16);
        var back = Channel.CreateBounded<byte[]>(16);
        ValueTask<WsSession> accepting = WsSession.AcceptAsync(new ChannelTransport(there.Reader, back.Writer));
        var transport = new ChannelTransport(back.Reader, there.Writer);
        await using WsSession client = await WsSession.ConnectAsync(transport, new Request("localhost", "/"));
        await using WsSession server = await accepting;
        await client.SendTextAsync("through channels");
        Console.WriteLine(await server.ReceiveAsync());
    }
}
