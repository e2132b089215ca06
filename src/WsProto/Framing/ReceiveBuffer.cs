// The bytes of one connection that have arrived and are not yet used up, in one pooled array:
//
//     0 ······· MessageStart ======== MessageEnd ······· Position -------- End ······· array.Length
//     dead      the message so far               dead    not yet read      free
//
// Frames are read at Position. Their payloads are unmasked into the message: in place where they already stand at its end (a
// message of one frame is never copied), downwards over the dead header bytes where they are fragments. So a message is always
// contiguous, and a frame that is not whole yet is unmasked and validated once, as it arrives.
//
// The array grows with what has arrived (ArraySizes.cs). It goes back to the pool as soon as nothing is held, but for a small one within a
// frame: an idle connection has no array.
//
// Where extensions write the message, what arrives says little about its size. There a large array that is full is put aside and the
// message goes on in the next, so growing never takes two arrays of its size; they are joined when the message is asked for.

using System;
using System.Buffers;

namespace WsProto.Framing;

/// <summary>
/// The buffer of a connection into which a transport reads straight (<see cref="WsConnection.ReceiveBuffer"/>): get memory, fill it, and
/// <see cref="Advance"/> by the number of bytes, which receives them.
/// </summary>
/// <remarks>
/// The memory stays valid while events are sent, until it is advanced over or asked for again, or something else is received or read. An
/// idle connection holds no memory, so ask for it when there is something to read, as after a read of no bytes has returned.
/// </remarks>
public sealed partial class ReceiveBuffer : IBufferWriter<byte>
{
    /// <summary>The most bytes of a character of UTF-8 that can be there without its last.</summary>
    private const int LongestCutCharacter = 3;

    private readonly ArrayPool<byte> _pool;
    private readonly int _large;
    private byte[] _array = [];
    private AsideSegments _aside;
    private int _messageStart;
    private int _messageEnd;
    private int _position;
    private int _end;
    private int _lent;

    private Arrival _arrival;

    /// <param name="pool">Where arrays come from.</param>
    /// <param name="large">The size that a large array has at once, instead of growing to it; 0 lets it grow.</param>
    internal ReceiveBuffer(ArrayPool<byte> pool, int large = 0)
    {
        _pool = pool;
        _large = large;
    }

    /// <summary>The peer will send no more bytes.</summary>
    internal bool HasEnded => _arrival.HasEnded;

    /// <summary>What has arrived and was not read yet.</summary>
    internal Span<byte> Unread => _array.AsSpan(_position, _end - _position);

    internal int UnreadCount => _end - _position;

    /// <summary>The payload of the message so far, less what was delivered.</summary>
    internal Span<byte> Message
    {
        get
        {
            if (!_aside.IsEmpty)
                Join();
            return MessageHere;
        }
    }

    private Span<byte> MessageHere => _array.AsSpan(_messageStart, _messageEnd - _messageStart);

    /// <summary>The length of the message so far, which need not become one piece for it.</summary>
    internal int MessageLength => _aside.Length + MessageHere.Length;

    /// <summary>
    /// Whether what is held can go to the front of the array. That costs a copy, so it must make room for at least as much again.
    /// </summary>
    private bool IsMovable => _lent == 0 && Held <= _array.Length / 2;

    /// <summary>How many bytes the array holds beside free and dead ones.</summary>
    internal int Held => _end - _position + _messageEnd - _messageStart;

    /// <summary>Says how many bytes are still to come of the frame under way. All that has arrived was read.</summary>
    /// <param name="count">The number of bytes.</param>
    /// <param name="key">Their masking key, so that they can be unmasked while they are copied; 0 if they must stay as they are.</param>
    internal void Announce(long count, uint key = 0) => _arrival.Announce(count, key);

    /// <summary>Takes no more from now on; what is written all the same is dropped.</summary>
    internal void Close() => _arrival.Close();

    /// <summary>Takes note of the end of the stream.</summary>
    internal void End() => _arrival.End();

    internal void Append(ReadOnlySpan<byte> data)
    {
        if (_arrival.IsClosed)
            return;
        Withdraw();
        Reserve(data.Length);
        if (_arrival.IsMasked && _arrival.Unmasked == UnreadCount)
        {
            int count = _arrival.Unmask(data, _array.AsSpan(_end));
            _end += count;
            data = data[count..];
        }

        data.CopyTo(_array.AsSpan(_end));
        _end += data.Length;
    }

    /// <summary>Passes over bytes that were used where they stand.</summary>
    internal void Skip(int count) => _position += count;

    /// <summary>Passes over a frame that was used where it stands; nothing of it is still to come.</summary>
    internal void TakeFrame(int size)
    {
        _position += size;
        _arrival.Announce(0, key: 0);
    }

