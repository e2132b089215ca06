using System;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// Lets one task at a time wait for something to happen, without allocating. It carries no value: who is woken looks again. So a wait that is
/// cancelled loses nothing.
/// </summary>
/// <param name="gate">The lock of the session, which guards what is waited for too.</param>
internal sealed class Signal(Lock gate) : IValueTaskSource
{
    private ManualResetValueTaskSourceCore<bool> _source;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;

    internal bool IsAwaited { get; private set; }

    /// <summary>Begins to wait; call it with the lock held, after having looked.</summary>
    internal ValueTask WaitAsync(CancellationToken cancellationToken = default)
    {
        _source.Reset();
        IsAwaited = true;
        _token = cancellationToken;
        // A callback that comes late finds another token, or one that is cancelled too.
        _registration = cancellationToken.UnsafeRegister(static (signal, token) => ((Signal)signal!).Cancel(token), this);
        return new ValueTask(this, _source.Version);
    }

    /// <summary>Wakes whoever waits.</summary>
    /// <param name="here">Whether it goes on inside this call, rather than on another thread.</param>
    internal void Wake(bool here)
    {
        if (Claim(here))
            _source.SetResult(true);
    }

    public void GetResult(short token)
    {
        _registration.Unregister();
        _registration = default;
        _source.GetResult(token);
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        lock (gate)
        {
            if (token != _token || !Claim(here: false))
                return;
        }

        _source.SetException(new OperationCanceledException(token));
    }

    private bool Claim(bool here)
    {
        lock (gate)
        {
            if (!IsAwaited)
                return false;
            IsAwaited = false;
            _source.RunContinuationsAsynchronously = !here;
            return true;
        }
    }
}
