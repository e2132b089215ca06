using WsProto.Fuzz.Driver;

namespace WsProto.Fuzz;

/// <summary>The driver itself, against a target whose faults are known.</summary>
public sealed class DriverTests
{
    [Fact]
    public void Finds_a_fault_behind_three_steps_and_makes_its_input_small()
    {
        var run = new FuzzRun(new Stairs(), seed: 1);
        run.Begin(["a long input that has nothing to do with it"u8.ToArray()]);
        run.Go(() => run.Runs < 2_000_000);
        Assert.Equal([1, 2, 3], Assert.Single(run.Failures.Take(1)).Input);
    }

    [Fact]
    public void The_same_seed_gives_the_same_inputs()
    {
        var first = new List<string>();
        var second = new List<string>();
        foreach (List<string> inputs in (List<string>[])[first, second])
        {
            var run = new FuzzRun(new Listener(inputs), seed: 42);
            run.Begin([new byte[20]]);
            run.Go(() => run.Runs < 500);
        }

        Assert.Equal(first, second);
        Assert.True(first.Distinct().Count() > 400);
    }

    private sealed class Stairs() : Target("stairs")
    {
        public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour)
        {
            for (int i = 0; i < 3; i++)
            {
                if (input.Length <= i || input[i] != i + 1)
                    return;
                behaviour.Step(i);
            }

            throw new InvalidOperationException();
        }

        public override IEnumerable<Seed> Seeds() => [];
    }

    private sealed class Listener(List<string> inputs) : Target("listener")
    {
        public override void Run(ReadOnlySpan<byte> input, Behaviour behaviour) => inputs.Add(Convert.ToHexString(input));

        public override IEnumerable<Seed> Seeds() => [];
    }
}
