using System.Threading;
using System.Threading.Tasks;

namespace WsProto.SocketIO.Client.Hosting;

/// <summary>A wait for the end of an emit. It is the <see cref="SocketIOEmit.Tag"/>.</summary>
internal sealed class PendingEmit
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal void End() => _ended.TrySetResult();

    /// <summary>Waits until the emit has ended.</summary>
    /// <param name="driver">The driver of the emit.</param>
    /// <param name="emit">The emit.</param>
    /// <param name="cancellationToken">Cancels the emit, which ends at once.</param>
    internal async Task WaitAsync(ClientDriver driver, SocketIOEmit emit, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration cancelling = cancellationToken.UnsafeRegister(
            static state =>
            {
                (ClientDriver driver, SocketIOEmit emit) = ((ClientDriver, SocketIOEmit))state!;
                driver.Cancel(emit);
            },
            (driver, emit));
        await _ended.Task.ConfigureAwait(false);
    }
}
