using System;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Threading.Tasks;
using WsProto.Adapters.Tests.Support;

namespace WsProto.Adapters.Tests.Simulation;

/// <summary>
/// A server with many clients over a bad network, as often as it takes to make so many steps: acts of users and deliveries of bytes.
/// </summary>
[Trait("Gate", "Whole")]
public sealed class SimulationTests
{
    private static readonly int _first = Number("WSPROTO_SIMULATION_SEED", 1);
    private static readonly int _steps = Number("WSPROTO_SIMULATION_STEPS", 1_000_000);

    [Fact]
    public async Task In_a_million_steps_nothing_is_lost_or_doubled_nobody_held_up_and_everything_ends()
    {
        string[] output = await Task.WhenAll(RunAsync(_first, _steps / 2), RunAsync(_first + 1_000_000, _steps / 2));
        // They are worth something only if users do something.
        Assert.All(output, text => Assert.True(
            int.Parse(Regex.Match(text, "([0-9]+) acts").Groups[1].Value, CultureInfo.InvariantCulture) > _steps / 1000,
            text));
    }

    [Fact]
    public async Task Simulation_is_the_same_each_time()
    {
        string[] output = await Task.WhenAll(RunAsync(_first, 20_000), RunAsync(_first, 20_000));
        Assert.Equal(output[0], output[1]);
    }

    [Fact]
    public void Plan_that_fails_is_shrunk_to_what_makes_it_fail()
    {
        Act[] acts = Plan.Draw(1);
        Act[] needed = [acts[3], acts[acts.Length / 2], acts[^1]];
        Assert.Equal(needed, Plan.Shrink(acts, fewer => Array.TrueForAll(needed, act => Array.IndexOf(fewer, act) >= 0)));
    }

    private static Task<string> RunAsync(int seed, int steps) => OneThread.RunAsync("simulate", $"{seed}", $"{steps}");

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out int number) ? number : otherwise;
}
