using System;
using System.Runtime.CompilerServices;
using System.Threading;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Awaiting it goes on with a thread of the pool, behind all that waits there. Task.Yield() would go where the caller's context wants it,
/// and ForceYielding stands before what waits.
/// </summary>
internal readonly struct PoolTurn : ICriticalNotifyCompletion
{
    public bool IsCompleted => false;

    public PoolTurn GetAwaiter() => this;

    public void GetResult()
    {
    }

    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation) =>
        ThreadPool.UnsafeQueueUserWorkItem(static action => action(), continuation, preferLocal: false);
}
