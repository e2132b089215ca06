using System.Net;
using WsProto.Adapters;
using WsProto.Conformance;

namespace WsProto.Docs.Programs.Reference;

public static class JudgeServer
{
    public static async Task RunAsync()
    {
        await using var listener = new WsListener(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Start();
        Task serving = listener.RunAsync(async (session, stop) =>
        {
            await foreach (Message message in session.ReadAllAsync(stop))
                await session.SendAsync(message, stop);
        });

        var server = new Uri($"ws://{listener.LocalEndPoint}/");
        #region server
        using var runner = new ConformanceRunner(server);
        IReadOnlyList<ConformanceCase> cases = ConformanceCases.Select(ConformanceCases.All, ["1.*", "2.*", "5.*"], []);
        int passed = 0;
        await foreach (ConformanceResult result in runner.RunAsync(cases))
        {
            if (result.Verdict == Verdict.Failed)
                Console.WriteLine(result);
            else
                passed++;
        }

        Console.WriteLine($"{passed} of {cases.Count} cases passed");
        #endregion

        await listener.StopAsync();
        await serving;
    }
}
