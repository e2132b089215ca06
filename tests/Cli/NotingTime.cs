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
        var timer = new NotingTimer(base.CreateTimer(callback, state, due, period), Note);
        Note(due);
        return timer;
    }

    private void Note(TimeSpan due)
    {
        if (due == dueTime)
            _isSet.TrySetResult();
    }

    private sealed class NotingTimer(ITimer inner, Action<TimeSpan> note) : ITimer
    {
        public bool Change(TimeSpan due, TimeSpan period)
        {
            bool isSet = inner.Change(due, period);
            note(due);
            return isSet;
        }

        public void Dispose() => inner.Dispose();

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
