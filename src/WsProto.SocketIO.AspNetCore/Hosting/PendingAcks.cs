using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>
/// The calls that wait for the acknowledgement of one client. Each ends once: when it is answered, when the client disconnects, or when it
/// is given up.
/// </summary>
internal sealed class PendingAcks
{
    private readonly Lock _lock = new();
    private Dictionary<long, TaskCompletionSource<SocketIOArguments?>>? _calls;
    private bool _isOver;

    internal int Count
    {
        get
        {
            lock (_lock)
                return _calls?.Count ?? 0;
        }
    }

    /// <summary>Registers a call that is about to be sent.</summary>
    /// <returns>
    /// A task with the acknowledgement; its result is null if the client disconnects, because an exception might be observed by nobody.
    /// Null instead of a task if the client has disconnected.
    /// </returns>
    internal Task<SocketIOArguments?>? Expect(long id)
    {
        var answer = new TaskCompletionSource<SocketIOArguments?>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_isOver)
                return null;
            (_calls ??= []).Add(id, answer);
        }

        return answer.Task;
    }

    /// <summary>Handles an acknowledgement. One that no call waits for is ignored.</summary>
    internal void Answer(long id, SocketIOArguments arguments)
    {
        TaskCompletionSource<SocketIOArguments?>? answer;
        lock (_lock)
        {
            if (_calls?.Remove(id, out answer) != true)
                return;
        }

        answer!.TrySetResult(arguments);
    }

    internal void Forget(long id)
    {
        lock (_lock)
            _calls?.Remove(id);
    }

    /// <summary>Ends all calls, because the client has disconnected.</summary>
    internal void End()
    {
        Dictionary<long, TaskCompletionSource<SocketIOArguments?>>? calls;
        lock (_lock)
        {
            _isOver = true;
            calls = _calls;
            _calls = null;
        }

        if (calls is null)
            return;
        foreach (TaskCompletionSource<SocketIOArguments?> answer in calls.Values)
            answer.TrySetResult(null);
    }
}
