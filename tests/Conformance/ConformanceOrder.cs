namespace WsProto.Conformance.Tests;

internal static class ConformanceOrder
{
    /// <summary>All results in the order of their cases.</summary>
    internal static async Task<IReadOnlyList<ConformanceResult>> InOrderOf(
        this IAsyncEnumerable<ConformanceResult> results, IReadOnlyList<ConformanceCase> cases)
    {
        var all = new Dictionary<string, ConformanceResult>();
        await foreach (ConformanceResult result in results)
            all.Add(result.Case.Id, result);
        return [.. cases.Select(one => all[one.Id])];
    }
}
