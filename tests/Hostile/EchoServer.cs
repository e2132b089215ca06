using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using WsProto.Adapters;

namespace WsProto.Hostile;

/// <summary>
/// The server under attack, with the options that a server has by default, or shorter times. It echoes on /echo and discards on /sink. It says its port, and what it has
/// when asked. It stops when its input ends or on SIGTERM.
/// </summary>
internal static class EchoServer
{
    private static readonly TimeSpan _quick = TimeSpan.FromSeconds(2);
    private static int _open;
    private static int _failed;
    private static int _unobserved;

    /// <param name="isQuick">Whether what takes long by default, a handshake or a write, is given up after two seconds.</param>
    internal static async Task RunAsync(bool isQuick)
    {
        TaskScheduler.UnobservedTaskException += (_, _) => Interlocked.Increment(ref _unobserved);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.TrySetResult();
        });
        var options = new WsListenerOptions
        {
            Accept = isQuick
                ? new() { Extensions = [new PerMessageDeflate()], HandshakeTimeout = _quick, Session = new() { WriteTimeout = _quick } }
                : new() { Extensions = [new PerMessageDeflate()] },
            OnHandlerFailed = (_, _) => Interlocked.Increment(ref _failed),
        };
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), options);
        listener.Start();
        Console.WriteLine(((IPEndPoint)listener.LocalEndPoint).Port.ToString(CultureInfo.InvariantCulture));
        Task running = listener.RunAsync(HandleAsync);
        _ = Task.Run(() =>
        {
            while (Console.ReadLine() is not null)
                Console.WriteLine(Describe());
            stop.TrySetResult();
        });
        await stop.Task;
        await listener.StopAsync();
        await running;
    }

    private static async Task HandleAsync(WsSession session, CancellationToken stop)
    {
        Interlocked.Increment(ref _open);
        try
        {
            bool isEcho = session.Request!.Target == "/echo";
            await foreach (Message message in session.ReadAllAsync(stop))
            {
                if (isEcho)
                    await session.SendAsync(message, stop);
            }
        }
        catch (WsClosedException)
        {
            // The peer left while it was answered.
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The server stops.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private static string Describe()
    {
        for (int i = 0; i < 2; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return string.Join(' ', Volatile.Read(ref _open), Volatile.Read(ref _failed), Volatile.Read(ref _unobserved), GC.GetTotalMemory(true), Environment.WorkingSet,
            Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
    }
}
