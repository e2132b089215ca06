using Microsoft.AspNetCore.Builder;
using WsProto.Adapters.Tests.Support;
using WsProto.SocketIO.AspNetCore.Tests.Support;

namespace WsProto.SocketIO.AspNetCore.Tests;

/// <summary>How much memory a client leaves behind that stays. Not beside other tests, whose memory would be counted too.</summary>
[Collection(nameof(MemoryTests))]
[CollectionDefinition(nameof(MemoryTests), DisableParallelization = true)]
public class MemoryTests
{
    [Fact]
    public async Task Client_that_has_sent_very_many_packets_keeps_no_memory_for_them()
    {
        const int clients = 20;
        const int events = 100_000;
        int handled = 0;
        await using App app = await App.StartAsync(app => app.MapSocketIO(SocketIOTests.Path, io => io.Main.OnOther(async _ =>
        {
            Interlocked.Increment(ref handled);
            return null;
        })));
        string payload = string.Join('\u001e', Enumerable.Repeat("42[\"a\"]", events));
        string[] sessions = new string[clients];
        for (int i = 0; i < clients; i++)
        {
            sessions[i] = await app.OpenAsync(SocketIOTests.Path);
            await app.PostAsync(sessions[i], "40");
            await app.PollAsync(sessions[i]);
            await app.PostAsync(sessions[i], "42[\"a\"]");
        }

        await Waiting.Until(() => handled == clients);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (string session in sessions)
            await app.PostAsync(session, payload);
        await Waiting.Until(() => handled == clients * (events + 1));
        // Two queues of 100,000 have 4 MiB and more for each client.
        await Waiting.Until(() => GC.GetTotalMemory(forceFullCollection: true) - before < 10 << 20);
    }
}
