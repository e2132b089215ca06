using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.Sockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Cli.Listen;

/// <summary>Spoils what a server writes: the lines of its head, then each frame.</summary>
/// <param name="inner">Where it goes.</param>
/// <param name="misbehaviour">What to do wrong.</param>
/// <param name="clock">The time of delays.</param>
internal sealed class MisbehavingStream(Stream inner, Misbehaviour misbehaviour, TimeProvider clock) : PassThroughStream(inner)
{
    private readonly List<byte> _pending = [];
    private bool _isHead = true;

    protected override bool EndsInner => !misbehaviour.LeavesOpen;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _pending.AddRange(buffer.Span);
        if (_isHead && !await WriteHeadAsync(cancellationToken))
            return;
        if (misbehaviour.Frame is null && !misbehaviour.CutsAtFirstFrame)
        {
            await SendAsync([.. _pending], cancellationToken);
            _pending.Clear();
            return;
        }

        foreach (OutgoingFrame frame in OutgoingFrame.Take(_pending))
        {
            if (misbehaviour.CutsAtFirstFrame)
            {
                await Inner.DisposeAsync();
                throw new IOException("The connection is broken off, as the misbehaviour wants it.");
            }

            await SendAsync([.. misbehaviour.Frame!(frame).SelectMany(octets => octets)], cancellationToken);
        }
    }

    /// <summary>Where the connection is to stay open, it does so until the client ends it.</summary>
    public async Task LeaveOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            byte[] rest = new byte[4096];
            while (await Inner.ReadAsync(rest, cancellationToken) > 0)
            {
                // Nobody reads it.
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client has gone, or the program ends.
        }

        await Inner.DisposeAsync();
    }

    /// <summary>Sends the head as soon as it is there.</summary>
    /// <returns>Whether it is.</returns>
    private async Task<bool> WriteHeadAsync(CancellationToken cancellationToken)
    {
        string text = Encoding.Latin1.GetString([.. _pending]);
        int end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0)
            return false;
        string head = string.Join("\r\n", text[..end].Split("\r\n").Select(misbehaviour.Head ?? (line => line)));
        _pending.RemoveRange(0, end + 4);
        _isHead = false;
        await SendAsync(Encoding.Latin1.GetBytes(head + "\r\n\r\n"), cancellationToken);
        return true;
    }

    private async Task SendAsync(byte[] octets, CancellationToken cancellationToken)
    {
        if (misbehaviour.Delay > TimeSpan.Zero)
            await Task.Delay(misbehaviour.Delay, clock, cancellationToken);
        foreach (byte[] piece in misbehaviour.IsByOctets ? octets.Chunk(1) : [octets])
        {
            await Inner.WriteAsync(piece, cancellationToken);
            await Inner.FlushAsync(cancellationToken);
        }
    }
}
