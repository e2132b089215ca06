using System;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Transports;

/// <summary>
/// One side of a pair of pipes: used by one operation at a time, and completed once, when it is asked for and nobody uses it.
/// </summary>
/// <param name="complete">Completes the side.</param>
internal sealed class PipeSide(Func<ValueTask> complete)
{
    private readonly Lock _lock = new();
    private bool _inUse;
    private bool _isClosed;
    private bool _isCompleting;
    private bool _isCompleted;

    /// <summary>Begins an operation.</summary>
    /// <exception cref="ObjectDisposedException">The side was closed or completed.</exception>
    /// <exception cref="InvalidOperationException">Another operation goes on.</exception>
    internal void Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isClosed || _isCompleting, typeof(WsTransport));
            if (_inUse)
                throw new InvalidOperationException("Another operation of this kind goes on.");
            _inUse = true;
        }
    }

    /// <summary>Ends an operation, and completes the side where that waits for it.</summary>
    internal ValueTask LeaveAsync()
    {
        bool last;
        lock (_lock)
        {
            _inUse = false;
            last = MayComplete();
        }

        return last ? complete() : default;
    }

    /// <summary>Lets no operation begin any more.</summary>
    /// <returns>Whether one goes on, which has to be broken off.</returns>
    internal bool Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            return _inUse;
        }
    }

    /// <summary>Completes the side: now, or when the operation that goes on is over.</summary>
    internal ValueTask CompleteAsync()
    {
        bool last;
        lock (_lock)
        {
            _isCompleting = true;
            last = MayComplete();
        }

        return last ? complete() : default;
    }

    private bool MayComplete()
    {
        if (!_isCompleting || _inUse || _isCompleted)
            return false;
        _isCompleted = true;
        return true;
    }
}
