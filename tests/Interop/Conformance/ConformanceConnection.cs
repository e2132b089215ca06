namespace WsProto.Conformance;

/// <summary>A connection whose opening handshake is done.</summary>
/// <param name="Stream">Its octets, both ways; each write goes out at once when it is flushed.</param>
/// <param name="Extensions">The server's Sec-WebSocket-Extensions; null for none.</param>
/// <param name="Owner">What is disposed of with it.</param>
internal sealed record ConformanceConnection(Stream Stream, string? Extensions, IDisposable Owner) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        Owner.Dispose();
    }
}

/// <summary>Opens connections to the server that is judged.</summary>
/// <param name="offer">What to write into Sec-WebSocket-Extensions; null for nothing.</param>
/// <param name="cancellationToken">Gives up.</param>
internal delegate Task<ConformanceConnection> Connect(string? offer, CancellationToken cancellationToken);
