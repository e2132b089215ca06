using System;
using System.Threading.Tasks;

namespace WsProto.SocketIO.Client.Hosting;

/// <summary>Whoever waits to get into a namespace.</summary>
internal sealed class JoinWaiter
{
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether a connection was begun for it.</summary>
    internal bool HasStarted { get; set; }

    internal Task Task => _joined.Task;

    internal void Succeed() => _joined.TrySetResult();

    internal void Fail(Exception e) => _joined.TrySetException(e);
}
