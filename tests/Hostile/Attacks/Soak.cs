using System.Globalization;

namespace WsProto.Hostile;

/// <summary>No attack: many honest clients at once without a pause, for a long time.</summary>
internal static class Soak
{
    private const int Clients = 64;

    internal static async Task<string> RunAsync(Target target, int seconds)
    {
        using var stop = new CancellationTokenSource();
        IEnumerable<int> seeds = Enumerable.Range(1000, Clients);
        Task[] clients = [.. seeds.Select(seed => HonestClients.RunOneAsync(target.Port, seed, TimeSpan.Zero, stop.Token))];
        await Task.Delay(TimeSpan.FromSeconds(seconds / 10.0), CancellationToken.None);
        ServerState early = await target.ReadAsync();
        await Task.Delay(TimeSpan.FromSeconds(seconds * 0.9), CancellationToken.None);
        ServerState late = await target.ReadAsync();
        await stop.CancelAsync();
        await Task.WhenAll(clients);
        var seen = Seen.Parse(HonestClients.Describe());
        if (seen.Fault is { } fault)
            throw new FaultException(fault);
        return string.Create(
            CultureInfo.InvariantCulture, $"{seen.Answers:N0} answers, each right; after a tenth of the time {early}; at the end {late}");
    }
}
