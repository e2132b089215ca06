using System;
using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;

namespace WsProto.Adapters.Transports;

/// <summary>
/// One operation of a socket, which may have to wait for the peer. Sockets share them: each is 300 bytes, and a socket of its own accord
/// would keep two for good, for what it received and what it sent last.
/// </summary>
internal sealed class SocketOperation : SocketAsyncEventArgs, IValueTaskSource<int>, IValueTaskSource
{
    /// <summary>How many wait to be used again. Most are with sockets that wait for their peer.</summary>
    private const int MostSpare = 256;

    private static readonly ConcurrentQueue<SocketOperation> _spare = new();
    private static int _spareCount;

    private ManualResetValueTaskSourceCore<int> _source;

    private SocketOperation()
        : base(true)
    {
    }

    /// <summary>Sends all bytes, or fails: so does a stream socket of .NET.</summary>
    /// <param name="socket">A connected stream socket.</param>
    /// <param name="data">Lent until the operation completes.</param>
    internal static ValueTask SendAsync(Socket socket, ReadOnlyMemory<byte> data)
    {
        SocketOperation operation = Take();
        return operation.IsPending(socket, MemoryMarshal.AsMemory(data), sends: true, out _)
            ? new ValueTask(operation, operation._source.Version)
            : default;
    }

    /// <summary>Waits until there is something to receive, or the end.</summary>
    /// <param name="socket">A connected stream socket.</param>
    internal static ValueTask WaitAsync(Socket socket)
    {
        SocketOperation operation = Take();
        return operation.IsPending(socket, Memory<byte>.Empty, sends: false, out _)
            ? new ValueTask(operation, operation._source.Version)
            : default;
    }

    /// <summary>Receives what has arrived, waiting for the first byte or the end.</summary>
    /// <param name="socket">A connected stream socket.</param>
    /// <param name="buffer">Lent until the operation completes.</param>
    internal static ValueTask<int> ReceiveAsync(Socket socket, Memory<byte> buffer)
    {
        SocketOperation operation = Take();
        return operation.IsPending(socket, buffer, sends: false, out int count)
            ? new ValueTask<int>(operation, operation._source.Version)
            : new ValueTask<int>(count);
    }

    public int GetResult(short token)
    {
        // A result that was taken before is refused, and harms no operation of now.
        bool isOfNow = token == _source.Version;
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            if (isOfNow)
                GiveBack();
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    protected override void OnCompleted(SocketAsyncEventArgs e)
    {
        if (SocketError == SocketError.Success)
            _source.SetResult(BytesTransferred);
        else
            _source.SetException(new SocketException((int)SocketError));
    }

    void IValueTaskSource.GetResult(short token) => GetResult(token);

    private static SocketOperation Take()
    {
        if (!_spare.TryDequeue(out SocketOperation? operation))
            return new SocketOperation();
        Interlocked.Decrement(ref _spareCount);
        return operation;
    }

    /// <summary>Begins. What is done at once is given back at once.</summary>
    private bool IsPending(Socket socket, Memory<byte> buffer, bool sends, out int count)
    {
        bool isPending = false;
        count = 0;
        try
        {
            SetBuffer(buffer);
            isPending = sends ? socket.SendAsync(this) : socket.ReceiveAsync(this);
            if (isPending)
                return true;
            if (SocketError != SocketError.Success)
                throw new SocketException((int)SocketError);
            count = BytesTransferred;
            return false;
        }
        finally
        {
            if (!isPending)
                GiveBack();
        }
    }

    private void GiveBack()
    {
        SetBuffer(default);
        _source.Reset();
        if (Interlocked.Increment(ref _spareCount) <= MostSpare)
        {
            _spare.Enqueue(this);
            return;
        }

        Interlocked.Decrement(ref _spareCount);
        Dispose();
    }
}