    /// <summary>Unmasks the next bytes onto the end of the message.</summary>
    /// <param name="count">How many; at least those that were unmasked as they arrived.</param>
    /// <param name="key">The masking key of the first; 0 where they are not masked.</param>
    /// <returns>Whether they are known to be ASCII.</returns>
    internal bool MoveToMessage(int count, uint key)
    {
        if (_messageStart == _messageEnd)
            _messageStart = _messageEnd = _position;
        int unmasked = _arrival.Take(out bool isAscii);
        if (_messageEnd != _position)
            Masking.Apply(0, _array.AsSpan(_position, unmasked), _array.AsSpan(_messageEnd, unmasked));
        if (count > unmasked || unmasked == 0)
            isAscii &= MoveMasked(unmasked, count - unmasked, Masking.Advance(key, unmasked));
        _messageEnd += count;
        _position += count;
        return isAscii;
    }

    private bool MoveMasked(int offset, int count, uint key) =>
        (key != 0 || _messageEnd != _position)
        && Masking.Apply(key, _array.AsSpan(_position + offset, count), _array.AsSpan(_messageEnd + offset, count));

    /// <summary>The end of the message, without joining it. What was put aside must not be asked for.</summary>
    /// <param name="offset">Where to begin, counted from the start of the message.</param>
    internal Span<byte> MessageFrom(int offset) => MessageHere[(offset - _aside.Length)..];

    /// <summary>
    /// Puts the array aside if it is large and full, and goes on in another. The last bytes come along, as a character may be cut there; so
    /// those that were validated and those that were put aside are the same at most.
    /// </summary>
    /// <param name="room">The most bytes that the message may still grow by; at least 1.</param>
    internal void PutAside(long room)
    {
        bool isFull = _array.Length >= _large && _end == _array.Length;
        // Where half of it is dead, moving what is held to the front makes room.
        if (!isFull || Held <= _array.Length / 2)
            return;
        int along = Math.Min(LongestCutCharacter, Held);
        byte[] next = _pool.Rent((int)Math.Min(_large, room + along));
        MessageHere[^along..].CopyTo(next);
        _aside.Add(_array, _messageStart, Held - along);
        _array = next;
        _messageStart = 0;
        _messageEnd = _position = _end = along;
    }

    /// <summary>Memory to write the message to: as much as is wanted, or what a large array has left.</summary>
    /// <param name="least">The fewest bytes.</param>
    /// <param name="wanted">The most bytes.</param>
    internal Memory<byte> GetMemory(int least, int wanted)
    {
        if (Held == 0)
            _messageStart = _messageEnd = _position = _end = 0;
        if (_array.Length < _large || _array.Length - _end < least)
            Reserve(wanted);
        _lent = Math.Min(_array.Length - _end, wanted);
        return _array.AsMemory(_end, _lent);
    }

    /// <summary>Forgets the first bytes of the message.</summary>
    internal void DropFromMessage(int count) => _messageStart += count;

    /// <summary>Gives the array back if nothing is in it and nobody is about to write to it.</summary>
    /// <param name="keepSmall">Keeps one that is not large, as the rest of a frame is on its way.</param>
    internal void ReleaseIfEmpty(bool keepSmall = false)
    {
        if (Held > 0 || _lent > 0)
            return;
        if (keepSmall && _array.Length <= ArraySizes.LargestSmall)
            _messageStart = _messageEnd = _position = _end = 0;
        else
            Release();
    }

    /// <summary>Forgets everything and gives the array back.</summary>
    internal void Release()
    {
        byte[] old = _array;
        _array = [];
        _arrival.Earn(_end);
        _messageStart = _messageEnd = _position = _end = 0;
        _arrival.Forget();
        _aside.Release(_pool);
        Return(old);
        _lent = 0;
    }

    private void Reserve(int count)
    {
        int free = _array.Length - _end;
        if (free - count >= _arrival.Left)
            return;
        int held = Held;
        int needed = checked(held + count);
        bool isWorthMoving = IsMovable && needed <= _array.Length;
        // While little is held it moves early, if that lets the whole frame in.
        if (free >= count && !(isWorthMoving && held <= _arrival.Left / 4 && _arrival.Left <= _array.Length - needed))
            return;
        byte[] target = isWorthMoving ? _array : _pool.Rent(ArraySizes.For(held, count, _arrival, _large));
        byte[] old = _array;
        MoveTo(target);
        if (!ReferenceEquals(old, target))
            Return(old);
    }

    private void Join()
    {
        byte[] old = _array;
        int aside = _aside.Length;
        byte[] whole = _pool.Rent(aside + Held);
        MessageHere.CopyTo(whole.AsSpan(aside));
        _messageEnd = _position = _end = aside + Held;
        _messageStart = 0;
        _array = whole;
        _aside.MoveTo(whole, _pool);
        Return(old);
        _lent = 0;
    }

    private void MoveTo(byte[] target)
    {
        Span<byte> message = MessageHere;
        Span<byte> unread = Unread;
        message.CopyTo(target);
        unread.CopyTo(target.AsSpan(message.Length));
        _array = target;
        _messageStart = 0;
        _messageEnd = _position = message.Length;
        _end = message.Length + unread.Length;
    }

    private void Return(byte[] array)
    {
        if (array.Length > 0 && _lent == 0)
            _pool.Return(array);
    }
}
