using System;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;

namespace WsProto.Cli;

/// <summary>
/// SIGINT and SIGTERM end what runs, in order; a second signal, or one that is not obeyed in time, ends the program. They are heard before
/// anything runs: a server that says it is ready can be ended.
/// </summary>
internal sealed class Signals : IDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _over;
    private readonly TaskCompletionSource<int> _ignored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;

    /// <param name="cancellationToken">Ends it too.</param>
    internal Signals(CancellationToken cancellationToken)
    {
        _over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Hear(context, ExitCode.Interrupted));
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Hear(context, ExitCode.Terminated));
    }

    /// <summary>Runs something until it ends.</summary>
    /// <returns>Its exit code, or that of the signal which it did not obey.</returns>
    internal async Task<int> RunAsync(Func<CancellationToken, Task<int>> action)
    {
        // On another thread, as one that reads standard input waits in the call itself.
        Task<int> running = Task.Run(() => action(_over.Token));
        return await await Task.WhenAny(running, _ignored.Task);
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _over.Dispose();
    }

    private void Hear(PosixSignalContext context, int code)
    {
        if (_over.IsCancellationRequested)
            return;
        context.Cancel = true;
        _ = Task.Delay(_patience).ContinueWith(_ => _ignored.TrySetResult(code), TaskScheduler.Default);
        _over.Cancel();
    }
}
