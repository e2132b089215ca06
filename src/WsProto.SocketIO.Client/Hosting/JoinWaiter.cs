using System;
using System.Threading.Tasks;

namespace WsProto.SocketIO.Client.Hosting;

/// <summary>A wait for the connection to a namespace.</summary>
internal sealed class JoinWaiter
{
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Whether this wait has started the connection.</summary>
    internal bool HasStarted { get; set; }

    internal Task Task => _joined.Task;

    internal void Succeed() => _joined.TrySetResult();

    internal void Fail(Exception e) => _joined.TrySetException(e);
}
