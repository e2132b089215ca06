using System;
using System.Threading;
using System.Threading.Tasks;
using System.Threading.Tasks.Sources;

namespace WsProto.Adapters.Sessions;

/// <summary>
/// An asynchronous signal: lets one task at a time wait for something to happen, without allocating. Whoever signals claims the waiter
/// under the lock, and completes it without. A wait that is cancelled loses nothing, as the caller checks its condition again.
/// </summary>
/// <param name="gate">The lock that guards what is waited for too.</param>
internal sealed class Signal(Lock gate) : IValueTaskSource<bool>
{
    private ManualResetValueTaskSourceCore<bool> _source;
    private CancellationToken _token;
    private CancellationTokenRegistration _registration;
    private bool _isInUse;

    /// <summary>Whether somebody waits whom nobody has claimed.</summary>
    internal bool IsAwaited { get; private set; }

    /// <summary>
    /// Whether a wait has begun whose result was not taken yet: another would take its place, and leave it without an end.
    /// </summary>
    internal bool IsInUse => Volatile.Read(ref _isInUse);

    /// <summary>Begins to wait. The caller holds the lock, has checked its condition, and knows that the signal is not in use.</summary>
    internal ValueTask<bool> WaitAsync(CancellationToken cancellationToken = default)
    {
        _source.Reset();
        IsAwaited = true;
        _isInUse = true;
        _token = cancellationToken;
        // A callback that comes late finds another token, or one that is cancelled too.
        _registration = cancellationToken.UnsafeRegister(static (signal, token) => ((Signal)signal!).Cancel(token), this);
        return new ValueTask<bool>(this, _source.Version);
    }

    /// <summary>Claims the waiter, if there is one: then <see cref="Complete"/> has to follow. The caller holds the lock.</summary>
    internal bool TryClaim()
    {
        bool claimed = IsAwaited;
        IsAwaited = false;
        return claimed;
    }

    /// <summary>Completes the wait that was claimed. The caller does not hold the lock.</summary>
    /// <param name="value">What the wait gives.</param>
    /// <param name="here">Whether the waiter goes on inside this call, rather than on another thread.</param>
    internal void Complete(bool value, bool here)
    {
        _source.RunContinuationsAsynchronously = !here;
        _source.SetResult(value);
    }

    public bool GetResult(short token)
    {
        // A result that was taken before is refused, and harms no wait of now.
        if (token != _source.Version)
            return _source.GetResult(token);
        _registration.Unregister();
        _registration = default;
        try
        {
            return _source.GetResult(token);
        }
        finally
        {
            Volatile.Write(ref _isInUse, false);
        }
    }

    public ValueTaskSourceStatus GetStatus(short token) => _source.GetStatus(token);

    public void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _source.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        lock (gate)
        {
            if (token != _token || !TryClaim())
                return;
        }

        _source.RunContinuationsAsynchronously = true;
        _source.SetException(new OperationCanceledException(token));
    }
}
