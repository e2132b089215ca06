// Runs work one after the other, on the thread pool or in a context that the application has chosen. The lock guards the queue, and nothing
// is called while it is held.

using System;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.Client.Hosting;

internal sealed class SerialWorker(SynchronizationContext? context)
{
    /// <summary>A queue with a larger capacity is trimmed when it is empty.</summary>
    private const int KeptCapacity = 64;

    private readonly Lock _lock = new();
    private readonly Queue<Func<Task>> _work = [];
    private bool _isWorking;

    /// <summary>Adds work, which must not throw.</summary>
    internal void Add(Func<Task> work)
    {
        lock (_lock)
        {
            _work.Enqueue(work);
            if (_isWorking)
                return;
            _isWorking = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static worker => _ = worker.WorkAsync(), this, preferLocal: false);
    }

    /// <summary>Runs a handler in the context for handlers. The returned task has its exception.</summary>
    internal async Task RunAsync(Func<Task> handler)
    {
        if (context is null)
        {
            await handler().ConfigureAwait(false);
            return;
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        context.Post(static state => ((Posted)state!).Run(), new Posted(handler, done, ExecutionContext.Capture()));
        await done.Task.ConfigureAwait(false);
    }

    private async Task WorkAsync()
    {
        while (TryTake(out Func<Task>? work))
            await work().ConfigureAwait(false);
    }

    private bool TryTake([NotNullWhen(true)] out Func<Task>? work)
    {
        lock (_lock)
        {
            _isWorking = _work.TryDequeue(out work);
            if (!_isWorking && _work.Capacity > KeptCapacity)
                _work.TrimExcess();
            return _isWorking;
        }
    }

    private sealed record Posted(Func<Task> Handler, TaskCompletionSource Done, ExecutionContext? Flow)
    {
        [SuppressMessage("Design", "CA1031", Justification = "The task of the handler has its exception.")]
        [SuppressMessage("Usage", "VSTHRD100", Justification = "It is posted to a context, and does not throw.")]
        internal async void Run()
        {
            try
            {
                Task task = Task.CompletedTask;
                if (Flow is null)
                    task = Handler();
                else
                    ExecutionContext.Run(Flow, _ => task = Handler(), null);
                await task.ConfigureAwait(false);
                Done.SetResult();
            }
            catch (Exception e)
            {
                Done.SetException(e);
            }
        }
    }
}
