using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.AspNetCore.Hosting;

/// <summary>The calls that wait for an answer of one client. Each ends once: by its answer, by the client's end, or because it is forgotten.</summary>
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

    /// <summary>Waits for the answer to a packet that is about to be sent.</summary>
    /// <returns>
    /// The answer, or null in its place when the client leaves: an exception may have nobody any more who would see it. Null where the
    /// client has left already.
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

    /// <summary>The client has answered. What nobody waits for, or not any more, is ignored.</summary>
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

    /// <summary>The client has left.</summary>
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
