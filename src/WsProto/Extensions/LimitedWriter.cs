using System;
using System.Buffers;
using WsProto.Framing;

namespace WsProto.Extensions;

/// <summary>
/// Writes to a message, up to a limit. What an extension writes beyond goes nowhere and is known: so the limit is exact and memory is
/// bounded, whatever an extension does.
/// </summary>
internal sealed class LimitedWriter(ReceiveBuffer message, ArrayPool<byte> pool) : IBufferWriter<byte>
{
    /// <summary>
    /// The most bytes that are given at a time unless more are asked for, so that an extension that fills them works in steps.
    /// </summary>
    private const int StepSize = 32 * 1024;

    private long _limit;
    private byte[]? _overrun;
    private bool _overruns;
    private int _given;

    /// <summary>Whether more was written than the limit.</summary>
    internal bool IsOverrun { get; private set; }

    /// <summary>How many bytes were written within the limit.</summary>
    internal long Written { get; private set; }

    /// <summary>Begins anew.</summary>
    /// <param name="limit">The most bytes to write to the message.</param>
    internal void Begin(long limit)
    {
        _limit = limit;
        _overruns = IsOverrun = false;
        Written = 0;
    }

    /// <summary>Begins a step. All that was written before was judged.</summary>
    internal void BeginStep()
    {
        if (Written < _limit)
            message.PutAside(_limit - Written);
    }

    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)_given, nameof(count));
        _given = 0;
        if (_overruns)
        {
            // More was asked for than there was room; what was written may fit all the same, or in part.
            int fits = (int)Math.Min(count, _limit - Written);
            IsOverrun |= count > fits;
            if (fits == 0)
                return;
            _overrun.AsSpan(0, fits).CopyTo(message.GetSpan(fits));
            count = fits;
        }

        message.Advance(count);
        message.MoveToMessage(count, key: 0);
        Written += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        long room = _limit - Written;
        int size = Math.Max(sizeHint, 1);
        _overruns = size > room;
        if (!_overruns)
        {
            Memory<byte> step = message.GetMemory(size, (int)Math.Min(Math.Max(size, StepSize), room));
            _given = step.Length;
            return step;
        }

        if (_overrun is null || _overrun.Length < size)
        {
            Release();
            _overrun = pool.Rent(size);
        }

        _given = _overrun.Length;
        return _overrun;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <summary>Lets go of what took the rest.</summary>
    internal void Release()
    {
        if (_overrun is not null)
            pool.Return(_overrun);
        _overrun = null;
    }
}
