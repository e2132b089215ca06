using System.Net;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using WsProto.Adapters;
using WsProto.AspNetCore;

namespace WsProto.Hostile;

/// <summary>
/// The server under attack, with the options that a server has by default, or shorter times: a listener, or routes of ASP.NET Core. It
/// echoes on /echo and discards on /sink. It says its port, and what it has when asked. It stops when its input ends or on SIGTERM.
/// </summary>
internal static class EchoServer
{
    private static readonly TimeSpan _quick = TimeSpan.FromSeconds(2);
    private static int _open;
    private static int _failed;
    private static int _unobserved;

    /// <param name="hasRoutes">Whether it is ASP.NET Core's.</param>
    /// <param name="isQuick">Whether what takes long by default, a handshake or a write, is given up after two seconds.</param>
    internal static async Task RunAsync(bool hasRoutes, bool isQuick)
    {
        TaskScheduler.UnobservedTaskException += (_, _) => Interlocked.Increment(ref _unobserved);
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.TrySetResult();
        });
        (int port, Func<Task> stopAsync) = hasRoutes ? await StartRoutesAsync(isQuick) : StartListener(isQuick);
        Console.WriteLine(port);
        _ = Task.Run(() =>
        {
            while (Console.ReadLine() is not null)
                Console.WriteLine(Describe());
            stop.TrySetResult();
        });
        await stop.Task;
        await stopAsync();
    }

    private static (int Port, Func<Task> StopAsync) StartListener(bool isQuick)
    {
        var accept = new WsAcceptOptions { Extensions = [new PerMessageDeflate()] };
        var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), new WsListenerOptions
        {
            Accept = isQuick ? accept with { HandshakeTimeout = _quick, Session = new() { WriteTimeout = _quick } } : accept,
            OnHandlerFailed = (_, _) => Interlocked.Increment(ref _failed),
        });
        listener.Start();
        Task running = listener.RunAsync((session, token) => HandleAsync(session, session.Request!.Target == "/echo", token));
        return (((IPEndPoint)listener.LocalEndPoint).Port, StopAsync);

        async Task StopAsync()
        {
            await listener.StopAsync();
            await running;
            await listener.DisposeAsync();
        }
    }

    private static async Task<(int Port, Func<Task> StopAsync)> StartRoutesAsync(bool isQuick)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddWsProto(options =>
        {
            options.Extensions.Add(new PerMessageDeflate());
            options.OnException = (_, _) =>
            {
                Interlocked.Increment(ref _failed);
                return new CloseConnection(CloseCode.InternalError);
            };
            if (isQuick)
                options.Session = new() { WriteTimeout = _quick };
        });
        if (isQuick)
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.RequestHeadersTimeout = _quick);
        WebApplication app = builder.Build();
        app.MapWebSocket("/echo", (session, token) => HandleAsync(session, isEcho: true, token));
        app.MapWebSocket("/sink", (session, token) => HandleAsync(session, isEcho: false, token));
        await app.StartAsync();
        return (new Uri(app.Urls.First()).Port, StopAsync);

        async Task StopAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    private static async Task HandleAsync(WsSession session, bool isEcho, CancellationToken stop)
    {
        Interlocked.Increment(ref _open);
        try
        {
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
            // The server stops, or the session has ended.
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

        return string.Join(
            ' ',
            Volatile.Read(ref _open),
            Volatile.Read(ref _failed),
            Volatile.Read(ref _unobserved),
            GC.GetTotalMemory(true),
            Environment.WorkingSet,
            Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
    }
}
