// The end of the loop, and of what can be received.

using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Adapters.Sessions;

internal sealed partial class SessionReader
{
    /// <summary>For those who wait for the end of the loop.</summary>
    private TaskCompletionSource? _ended;
    private bool _hasEnded;

    /// <summary>Completes when the loop has ended: nobody touches the transport's reading side, or the receiving half, any more.</summary>
    internal Task Ended
    {
        get
        {
            lock (_gate)
            {
                if (_hasEnded)
                    return Task.CompletedTask;
                _ended ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                return _ended.Task;
            }
        }
    }

    /// <summary>Tells a receiver that waits that nothing more will come, where that is so.</summary>
    internal void EndInput()
    {
        if (!_session.IsInputOver)
            return;
        lock (_gate)
        {
            if (_holder != Loop || _isInline || !(_isReading || _hasEnded))
                return;
            _inputEnded = true;
            // One that lets others run before it goes on with what is stored is woken for that.
            if (!_inbox.IsEmpty || !_receiver.TryClaim())
                return;
        }

        _receiver.Complete(false, here: false);
    }

    /// <summary>Says that all that has arrived is parsed. Either whoever ends the session sees that, or the end is seen here.</summary>
    private void BeginReading()
    {
        Volatile.Write(ref _isReading, true);
        Interlocked.MemoryBarrier();
        EndInput();
    }

    private void NoteEnded()
    {
        TaskCompletionSource? ended;
        lock (_gate)
        {
            _hasEnded = true;
            ended = _ended;
        }

        EndInput();
        ended?.TrySetResult();
    }
}
