// One direction of a proxy. Octets go on as they came; where a message has a fault, the frames of it are treated so. Frames are followed by
// their heads alone: whatever is wrong in them goes on as it is.

using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Cli.Decode;
using WsProto.Cli.Listen;

namespace WsProto.Cli.Proxy;

/// <summary>What both directions of a connection know of it.</summary>
internal sealed class ProxiedState
{
    /// <summary>Whether there are no frames of WebSockets: the server has refused, or it is not HTTP/1.1 that is spoken.</summary>
    public volatile bool HasNoFrames;
}

/// <summary>The connection is to end, as a fault wants it.</summary>
internal sealed class CutException : Exception;

/// <param name="sender">Whose octets they are.</param>
/// <param name="target">Where they go.</param>
/// <param name="faults">What is to be done wrong.</param>
/// <param name="state">What the other direction knows.</param>
/// <param name="random">What shares are drawn from.</param>
/// <param name="clock">The time of delays.</param>
/// <param name="watcher">Learns of each fault.</param>
internal sealed class FaultyPipe(
    Side sender, Stream target, FaultTable faults, ProxiedState state, Random random, TimeProvider clock, ProxyWatcher watcher)
{
    private const int LongestStatus = 16;

    /// <summary>What an answer of HTTP/1.1 begins with (RFC 9112 §4).</summary>
    private const string Http = "HTTP/";

    /// <summary>What a client of HTTP/2 begins with, up to its first line feed (RFC 9113 §3.4).</summary>
    private const string Http2 = "PRI * HTTP/2.0\r\n";

    /// <summary>Room for more is given up when what it was for has gone.</summary>
    private const int SmallRoom = 4 << 10;

    private readonly FrameWalker _frame = new(0);
    private readonly List<byte> _header = [];
    private ArrayBufferWriter<byte> _pending = new();
    private readonly StringBuilder _start = new();
    private int _lineFeeds;
    private bool _isHead = true;
    private bool _hasEnded;
    private bool _isHeld;
    private bool _isDecided;
    private bool _isDropped;
    private bool _isBroken;
    private bool _isByOctets;
    private long _messages;

    /// <summary>Sends octets on.</summary>
    /// <exception cref="CutException">The connection is to end.</exception>
    public async Task WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        while (!octets.IsEmpty && !_hasEnded)
        {
            if (_isHead)
            {
                int count = TakeHead(octets.Span);
                _pending.Write(octets.Span[..count]);
                octets = octets[count..];
                continue;
            }

            if (state.HasNoFrames)
            {
                _pending.Write([.. _header]);
                _header.Clear();
                _pending.Write(octets.Span);
                break;
            }

            if (_frame.IsBetweenFrames)
            {
                _isDecided = false;
                _isHeld = _isDropped || _isBroken || _isByOctets || faults.AreFor(sender);
            }

            int taken = _frame.Take(octets.Span);
            ReadOnlyMemory<byte> piece = octets[..taken];
            octets = octets[taken..];
            if (!_isDecided)
            {
                // What is done to a frame is known when its head is there; where nothing may be done, nothing waits for that.
                if (_isHeld)
                    _header.AddRange(piece.Span);
                if (_frame.HasHeader)
                {
                    _isDecided = true;
                    if (_frame is { IsControl: false, Opcode: not 0 })
                        await DecideAsync(cancellationToken);
                }

                if (_isHeld)
                {
                    if (!_isDecided)
                        continue;
                    piece = _header.ToArray();
                    _header.Clear();
                }
            }

            await PassAsync(piece, cancellationToken);
        }

        await FlushAsync(cancellationToken);
    }

    /// <summary>Sends on what was kept, as nothing more comes: a head of a frame that is not whole.</summary>
    public async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (!_hasEnded)
            _pending.Write([.. _header]);
        await FlushAsync(cancellationToken);
    }

    private async Task DecideAsync(CancellationToken cancellationToken)
    {
        _messages++;
        (_isDropped, _isBroken, _isByOctets) = (false, false, false);
        if (!_isHeld)
            return;
        foreach (Fault fault in faults.Current.Where(fault => fault.Sender == sender))
        {
            if (_hasEnded || !fault.Hits(_messages, random))
                continue;
            watcher.Fault(sender, fault, _messages);
            switch (fault.Kind)
            {
                case FaultKind.Delay:
                    await FlushAsync(cancellationToken);
                    await Task.Delay(fault.Delay, clock, cancellationToken);
                    break;
                case FaultKind.Stall:
                    await FlushAsync(cancellationToken);
                    await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellationToken);
                    break;
                case FaultKind.Cut:
                    await FlushAsync(cancellationToken);
                    throw new CutException();
                case FaultKind.Close:
                    byte[]? key = sender == Side.Client ? RandomNumberGenerator.GetBytes(4) : null;
                    _pending.Write(new OutgoingFrame(0x80 | OutgoingFrame.Close, [(byte)(fault.Code >> 8), (byte)fault.Code]).Encode(key));
                    _hasEnded = true;
                    break;
                default:
                    _isDropped |= fault.Kind == FaultKind.Drop;
                    _isBroken |= fault.Kind == FaultKind.Break;
                    _isByOctets |= fault.Kind == FaultKind.Octets;
                    break;
            }
        }
    }

    /// <summary>Sends a piece of a frame on. Control frames between those of a message go on as they are (RFC 6455 §5.4).</summary>
    private async Task PassAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        if (_hasEnded || (_isDropped && !_frame.IsControl))
            return;
        bool isData = !_frame.IsControl;
        if (isData && _isByOctets)
        {
            await FlushAsync(cancellationToken);
            for (int i = 0; i < piece.Length; i++)
            {
                await target.WriteAsync(piece.Slice(i, 1), cancellationToken);
                await target.FlushAsync(cancellationToken);
            }

            return;
        }

        _pending.Write(piece.Span);
        if (isData && _isBroken && _frame.IsFinished && _frame.Length > 0)
            await BreakLastAsync(cancellationToken);
    }

    private async Task BreakLastAsync(CancellationToken cancellationToken)
    {
        byte[] octets = _pending.WrittenSpan.ToArray();
        octets[^1] ^= 0xFF;
        _pending.ResetWrittenCount();
        await target.WriteAsync(octets, cancellationToken);
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        if (_pending.WrittenCount > 0)
        {
            await target.WriteAsync(_pending.WrittenMemory, cancellationToken);
            if (_pending.Capacity > SmallRoom)
                _pending = new ArrayBufferWriter<byte>();
            else
                _pending.ResetWrittenCount();
        }

        await target.FlushAsync(cancellationToken);
    }

    /// <summary>Follows the head up to its end. Behind 101 there are frames; other 1xx have another head behind them.</summary>
    private int TakeHead(ReadOnlySpan<byte> octets)
    {
        for (int i = 0; i < octets.Length; i++)
        {
            if (_start.Length < LongestStatus)
            {
                _start.Append((char)octets[i]);
                if (IsNoHttp1())
                    return i + 1;
            }

            _lineFeeds = octets[i] == '\n' ? _lineFeeds + 1 : octets[i] == '\r' ? _lineFeeds : 0;
            if (_lineFeeds < 2)
                continue;
            string[] words = _start.ToString().Split(' ', '\r');
            string status = sender == Side.Server && words.Length > 1 ? words[1] : "";
            _isHead = status.StartsWith('1') && status != "101";
            state.HasNoFrames |= sender == Side.Server && status.Length == 3 && !status.StartsWith('1');
            _start.Clear();
            _lineFeeds = 0;
            return i + 1;
        }

        return octets.Length;
    }

    /// <summary>Whether the side has begun with something else than HTTP/1.1, so that there are no frames to do a fault to.</summary>
    private bool IsNoHttp1()
    {
        bool isHttp2 = sender == Side.Client && _start.Length == LongestStatus && _start.ToString() == Http2;
        if (isHttp2)
            watcher.Http2();
        bool isOther = sender == Side.Server && _start.Length == Http.Length && _start.ToString() != Http;
        if (!isHttp2 && !isOther)
            return false;
        state.HasNoFrames = true;
        _isHead = false;
        return true;
    }
}
