using System;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace WsProto.Adapters.Sessions;

/// <summary>All that a session calls of its connection to receive. One caller at a time: whoever has the turn.</summary>
internal sealed class ReceivingHalf(WsConnection connection)
{
    private readonly WsReceiver _receiver = connection.Receiver;

    private const int LeastRead = 4 * 1024;
    private const int MostRead = 64 * 1024;

    /// <summary>
    /// So much is left free behind what is read: a buffer that is lent again, in order to leave it to a view (<see cref="LeaveBuffer"/>),
    /// then needs not be moved within its array.
    /// </summary>
    private const int Slack = 512;

    /// <summary>The array that was lent last, in which payloads lie.</summary>
    private byte[] _array = [];
    private int _readSize = LeastRead;
    private bool _hasEnded;

    /// <summary>
    /// How many of the bytes that came are not read yet, as far as that can be told from the frames that were; 0 once there is nothing to
    /// read.
    /// </summary>
    internal int AtHand { get; private set; }

    /// <summary>Whether there is a buffer already, as within a frame, that is worth reading into.</summary>
    internal bool HasBuffer => _receiver.ReceiveBuffer.FreeCapacity >= Slack + (_readSize / 2);

    /// <summary>Memory to read into.</summary>
    internal Memory<byte> LendBuffer()
    {
        int room = _receiver.ReceiveBuffer.FreeCapacity;
        Memory<byte> memory = _receiver.ReceiveBuffer.GetMemory(room >= Slack + (_readSize / 2) ? Math.Min(room, _readSize) : _readSize);
        _array = MemoryMarshal.TryGetArray<byte>(memory, out ArraySegment<byte> segment) ? segment.Array! : [];
        memory = memory[..^Slack];
        return memory.Length > MostRead ? memory[..MostRead] : memory;
    }

    /// <summary>Takes what was read into the buffer that was lent.</summary>
    internal void Advance(int count)
    {
        _receiver.ReceiveBuffer.Advance(count);
        AtHand += count;
        // A read that fills its buffer is followed by a larger one, so that a busy session makes few calls and an idle one takes little
        // memory.
        if (count >= _readSize - Slack)
            _readSize = Math.Min(MostRead, 2 * _readSize);
        else if (count < _readSize / 4)
            _readSize = Math.Max(LeastRead, _readSize / 2);
    }

    /// <summary>
    /// Takes the end of the stream. Behind the peer's Close, or what stands for it, it says nothing more; but the core would be closed by
    /// it, and send no answer.
    /// </summary>
    internal void ReceiveEndOfStream()
    {
        _hasEnded = true;
        if (connection.State != ConnectionState.RemoteClosing)
            _receiver.ReceiveEndOfStream();
    }

    /// <summary>Reads the next frame.</summary>
    internal bool TryReadFrame(out ReceivedFrame frame)
    {
        if (_receiver.TryReadFrame(out Frame read))
        {
            AtHand = Math.Max(0, AtHand - SizeOf(read.Payload.Length));
            ReadOnlyMemory<byte> payload = Locate(read.Payload, out bool isOwned);
            frame = new ReceivedFrame(read.Opcode, payload, isOwned, read.FrameFinished, read.MessageFinished);
            return true;
        }

        AtHand = 0;
        frame = default;
        return false;
    }

    /// <summary>Reads what is no frame: a violation, or an end of the stream without a Close.</summary>
    internal bool TryReadEnd([NotNullWhen(true)] out CloseConnection? close)
    {
        close = null;
        // As long as frames may follow, there is nothing else to read.
        if (connection.State is ConnectionState.Open or ConnectionState.LocalClosing && !_hasEnded)
            return false;
        close = _receiver.TryReadEvent(out WsEvent? e) ? (CloseConnection)e : null;
        return close is not null;
    }

    /// <summary>
    /// Leaves the array with a view that somebody may still look at, and goes on in another. It does not go back to the pool.
    /// </summary>
    internal void LeaveBuffer()
    {
        // Memory that was lent and not advanced over is never reused by the connection.
        _receiver.ReceiveBuffer.GetMemory(1);
        _receiver.Receive([]);
        _array = [];
    }

    /// <summary>Lets go of all memory. The sending half is quiet too.</summary>
    internal void Dispose() => connection.Dispose();

    private int SizeOf(int payload) =>
        payload + (payload < 126 ? 2 : payload <= ushort.MaxValue ? 4 : 10) + (connection.Role == ConnectionRole.Server ? 4 : 0);

    /// <summary>What does not lie in the array that was lent, as what an extension wrote, is copied.</summary>
    private ReadOnlyMemory<byte> Locate(ReadOnlySpan<byte> payload, out bool isOwned)
    {
        isOwned = payload.IsEmpty;
        if (isOwned)
            return default;
        if (_array.AsSpan().Overlaps(payload, out int offset))
            return _array.AsMemory(offset, payload.Length);
        isOwned = true;
        return payload.ToArray();
    }
}
