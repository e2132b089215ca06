using Microsoft.Extensions.Time.Testing;

namespace WsProto.Cli.Tests;

/// <summary>Made-up time that says when a timer is set for so long, so that a test does not go on before.</summary>
/// <param name="dueTime">For how long.</param>
internal sealed class NotingTime(TimeSpan dueTime) : FakeTimeProvider
{
    private readonly TaskCompletionSource _isSet = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task IsSet => _isSet.Task;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan due, TimeSpan period)
    {
        ITimer timer = base.CreateTimer(callback, state, due, period);
        if (due == dueTime)
            _isSet.TrySetResult();
        return timer;
    }
}
