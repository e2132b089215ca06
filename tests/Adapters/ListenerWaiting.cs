using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

internal static class ListenerWaiting
{
    extension(ManualTime time)
    {
        /// <summary>Lets others run until they have set their timers.</summary>
        internal Task UntilAsync(Func<ManualTime, bool> isSo) => UntilAsync(() => isSo(time));
    }

    /// <summary>Lets others run until something is so, where nothing tells of it.</summary>
    internal static async Task UntilAsync(Func<bool> isSo)
    {
        using var guard = new CancellationTokenSource(ListenerClient.Patience);
        while (!isSo())
        {
            guard.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
