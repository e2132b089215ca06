namespace WsProto.Docs.Programs.Concepts;

public static class MadeUpTime
{
    public static Task RunAsync()
    {
        #region core
        var keepAlive = new KeepAlive(now: TimeSpan.Zero, interval: TimeSpan.FromSeconds(20), timeout: TimeSpan.FromSeconds(10));

        Ask(TimeSpan.FromSeconds(5));
        keepAlive.Observe(new TextMessage("still here"), TimeSpan.FromSeconds(5));
        Ask(TimeSpan.FromSeconds(20));
        Ask(TimeSpan.FromSeconds(25));
        Ask(TimeSpan.FromSeconds(35));

        void Ask(TimeSpan now)
        {
            KeepAliveAction action = keepAlive.OnTimer(now, out _);
            Console.WriteLine($"{now.TotalSeconds} s: {action}, ask again at {keepAlive.NextDeadline.TotalSeconds} s");
        }
        #endregion
        return Task.CompletedTask;
    }
}
