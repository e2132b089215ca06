using System;
using System.Buffers;
using System.IO;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Decode;

namespace WsProto.Cli.Proxy;

/// <summary>A connection of a proxy: two directions, each from one end to the other.</summary>
/// <param name="client">The end of the client.</param>
/// <param name="server">The end of the server.</param>
/// <param name="watcher">Sees what passes.</param>
internal sealed class ProxiedConnection(ProxiedEnd client, ProxiedEnd server, ProxyWatcher watcher)
{
    /// <summary>Small, as it is kept for each direction of which the other end takes nothing.</summary>
    private const int Chunk = 16 << 10;

    private bool _isOver;

    /// <summary>Passes octets until both directions have ended, or one is broken off.</summary>
    /// <param name="pipes">What each direction goes through, that of the client first.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    /// <exception cref="OperationCanceledException">It was broken off.</exception>
    public async Task RunAsync(FaultyPipe[] pipes, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(
            PassAsync(Side.Client, client, server, pipes[0], over),
            PassAsync(Side.Server, server, client, pipes[1], over));
    }

    private async Task PassAsync(Side sender, ProxiedEnd source, ProxiedEnd target, FaultyPipe pipe, CancellationTokenSource over)
    {
        Side reached = sender;
        try
        {
            while (await ReadAsync(source.Stream, over.Token) is { } octets)
            {
                try
                {
                    watcher.Octets(sender, octets);
                    reached = (Side)(1 - (int)sender);
                    await pipe.WriteAsync(octets, over.Token);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(octets.Array!);
                }

                reached = sender;
            }

            watcher.End(sender, isReset: false);
            reached = (Side)(1 - (int)sender);
            await pipe.FinishAsync(over.Token);
            await target.EndAsync(over.Token);
        }
        catch (CutException)
        {
            Interlocked.Exchange(ref _isOver, true);
            await client.Stream.DisposeAsync();
            await server.Stream.DisposeAsync();
            await over.CancelAsync();
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // What breaks the one end breaks the other. The direction that is told of it second has nothing to add.
            if (Interlocked.Exchange(ref _isOver, true))
                return;
            watcher.End(reached, isReset: true);
            client.Reset();
            server.Reset();
            await over.CancelAsync();
        }
        catch (OperationCanceledException) when (_isOver)
        {
            // The other direction has ended it.
        }
    }

    /// <summary>Waits without a buffer, so that a connection that is idle keeps none.</summary>
    /// <returns>Octets in an array of the pool; null at the end.</returns>
    private static async Task<ArraySegment<byte>?> ReadAsync(Stream source, CancellationToken cancellationToken)
    {
        _ = await source.ReadAsync(Memory<byte>.Empty, cancellationToken);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Chunk);
        try
        {
            int count = await source.ReadAsync(buffer.AsMemory(0, Chunk), cancellationToken);
            if (count > 0)
                return new ArraySegment<byte>(buffer, 0, count);
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return null;
    }
}
