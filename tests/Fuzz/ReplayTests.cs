using WsProto.Fuzz.Driver;

namespace WsProto.Fuzz;

public sealed class ReplayTests
{
    public static TheoryData<string> Targets => [.. Target.All.Select(target => target.Name)];

    [Theory]
    [MemberData(nameof(Targets))]
    public void Every_input_of_the_corpus_and_every_past_crash_passes(string name)
    {
        Target target = Target.Find(name)!;
        string[] files = Folders.Inputs(target);
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            Exception? thrown = Record.Exception(() => target.Run(File.ReadAllBytes(file), new Behaviour()));
            Assert.True(thrown is null, $"{file}: {thrown}");
        }
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void The_corpus_holds_every_seed(string name)
    {
        Target target = Target.Find(name)!;
        Seed[] seeds = [.. target.Seeds()];
        Assert.Equal(seeds.Length, seeds.DistinctBy(seed => seed.Name).Count());
        // Not their bytes: zlib may compress another way on another machine.
        foreach (Seed seed in seeds)
            Assert.True(
                File.Exists(Path.Combine(Folders.Corpus(target), seed.Name)),
                $"{seed.Name} is missing: dotnet run --project tests/Fuzz -- seeds");
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void A_few_hundred_inputs_made_from_the_corpus_pass(string name)
    {
        Target target = Target.Find(name)!;
        FuzzRun run = Run(target, runs: 300, seed: 1);
        Assert.True(
            run.Failures.Count == 0,
            string.Join('\n', run.Failures.Select(failure => $"{Convert.ToHexString(failure.Input)}: {failure.Thrown}")));
    }

    [Theory]
    [MemberData(nameof(Targets))]
    public void Seeds_show_different_things(string name)
    {
        var all = new HashSet<uint>();
        foreach (Seed seed in Target.Find(name)!.Seeds())
        {
            var behaviour = new Behaviour();
            Target.Find(name)!.Run(seed.Input, behaviour);
            behaviour.AddTo(all);
        }

        Assert.True(all.Count > 20, $"Only {all.Count} things are seen.");
    }

    private static FuzzRun Run(Target target, int runs, int seed)
    {
        var run = new FuzzRun(target, seed);
        run.Begin(Folders.Inputs(target).Select(File.ReadAllBytes));
        long end = run.Runs + runs;
        run.Go(() => run.Runs < end);
        return run;
    }
}
