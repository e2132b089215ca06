using System.Net;
using WsProto.Adapters;
using WsProto.Conformance;

namespace WsProto.Docs.Programs.Reference;

public static class JudgeClient
{
    public static async Task RunAsync()
    {
        #region judge
        IReadOnlyList<ConformanceCase> cases = ConformanceCases.Select(ConformanceCases.All, ["1.*"], []);
        await using var judge = ConformanceListener.Start(new IPEndPoint(IPAddress.Loopback, 0), cases);
        #endregion

        Task client = RunClientAsync(judge.Address, cases.Count);
        #region reports
        await foreach (string agent in judge.ReadReportRequestsAsync())
        {
            int failed = judge.ResultsOf(agent).Count(result => result.Verdict == Verdict.Failed);
            Console.WriteLine($"{agent}: {failed} of {judge.ResultsOf(agent).Count} cases failed");
            break;
        }
        #endregion

        await client;
    }

    #region client
    private static async Task RunClientAsync(Uri judge, int count)
    {
        for (int number = 1; number <= count; number++)
        {
            await using WsSession session = await WsClient.ConnectAsync(new Uri(judge, $"runCase?case={number}&agent=mine"));
            await foreach (Message message in session.ReadAllAsync())
                await session.SendAsync(message);
        }

        await using WsSession report = await WsClient.ConnectAsync(new Uri(judge, "updateReports?agent=mine"));
    }
    #endregion
}
