using System.Diagnostics;
using System.Globalization;
using System.Net;
using Xunit.Abstractions;

namespace WsProto.Adapters.Tests;

/// <summary>Runs when nothing else does: it counts the memory of the whole process.</summary>
[CollectionDefinition(nameof(ListenerCrowdTests), DisableParallelization = true)]
public sealed class ListenerCrowdAlone;

/// <summary>Many idle clients at once.</summary>
[Collection(nameof(ListenerCrowdTests))]
[Trait("Gate", "Whole")]
public sealed class ListenerCrowdTests(ITestOutputHelper output)
{
    private const int Wanted = 10_000;
    private const int Few = 200;

    /// <summary>A socket takes one descriptor in each of the two processes; so many are left for all else.</summary>
    private const int SpareDescriptors = 500;

    /// <summary>In bytes, twice what was measured: not so much that a buffer for each would go unnoticed.</summary>
    private const int MostBytesEach = 10_000;

    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Ten_thousand_idle_connections_are_held_and_each_answers_a_message_afterwards()
    {
        int count = Math.Min(Wanted, DescriptorLimit() - SpareDescriptors);
        int held = 0;
        int answered = 0;
        var failures = new List<Exception>();
        var options = new WsListenerOptions
        {
            MaxConnections = Wanted,
            OnHandshakeFailed = (e, _) => failures.Add(e),
            OnHandlerFailed = (e, _) => failures.Add(e),
            Accept = new() { HandshakeTimeout = _patience, Session = new() { KeepAliveInterval = _patience } },
        };
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0), options);
        Task running = listener.RunAsync(async (session, stop) =>
        {
            Interlocked.Increment(ref held);
            try
            {
                while (await session.ReceiveAsync(stop) is TextMessage message)
                {
                    await session.SendAsync(message, stop);
                    Interlocked.Increment(ref answered);
                }
            }
            finally
            {
                Interlocked.Decrement(ref held);
            }
        });

        using Process crowd = ListenerCrowd.Start(((IPEndPoint)listener.LocalEndPoint).Port, Few, count);
        try
        {
            await SaysAsync(crowd, "open");
            long before = GC.GetTotalMemory(forceFullCollection: true);
            await crowd.StandardInput.WriteLineAsync();
            await SaysAsync(crowd, "open");
            // A client has its answer a little before the handler has the session.
            await ListenerWaiting.UntilAsync(() => Volatile.Read(ref held) == count);
            long after = GC.GetTotalMemory(forceFullCollection: true);
            long each = (after - before) / (count - Few);
            output.WriteLine($"{count} idle connections held, {each} managed bytes each");

            await crowd.StandardInput.WriteLineAsync();
            await SaysAsync(crowd, "answered");
            await ListenerWaiting.UntilAsync(() => Volatile.Read(ref answered) == count);
            Assert.Equal(count, held);
            // Other tests of the process may let go of memory meanwhile.
            Assert.True(each <= MostBytesEach, $"{each} bytes each");
        }
        finally
        {
            if (!crowd.HasExited)
                crowd.Kill();
        }

        await listener.StopAsync().WaitAsync(_patience);
        await running.WaitAsync(_patience);
        Assert.Equal(0, held);
        Assert.Empty(failures);
    }

    private static async Task SaysAsync(Process crowd, string what)
    {
        string? said = await crowd.StandardOutput.ReadLineAsync().WaitAsync(_patience);
        Assert.True(said == what, said ?? await crowd.StandardError.ReadToEndAsync());
    }

    private static int DescriptorLimit()
    {
        if (!OperatingSystem.IsLinux())
            return Wanted + SpareDescriptors;
        string limit = File.ReadLines("/proc/self/limits").Single(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        string soft = limit["Max open files".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return int.TryParse(soft, CultureInfo.InvariantCulture, out int number) ? number : int.MaxValue;
    }
}
