using System;
using System.Globalization;
using System.IO;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Captures;
using WsProto.Cli.Decode;

namespace WsProto.Cli.Proxy;

/// <summary>A connection of a proxy: two directions, each from one end to the other.</summary>
/// <param name="client">The end of the client.</param>
/// <param name="server">The end of the server.</param>
/// <param name="watcher">Sees what passes.</param>
internal sealed class ProxiedConnection(Stream client, Stream server, ProxyWatcher watcher)
{
    private const int Chunk = 64 << 10;

    /// <summary>Passes octets until both directions have ended.</summary>
    /// <param name="pipes">What each direction goes through, that of the client first.</param>
    /// <param name="cancellationToken">Breaks it off.</param>
    public async Task RunAsync(FaultyPipe[] pipes, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task fromClient = PumpAsync(Side.Client, client, server, pipes[0], over.Token);
        Task fromServer = PumpAsync(Side.Server, server, client, pipes[1], over.Token);
        Task first = await Task.WhenAny(fromClient, fromServer);
        // One side may send on when the other has ended; a direction that broke ends both.
        if (!first.IsCompletedSuccessfully)
        {
            await client.DisposeAsync();
            await server.DisposeAsync();
            await over.CancelAsync();
        }

        await Task.WhenAll(fromClient, fromServer);
    }

    private async Task PumpAsync(Side sender, Stream source, Stream target, FaultyPipe pipe, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[Chunk];
        while (await source.ReadAsync(buffer, cancellationToken) is var count and > 0)
        {
            watcher.Octets(sender, buffer.AsSpan(0, count));
            await pipe.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }

        watcher.End(sender);
        await pipe.FinishAsync(cancellationToken);
        if (!pipe.HasEnded)
            await EndAsync(target, cancellationToken);
    }

    /// <summary>Says that no more comes, and leaves the other direction open.</summary>
    private static async Task EndAsync(Stream target, CancellationToken cancellationToken)
    {
        if (target is SslStream tls)
            await tls.ShutdownAsync().WaitAsync(cancellationToken);
        else
            ((NetworkStream)target).Socket.Shutdown(SocketShutdown.Send);
    }
}

/// <summary>Shows and records what passes on one connection.</summary>
/// <param name="decoder">Shows it; null for nothing to show.</param>
/// <param name="recording">Records it; null for no recording.</param>
/// <param name="output">Only who holds it may show or record, so that both have the same order.</param>
/// <param name="clock">The time.</param>
internal sealed class ProxyWatcher(
    ConnectionDecoder? decoder, CaptureWriter.Connection? recording, Lock output, TimeProvider clock) : IDisposable
{
    private long Ticks => clock.GetUtcNow().Ticks;

    public void Octets(Side sender, ReadOnlySpan<byte> octets)
    {
        long ticks = Ticks;
        lock (output)
        {
            recording?.Octets((int)sender, octets, ticks);
            decoder?.Octets((int)sender, octets, ticks);
        }
    }

    public void End(Side sender)
    {
        long ticks = Ticks;
        lock (output)
        {
            recording?.End((int)sender, ticks);
            decoder?.End((int)sender, isReset: false, ticks);
        }
    }

    public void Fault(Side sender, Fault fault, long message)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{fault}, message {message}");
        lock (output)
            decoder?.Tell(sender, Ticks, "fault", text);
    }

    public void Dispose()
    {
        lock (output)
            decoder?.Dispose();
    }
}
