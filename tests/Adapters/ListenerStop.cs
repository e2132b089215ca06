using System.Net;

namespace WsProto.Adapters.Tests;

/// <summary>
/// Stopping in a process of its own, where nothing has been stopped before: a server that is out of descriptors can open no file, so
/// whatever stopping needs has to be loaded by then.
/// </summary>
internal static class ListenerStop
{
    /// <summary>Says what was loaded while a listener stopped, one line for each.</summary>
    internal static async Task RunAsync()
    {
        bool isStopping = false;
        AppDomain.CurrentDomain.AssemblyLoad += (_, e) =>
        {
            if (Volatile.Read(ref isStopping))
                Console.WriteLine("loaded: " + e.LoadedAssembly.GetName().Name);
        };
        // In the force of a timeout that is over at once, all ways of ending a session are taken.
        await using var listener =
            new WsListener(new IPEndPoint(IPAddress.Loopback, 0), new WsListenerOptions { ShutdownTimeout = TimeSpan.Zero });
        var isServed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task running = listener.RunAsync(async (session, _) =>
        {
            ValueTask<Message?> receiving = session.ReceiveAsync(CancellationToken.None);
            isServed.SetResult();
            await receiving;
        });
        using ListenerClient open = await ListenerClient.OpenAsync(listener.LocalEndPoint);
        using ListenerClient pending = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await pending.SendAsync("GET / HTT");
        // What serving needs was loaded before.
        await isServed.Task;
        await Console.Out.FlushAsync();
        Volatile.Write(ref isStopping, true);
        await listener.StopAsync();
        await running;
        Volatile.Write(ref isStopping, false);
        Console.WriteLine("end");
    }
}
