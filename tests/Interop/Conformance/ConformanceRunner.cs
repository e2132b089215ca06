using System.Net.Sockets;

namespace WsProto.Conformance;

/// <summary>Runs cases against a server that sends every message back, and judges it.</summary>
/// <param name="connect">Opens a connection for a case.</param>
internal sealed class ConformanceRunner(Connect connect)
{
    /// <summary>How long a whole case may take.</summary>
    public TimeSpan CaseLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long nothing at all may come where something has to. Servers that behave are not waited for.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Runs cases, some at a time.</summary>
    /// <returns>The results in the order of the cases.</returns>
    public async Task<IReadOnlyList<ConformanceResult>> RunAsync(IReadOnlyList<ConformanceCase> cases, int atATime)
    {
        var results = new ConformanceResult[cases.Count];
        var options = new ParallelOptions { MaxDegreeOfParallelism = atATime };
        await Parallel.ForAsync(0, cases.Count, options, async (i, _) => results[i] = await RunAsync(cases[i]));
        return results;
    }

    /// <summary>Runs a case.</summary>
    public async Task<ConformanceResult> RunAsync(ConformanceCase one)
    {
        using var limit = new CancellationTokenSource(CaseLimit);
        var sent = new Transcript();
        var received = new Transcript();
        ConformanceConnection connection;
        try
        {
            string? offer = one.Offers.Count == 0 ? null : string.Join(", ", one.Offers);
            connection = await connect(offer, limit.Token);
        }
        catch (Exception e) when (e is IOException or SocketException or HttpRequestException or OperationCanceledException)
        {
            return new ConformanceResult(one, Verdict.Failed, "there is no connection: " + e.Message, sent, received);
        }

        await using (connection)
        {
            DeflateAgreement? agreement = connection.Extensions is { } answer ? DeflateAgreement.Read(answer, one.Offers) : null;
            if (connection.Extensions is not null && agreement is null)
                return new ConformanceResult(one, Verdict.Failed, $"the server answers no offer: {connection.Extensions}", sent, received);
            if (one.Offers.Count > 0 && agreement is null)
                return new ConformanceResult(one, Verdict.Unimplemented, "the server declines the offer", sent, received);
            using MessageDeflater? deflater = agreement is null ? null : new(agreement.ClientWindow, agreement.ClientForgets);
            MessageInflater? inflater = agreement is null ? null : new(agreement.ServerWindow, agreement.ServerForgets);
            var reader = new ReplyReader(connection.Stream, received, inflater);
            var run = new CaseRun(one, connection.Stream, reader, deflater, sent, received, Silence, limit.Token);
            (Verdict verdict, string reason) = await run.RunAsync();
            return new ConformanceResult(one, verdict, reason, sent, received);
        }
    }
}
