using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.AspNetCore.Testing;

/// <summary>The events that a client has received and no test has taken yet, and the waits for events.</summary>
internal sealed class ReceivedEvents
{
    private readonly Lock _lock = new();
    private readonly List<SocketIOReceived> _events = [];
    private readonly List<(string Name, TaskCompletionSource<SocketIOReceived> Completion)> _waiting = [];
    private Exception? _end;

    internal IReadOnlyList<SocketIOReceived> Peek()
    {
        lock (_lock)
            return [.. _events];
    }

    internal IReadOnlyList<SocketIOReceived> TakeAll()
    {
        lock (_lock)
        {
            SocketIOReceived[] taken = [.. _events];
            _events.Clear();
            return taken;
        }
    }

    /// <summary>Passes an event to the first wait for its name, or keeps it.</summary>
    internal void Add(SocketIOReceived received)
    {
        lock (_lock)
        {
            int index = _waiting.FindIndex(item => item.Name == received.Name);
            if (index < 0)
            {
                _events.Add(received);
                return;
            }

            _waiting[index].Completion.TrySetResult(received);
            _waiting.RemoveAt(index);
        }
    }

    /// <summary>Takes the first event of a name, now or when it is received.</summary>
    internal Task<SocketIOReceived> TakeAsync(string name)
    {
        lock (_lock)
        {
            int index = _events.FindIndex(item => item.Name == name);
            if (index >= 0)
            {
                SocketIOReceived found = _events[index];
                _events.RemoveAt(index);
                return Task.FromResult(found);
            }

            if (_end is not null)
                return Task.FromException<SocketIOReceived>(_end);
            var completion = new TaskCompletionSource<SocketIOReceived>(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((name, completion));
            return completion.Task;
        }
    }

    /// <summary>Ends a wait.</summary>
    /// <returns>False if the event was received meanwhile.</returns>
    internal bool Forget(Task<SocketIOReceived> waiting)
    {
        lock (_lock)
            return _waiting.RemoveAll(item => item.Completion.Task == waiting) > 0 || !waiting.IsCompletedSuccessfully;
    }

    /// <summary>Ends all waits, because no more events follow. Events that were received can still be taken.</summary>
    internal void End(Exception end)
    {
        lock (_lock)
        {
            _end = end;
            foreach ((_, TaskCompletionSource<SocketIOReceived> completion) in _waiting)
                completion.TrySetException(end);
            _waiting.Clear();
        }
    }
}
