using System.Net.Sockets;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>What the peer of a WebSocket reads and writes.</summary>
internal interface IPeerEnd
{
    /// <returns>0 for the end of the stream.</returns>
    /// <exception cref="IOException">The connection is lost.</exception>
    ValueTask<int> ReadAsync(Memory<byte> buffer);

    void Write(ReadOnlySpan<byte> data);

    /// <summary>The other end reads the end of the stream.</summary>
    void CompleteWrites();

    void Break();
}

/// <summary>The far end of any transport.</summary>
internal sealed class PeerEnd(TransportPair pair) : IPeerEnd
{
    public async ValueTask<int> ReadAsync(Memory<byte> buffer)
    {
        try
        {
            return await pair.Far.ReadAsync(buffer);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    public void Write(ReadOnlySpan<byte> data) => pair.Far.WriteAsync(data.ToArray()).AsTask().Wait();

    public void CompleteWrites() => pair.Far.CompleteWritesAsync().AsTask().Wait();

    public void Break() => pair.BreakAsync().AsTask().Wait();
}
