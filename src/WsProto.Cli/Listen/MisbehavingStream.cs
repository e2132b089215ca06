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
internal sealed class MisbehavingStream(Stream inner, Misbehaviour misbehaviour, TimeProvider clock) : Stream
{
    private readonly List<byte> _pending = [];
    private bool _isHead = true;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(buffer, cancellationToken);

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
                await inner.DisposeAsync();
                throw new IOException("The connection is broken off, as the misbehaviour wants it.");
            }

            await SendAsync([.. misbehaviour.Frame!(frame).SelectMany(octets => octets)], cancellationToken);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer, offset, count, default).GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer, offset, count, default).GetAwaiter().GetResult();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Where the connection is to stay open, it does so until the client ends it.</summary>
    public async Task LeaveOpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            byte[] rest = new byte[4096];
            while (await inner.ReadAsync(rest, cancellationToken) > 0)
            {
                // Nobody reads it.
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client has gone, or the program ends.
        }

        await inner.DisposeAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        if (!misbehaviour.LeavesOpen)
            await inner.DisposeAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !misbehaviour.LeavesOpen)
            inner.Dispose();
        base.Dispose(disposing);
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
            await inner.WriteAsync(piece, cancellationToken);
            await inner.FlushAsync(cancellationToken);
        }
    }
}
