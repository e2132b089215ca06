using System.Diagnostics;
using System.Net;
using WsProto.Adapters;

namespace WsProto.Hostile;

/// <summary>A signal to stop, with many sessions under traffic.</summary>
internal static class Shutdown
{
    internal static async Task<string> RunAsync(Target target, int count)
    {
        var uri = new Uri($"ws://{IPAddress.Loopback}:{target.Port}/echo");
        var sessions = new WsSession[count];
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 64 },
            async (i, _) => sessions[i] = await WsClient.ConnectAsync(uri, cancellationToken: CancellationToken.None));
        Task<WsCloseResult>[] traffic = [.. sessions.Select(TalkAsync)];
        await Task.Delay(TimeSpan.FromSeconds(1));
        long begin = Stopwatch.GetTimestamp();
        int code = await target.TerminateAsync();
        TimeSpan time = Stopwatch.GetElapsedTime(begin);
        WsCloseResult[] ends = await Task.WhenAll(traffic).WaitAsync(RawPeer.Patience);
        foreach (WsSession session in sessions)
            await session.DisposeAsync();
        int told = ends.Count(end => end is { Code: CloseCode.GoingAway, IsClean: true });
        if (code != 0 || told != count)
        {
            IEnumerable<string> kinds = ends
                .CountBy(end => $"{end.Code} {end.Cause} {(end.IsClean ? "clean" : "not clean")}")
                .Select(kind => $"{kind.Value} {kind.Key}");
            throw new FaultException($"exit code {code}; {told} of {count} were told 1001: {string.Join(", ", kinds)}");
        }

        return $"the process ended {time.TotalSeconds:0.0} s after the signal, each session cleanly with 1001";
    }

    /// <summary>A message after the other until the session ends; each answer is the echo of its message.</summary>
    private static async Task<WsCloseResult> TalkAsync(WsSession session)
    {
        try
        {
            for (int i = 0; ; i++)
            {
                string text = $"message {i}";
                await session.SendTextAsync(text);
                if (await session.ReceiveAsync() is not { } echo)
                    break;
                if (echo is not TextMessage { Data: var data } || data != text)
                    throw new FaultException($"another message came back: {echo}");
            }
        }
        catch (WsClosedException)
        {
            // It stopped between two messages.
        }

        return await session.Completion;
    }
}
