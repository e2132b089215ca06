using System.Net;
using System.Net.Security;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests;

/// <summary>Peers that leave in all ways, in a process of its own, where an exception that nobody sees can only come from them.</summary>
internal static class ListenerUnobserved
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    /// <summary>Says what went unobserved, one line for each.</summary>
    internal static async Task RunAsync()
    {
        TaskScheduler.UnobservedTaskException +=
            (_, e) => Console.WriteLine("unobserved: " + e.Exception.ToString().ReplaceLineEndings(" "));
        await PlayAsync();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Console.WriteLine("end");
    }

    private static async Task PlayAsync()
    {
        using TestCertificate certificate = TestCertificate.For("localhost");
        foreach (SslServerAuthenticationOptions? tls in (SslServerAuthenticationOptions?[])
        [
            null,
            new() { ServerCertificate = certificate.Certificate },
        ])
        {
            await LeaveInTheHandshakeAsync(tls);
            await StopInTheHandshakeAsync(tls);
        }

        await LeaveAsync();
        await StayAsync();
    }

    private static async Task LeaveInTheHandshakeAsync(SslServerAuthenticationOptions? tls)
    {
        var time = new ManualTime();
        var failed = new SemaphoreSlim(0);
        await using WsListener listener = ListenerTests.Start(new WsListenerOptions
        {
            Tls = tls,
            OnHandshakeFailed = (_, _) => failed.Release(),
            Accept = new() { Session = new() { TimeProvider = time } },
        });
        foreach (string begun in (string[])["", "GET / HTT", "\x16\x03\x01\x02\x00", "nonsense\r\n\r\n"])
        {
            using ListenerClient slow = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
            await slow.SendAsync(begun);
            await time.UntilAsync(t => t.Pending == 1 || failed.CurrentCount == 1);
            time.Advance(10 * _second);
            await failed.WaitAsync(ListenerClient.Patience);

            using ListenerClient gone = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
            await gone.SendAsync(begun);
            gone.Reset();
            await failed.WaitAsync(ListenerClient.Patience);
        }
    }

    private static async Task StopInTheHandshakeAsync(SslServerAuthenticationOptions? tls)
    {
        var time = new ManualTime();
        await using WsListener listener =
            ListenerTests.Start(new WsListenerOptions { Tls = tls, Accept = new() { Session = new() { TimeProvider = time } } });
        using ListenerClient slow = await ListenerClient.ConnectAsync(listener.LocalEndPoint);
        await time.UntilAsync(t => t.Pending == 1);
        await listener.StopAsync();
    }

    private static async Task LeaveAsync()
    {
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0));
        Task running = listener.RunAsync(async (session, stop) =>
        {
            Task<TimeSpan> ping = session.PingAsync(default, stop).AsTask();
            await ListenerTests.EchoAsync(session, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await ping;
        });
        foreach (byte[] bytes in (byte[][])
        [
            [], [0x81], [0x81, 0x01, 0x61], ListenerClient.Text("hi"), [0x88, 0x80, 0, 0, 0, 0], [0x01, 0x80, 0, 0, 0, 0],
        ])
        {
            foreach (bool reset in (bool[])[false, true])
            {
                using ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint);
                await client.SendAsync(bytes);
                if (reset)
                    client.Reset();
            }
        }

        await listener.StopAsync();
        await running;
    }

    private static async Task StayAsync()
    {
        var time = new ManualTime();
        await using var listener = new WsListener(
            new IPEndPoint(IPAddress.Loopback, 0),
            new WsListenerOptions { Accept = new() { Session = new() { TimeProvider = time } } });
        Task running = listener.RunAsync((_, _) => throw new FormatException());
        using ListenerClient client = await ListenerClient.OpenAsync(listener.LocalEndPoint);
        await client.ReadAsync(4);
        time.Advance(10 * _second);
        await client.ReadToEndAsync();
        using ListenerClient late = await ListenerClient.OpenAsync(listener.LocalEndPoint);
        await late.ReadAsync(4);
        await listener.StopAsync(new CancellationToken(true));
        await running;
    }
}
