using System;
using System.Threading.Tasks;

namespace WsProto.SocketIO.Client.Hosting;

/// <summary>Whoever waits to get into a namespace.</summary>
internal sealed class JoinWaiter
{
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task Task => _joined.Task;

    internal void Succeed() => _joined.TrySetResult();

    internal void Fail(Exception e) => _joined.TrySetException(e);
}
