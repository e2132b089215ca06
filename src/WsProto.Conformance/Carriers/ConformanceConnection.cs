using System;
using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Tasks;

namespace WsProto.Conformance;

/// <summary>A connection whose opening handshake is done.</summary>
/// <param name="Stream">Its octets, both ways; each write goes out at once when it is flushed.</param>
/// <param name="Extensions">What the peer wrote into Sec-WebSocket-Extensions; null for none.</param>
/// <param name="Owner">What is disposed of with it.</param>
internal sealed record ConformanceConnection(Stream Stream, string? Extensions, IDisposable Owner) : IAsyncDisposable
{
    /// <summary>The head of the request.</summary>
    public string Request { get; init; } = "";

    /// <summary>The head of the answer.</summary>
    public string Response { get; init; } = "";

    /// <summary>Says that nothing more is sent, and still reads.</summary>
    public Task EndSendingAsync() => EndSendingAsync(Stream, Owner);

    /// <summary>The same for a stream that is no connection yet.</summary>
    public static async Task EndSendingAsync(Stream stream, IDisposable owner)
    {
        try
        {
            if (stream is SslStream tls)
                await tls.ShutdownAsync().ConfigureAwait(false);
            if (owner is Socket socket)
                socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The peer was faster.
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await Stream.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // The peer broke the connection off.
        }

        Owner.Dispose();
    }
}

/// <summary>Opens connections to the server that is judged.</summary>
internal interface ICarrier : IDisposable
{
    /// <summary>Opens a connection.</summary>
    /// <param name="asked">What is special in the request.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">There is none.</exception>
    Task<ConformanceConnection> ConnectAsync(AskedConnection asked, System.Threading.CancellationToken cancellationToken);
}

/// <summary>What is special in a request to a server.</summary>
/// <param name="Offer">What to write into Sec-WebSocket-Extensions; null for nothing.</param>
internal sealed record AskedConnection(string? Offer)
{
    /// <summary>More header lines; for HTTP/1.1 alone.</summary>
    public string Fields { get; init; } = "";

    /// <summary>What follows the request at once; for HTTP/1.1 alone.</summary>
    public byte[] Early { get; init; } = [];

    /// <summary>Whether the judge's direction ends behind that; for HTTP/1.1 alone.</summary>
    public bool EndsSending { get; init; }
}

/// <summary>The server answers, and opens no WebSocket, or does so wrongly.</summary>
internal sealed class RefusedException(string message) : IOException(message)
{
    /// <summary>Whether it means to have opened one.</summary>
    public bool IsUpgraded { get; init; }

    /// <summary>The head of the request.</summary>
    public string Request { get; init; } = "";

    /// <summary>The head of the answer.</summary>
    public string Response { get; init; } = "";
}
