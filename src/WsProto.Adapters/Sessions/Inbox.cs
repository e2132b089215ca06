using System.Collections.Generic;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// What arrived while nobody received: frames with data of their own, in order, and bounded. Its caller holds the lock of the receiving
/// direction.
/// </summary>
/// <param name="limit">From how many bytes on it is full.</param>
internal sealed class Inbox(int limit)
{
    /// <summary>What a frame counts beside its payload.</summary>
    private const int Overhead = 32;

    /// <summary>A queue that has grown beyond this is given back once it is empty.</summary>
    private const int KeptCapacity = 64;

    private Queue<ReceivedFrame>? _frames;
    private long _size;

    internal bool IsEmpty => _frames is not { Count: > 0 };

    internal bool IsFull => _size >= limit;

    /// <summary>Whether a frame was dropped. Then all that follow are: a prefix is delivered, and nothing with holes.</summary>
    internal bool IsDropping { get; private set; }

    /// <summary>Puts a frame at the end.</summary>
    /// <param name="frame">With data of its own.</param>
    /// <param name="dropsIfFull">Whether it is dropped if there is no room.</param>
    internal void Add(in ReceivedFrame frame, bool dropsIfFull)
    {
        IsDropping |= dropsIfFull && IsFull;
        if (IsDropping)
            return;
        (_frames ??= new()).Enqueue(frame);
        _size += frame.Payload.Length + Overhead;
    }

    internal bool TryTake(out ReceivedFrame frame)
    {
        frame = default;
        if (_frames?.TryDequeue(out frame) != true)
            return false;
        _size -= frame.Payload.Length + Overhead;
        if (_frames.Count == 0 && _frames.Capacity > KeptCapacity)
            _frames.TrimExcess();
        return true;
    }
}
