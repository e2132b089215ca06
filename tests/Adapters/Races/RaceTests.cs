using System;
using System.Globalization;
using System.Linq;
using System.Text.RegularExpressions;
using System.Threading;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests.Races;

/// <summary>
/// Schedules by seed, most on one thread so that they can be replayed (see <see cref="Schedule"/>), and some truly in parallel.
/// </summary>
[Trait("Gate", "Whole")]
public sealed class RaceTests
{
    private const int Schedules = 10_000;

    /// <summary>Another number in WSPROTO_RACE_SEED runs other schedules.</summary>
    private static readonly int _first =
        int.Parse(Environment.GetEnvironmentVariable("WSPROTO_RACE_SEED") ?? "1", CultureInfo.InvariantCulture);

    [Fact]
    public async Task In_10000_schedules_no_message_is_lost_or_doubled_no_frame_broken_and_each_ends()
    {
        string[] output = await Task.WhenAll(RunAsync(_first, Schedules / 2), RunAsync(_first + (Schedules / 2), Schedules / 2));
        Assert.All(output, text => Assert.StartsWith($"{Schedules / 2} schedules", text, StringComparison.Ordinal));
        // They are worth something only if they do something.
        Assert.All(output, text => Assert.All(
            Regex.Matches(text, "[0-9]+ (sent|received|cancelled|streams|views|stale uses|with faults|clean closes)").Select(m => m.Value),
            count => Assert.True(int.Parse(count.Split(' ')[0], CultureInfo.InvariantCulture) > Schedules / 20, text)));
    }

    [Fact]
    public async Task Transport_that_fails_at_any_byte_in_any_way__the_same_holds()
    {
        const int bytes = 400;
        string[] output =
            await Task.WhenAll(RunAsync(Schedule.FirstFault, 3 * bytes), RunAsync(Schedule.FirstFault + (3 * bytes), 3 * bytes));
        Assert.All(output, text => Assert.Contains($" {3 * bytes} with faults", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Schedule_is_the_same_each_time()
    {
        string[] output = await Task.WhenAll(RunAsync(_first, 200), RunAsync(_first, 200));
        Assert.Equal(output[0], output[1]);
    }

    [Theory]
    [InlineData(TransportKind.Memory, 500)]
    [InlineData(TransportKind.Socket, 150)]
    [InlineData(TransportKind.Tls, 50)]
    [InlineData(TransportKind.Pipe, 150)]
    public async Task On_all_threads_the_same_holds(TransportKind over, int schedules)
    {
        await Parallel.ForEachAsync(Enumerable.Range(_first, schedules), async (seed, _) =>
        {
            var schedule = new Schedule(seed, parallel: true, over: over);
            try
            {
                await Task.Run(schedule.RunAsync, CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60), CancellationToken.None);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}, on all threads, over {over}:\n{schedule.Describe()}", e);
            }
        });
    }

    private static Task<string> RunAsync(int first, int count) => OneThread.RunAsync("races", $"{first}", $"{count}");
}
