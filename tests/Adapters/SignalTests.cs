using WsProto.Adapters.Sessions;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

public class SignalTests
{
    /// <summary>The callback of a token may run late, when its wait was answered and another has begun.</summary>
    [Fact]
    public async Task Cancellation_that_comes_late_does_not_cancel_the_next_wait()
    {
        var gate = new Lock();
        var signal = new Signal(gate);
        using var early = new CancellationTokenSource();
        using var later = new CancellationTokenSource();
        var cancelling = new Thread(early.Cancel);
        ValueTask<bool> second;
        lock (gate)
        {
            ValueTask<bool> first = signal.WaitAsync(early.Token);
            cancelling.Start();
            // Its callback waits for the lock that this thread has.
            SpinWait.SpinUntil(() => early.IsCancellationRequested && cancelling.ThreadState.HasFlag(ThreadState.WaitSleepJoin));
            Assert.True(signal.TryClaim());
            signal.Complete(value: true, here: false);
            Assert.True(IsTrueNow(first));
            second = signal.WaitAsync(later.Token);
        }

        cancelling.Join();
        Assert.False(second.IsCompleted);
        await later.CancelAsync();
        OperationCanceledException e = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second.Soon());
        Assert.Equal(later.Token, e.CancellationToken);
    }

    private static bool IsTrueNow(ValueTask<bool> task) => task.IsCompleted && task.Result;
}
